// Package controller makes as many pods as the ReplicaSets ask for.
package controller

import (
	"context"
	"fmt"
	"runtime/pprof"

	"example.com/workload/cluster/api"
	"example.com/workload/cluster/client"
	"example.com/workload/cluster/storage"
	"example.com/workload/cluster/workqueue"
)

// ReplicaSets reconciles ReplicaSets.
type ReplicaSets struct {
	client *client.Client
	sets   map[string]*api.ReplicaSet
	queue  *workqueue.Queue[string]
}

// NewReplicaSets returns a controller of sets, by key, that looks at a set whenever one of its pods changes.
func NewReplicaSets(c *client.Client, store *storage.Store, sets map[string]*api.ReplicaSet) *ReplicaSets {
	r := &ReplicaSets{client: c, sets: sets, queue: workqueue.New[string]()}
	store.Watch(func(pod *api.Pod) { r.queue.Add(pod.Metadata.Owner) })
	for key := range sets {
		r.queue.Add(key)
	}
	return r
}

// Run works until Stop is called.
func (r *ReplicaSets) Run(ctx context.Context, workers int) error {
	var err error
	pprof.Do(ctx, pprof.Labels("controller", "replicaset"), func(ctx context.Context) {
		err = r.queue.Run(ctx, workers, r.reconcile)
	})
	return err
}

// Stop ends Run.
func (r *ReplicaSets) Stop() { r.queue.Close() }

func (r *ReplicaSets) reconcile(ctx context.Context, key string) error {
	set := r.sets[key]
	pods, err := r.client.List(ctx, set.Metadata.Namespace, "")
	if err != nil {
		return err
	}
	owned := 0
	for _, pod := range pods {
		if pod.Metadata.Owner == key {
			owned++
		}
	}
	return r.manageReplicas(ctx, set, owned)
}

func (r *ReplicaSets) manageReplicas(ctx context.Context, set *api.ReplicaSet, owned int) error {
	return slowStartBatch(owned, set.Replicas, 1, func(i int) error {
		return r.client.Create(ctx, podFor(set, i))
	})
}

// slowStartBatch calls create for first, …, end−1 in batches that double in size.
func slowStartBatch(first, end, batch int, create func(i int) error) error {
	if first >= end {
		return nil
	}
	next := min(first+batch, end)
	for i := first; i < next; i++ {
		if err := create(i); err != nil {
			return err
		}
	}
	return slowStartBatch(next, end, 2*batch, create)
}

func podFor(set *api.ReplicaSet, i int) *api.Pod {
	return &api.Pod{
		Metadata: api.Metadata{
			Name:      fmt.Sprintf("%s-%05d", set.Metadata.Name, i),
			Namespace: set.Metadata.Namespace,
			Labels:    map[string]string{"app": set.Metadata.Name, "pod": fmt.Sprint(i)},
			Owner:     set.Metadata.Key(),
		},
		Spec: set.Template.DeepCopy(),
	}
}

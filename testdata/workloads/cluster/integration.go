// Package cluster runs an API server, a scheduler, a controller and many kubelets in one process.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"example.com/workload/cluster/api"
	"example.com/workload/cluster/apiserver"
	"example.com/workload/cluster/client"
	"example.com/workload/cluster/controller"
	"example.com/workload/cluster/kubelet"
	"example.com/workload/cluster/scheduler"
	"example.com/workload/cluster/storage"
)

// Size says how much work an integration run is.
type Size struct {
	Nodes, Sets, Replicas, Polls int
}

// Run starts the cluster, fills it with pods and ends when each kubelet has listed its pods Polls times. One in
// bypass lists bypasses the watch cache; none does if bypass is 0.
func Run(ctx context.Context, size Size, bypass int) error {
	store := storage.NewStore()
	server := apiserver.New(store, bypass)
	schedule := scheduler.New(client.New(server, "system:scheduler"), store, nodes(size.Nodes))
	replicaSets := controller.NewReplicaSets(client.New(server, "system:controller:replicaset"), store, sets(size))

	var running sync.WaitGroup
	errs := make(chan error, 2+size.Nodes)
	running.Go(func() { errs <- schedule.Run(ctx) })
	running.Go(func() { errs <- replicaSets.Run(ctx, 5) })

	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	var kubelets sync.WaitGroup
	for i := range size.Nodes {
		kubelets.Go(func() {
			c := client.New(server, "system:node:"+nodeName(i))
			errs <- kubelet.Run(ctx, c, nodeName(i), size.Polls, ticker.C)
		})
	}
	kubelets.Wait()
	schedule.Stop()
	replicaSets.Stop()
	running.Wait()
	close(errs)
	var all error
	for err := range errs {
		all = errors.Join(all, err)
	}
	return all
}

func nodeName(i int) string { return fmt.Sprintf("node-%03d", i) }

func zone(i int) string { return fmt.Sprintf("zone-%d", i%3) }

func nodes(n int) []*api.Node {
	out := make([]*api.Node, n)
	for i := range out {
		out[i] = &api.Node{
			Name:        nodeName(i),
			Labels:      map[string]string{"zone": zone(i), "arch": "amd64"},
			Allocatable: map[string]int64{"cpu": 64_000, "memory": 256 << 30},
		}
	}
	return out
}

func sets(size Size) map[string]*api.ReplicaSet {
	out := make(map[string]*api.ReplicaSet)
	for i := range size.Sets {
		set := &api.ReplicaSet{
			Metadata: api.Metadata{Name: fmt.Sprintf("web-%02d", i), Namespace: fmt.Sprintf("team-%d", i%4)},
			Replicas: size.Replicas,
			Template: api.PodSpec{
				Containers: []api.Container{container("server", 200), container("proxy", 50)},
				Affinity:   affinity(i),
			},
		}
		out[set.Metadata.Key()] = set
	}
	return out
}

func container(name string, cpu int64) api.Container {
	env := make([]api.EnvVar, 8)
	for i := range env {
		env[i] = api.EnvVar{Name: fmt.Sprintf("OPTION_%d", i), Value: fmt.Sprintf("%s-%d", name, i*i)}
	}
	return api.Container{
		Name:     name,
		Image:    "registry.example.com/" + name + ":v1",
		Env:      env,
		Requests: map[string]int64{"cpu": cpu, "memory": cpu << 20},
		Ports:    map[string]uint16{"http": 8080, "metrics": 9090},
	}
}

// affinity allows two of the three zones, in a tree a few levels deep.
func affinity(i int) api.Requirement {
	leaf := func(z int) api.Requirement { return api.Requirement{Key: "zone", Value: zone(z)} }
	inner := api.Requirement{AnyOf: []api.Requirement{leaf(i), leaf(i + 1)}}
	return api.Requirement{AnyOf: []api.Requirement{{Key: "arch", Value: "riscv64"}, {AnyOf: []api.Requirement{inner}}}}
}

// Package scheduler finds a node for each pod.
package scheduler

import (
	"context"
	"fmt"
	"runtime/pprof"

	"example.com/workload/cluster/api"
	"example.com/workload/cluster/client"
	"example.com/workload/cluster/parallelize"
	"example.com/workload/cluster/storage"
	"example.com/workload/cluster/workqueue"
)

// nodeInfo is a node with what is left of it.
type nodeInfo struct {
	node *api.Node
	free map[string]int64
	pods int
}

// Scheduler binds pods to nodes.
type Scheduler struct {
	client *client.Client
	nodes  []*nodeInfo
	queue  *workqueue.Queue[string]
	pods   pending
}

// New returns a scheduler for nodes that sees the pods written to store.
func New(c *client.Client, store *storage.Store, nodes []*api.Node) *Scheduler {
	s := &Scheduler{client: c, queue: workqueue.New[string](), pods: pending{byKey: make(map[string]*api.Pod)}}
	for _, node := range nodes {
		s.nodes = append(s.nodes, &nodeInfo{node: node, free: node.Allocatable})
	}
	store.Watch(func(pod *api.Pod) {
		if pod.Spec.NodeName == "" {
			s.pods.add(pod)
			s.queue.Add(pod.Metadata.Key())
		}
	})
	return s
}

// Run works until Stop is called.
func (s *Scheduler) Run(ctx context.Context) error {
	var err error
	pprof.Do(ctx, pprof.Labels("controller", "scheduler"), func(ctx context.Context) {
		err = s.queue.Run(ctx, 1, s.scheduleOne)
	})
	return err
}

// Stop ends Run.
func (s *Scheduler) Stop() { s.queue.Close() }

func (s *Scheduler) scheduleOne(ctx context.Context, key string) error {
	pod := s.pods.take(key)
	if pod == nil {
		return nil
	}
	chosen, err := s.schedulePod(ctx, pod)
	if err != nil {
		return err
	}
	return s.bindingCycle(ctx, pod, chosen)
}

func (s *Scheduler) schedulePod(ctx context.Context, pod *api.Pod) (*nodeInfo, error) {
	feasible := s.findNodesThatFit(ctx, pod)
	scores := s.prioritizeNodes(ctx, pod, feasible)
	best := -1
	for i, score := range scores {
		if best < 0 || score > scores[best] {
			best = i
		}
	}
	if best < 0 {
		return nil, fmt.Errorf("scheduler: no node fits %s", pod.Metadata.Key())
	}
	return feasible[best], nil
}

func (s *Scheduler) findNodesThatFit(ctx context.Context, pod *api.Pod) []*nodeInfo {
	fits := make([]bool, len(s.nodes))
	parallelize.Until(ctx, len(s.nodes), "Filter", func(i int) {
		fits[i] = runFilterPlugins(pod, s.nodes[i])
	})
	var feasible []*nodeInfo
	for i, n := range s.nodes {
		if fits[i] {
			feasible = append(feasible, n)
		}
	}
	return feasible
}

func (s *Scheduler) prioritizeNodes(ctx context.Context, pod *api.Pod, nodes []*nodeInfo) []float64 {
	scores := make([]float64, len(nodes))
	parallelize.Until(ctx, len(nodes), "Score", func(i int) {
		scores[i] = runScorePlugins(pod, nodes[i])
	})
	return scores
}

func (s *Scheduler) bindingCycle(ctx context.Context, pod *api.Pod, n *nodeInfo) error {
	for _, c := range pod.Spec.Containers {
		for resource, amount := range c.Requests {
			n.free[resource] -= amount
		}
	}
	n.pods++
	pod.Spec.NodeName = n.node.Name
	return s.client.Update(ctx, pod)
}

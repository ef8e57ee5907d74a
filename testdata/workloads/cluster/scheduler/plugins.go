package scheduler

import (
	"math"

	"example.com/workload/cluster/api"
)

// filterPlugin says whether a pod can run on a node.
type filterPlugin interface {
	filter(pod *api.Pod, n *nodeInfo) bool
}

// scorePlugin says how well a pod would run on a node, from 0 to 1.
type scorePlugin interface {
	score(pod *api.Pod, n *nodeInfo) float64
}

var (
	filters = []filterPlugin{nodeResourcesFit{}, nodeAffinity{}}
	scorers = []scorePlugin{nodeResourcesFit{}, podTopologySpread{}}
)

func runFilterPlugins(pod *api.Pod, n *nodeInfo) bool {
	for _, p := range filters {
		if !p.filter(pod, n) {
			return false
		}
	}
	return true
}

func runScorePlugins(pod *api.Pod, n *nodeInfo) float64 {
	total := 0.0
	for _, p := range scorers {
		total += p.score(pod, n)
	}
	return total
}

type nodeResourcesFit struct{}

func (nodeResourcesFit) filter(pod *api.Pod, n *nodeInfo) bool {
	for resource, amount := range requests(pod) {
		if n.free[resource] < amount {
			return false
		}
	}
	return true
}

func (nodeResourcesFit) score(pod *api.Pod, n *nodeInfo) float64 {
	least := 1.0
	for resource, amount := range requests(pod) {
		least = min(least, float64(n.free[resource]-amount)/float64(n.node.Allocatable[resource]))
	}
	return least
}

func requests(pod *api.Pod) map[string]int64 {
	sum := make(map[string]int64)
	for _, c := range pod.Spec.Containers {
		for resource, amount := range c.Requests {
			sum[resource] += amount
		}
	}
	return sum
}

type nodeAffinity struct{}

func (nodeAffinity) filter(pod *api.Pod, n *nodeInfo) bool {
	return matches(&pod.Spec.Affinity, n.node.Labels)
}

func matches(r *api.Requirement, labels map[string]string) bool {
	if r.Key != "" {
		return labels[r.Key] == r.Value
	}
	for i := range r.AnyOf {
		if matches(&r.AnyOf[i], labels) {
			return true
		}
	}
	return len(r.AnyOf) == 0
}

type podTopologySpread struct{}

func (podTopologySpread) score(_ *api.Pod, n *nodeInfo) float64 {
	return math.Exp(-float64(n.pods) / 10)
}

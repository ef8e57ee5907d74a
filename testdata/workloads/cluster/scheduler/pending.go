package scheduler

import (
	"sync"

	"example.com/workload/cluster/api"
)

// pending holds the pods that wait for a node.
type pending struct {
	mu    sync.Mutex
	byKey map[string]*api.Pod
}

func (p *pending) add(pod *api.Pod) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.byKey[pod.Metadata.Key()] = pod
}

func (p *pending) take(key string) *api.Pod {
	p.mu.Lock()
	defer p.mu.Unlock()
	pod := p.byKey[key]
	delete(p.byKey, key)
	return pod
}

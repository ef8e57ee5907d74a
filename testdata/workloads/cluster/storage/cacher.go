package storage

import (
	"strings"
	"sync"

	"example.com/workload/cluster/api"
)

// Cacher holds decoded pods that it learns of by watching a Store.
type Cacher struct {
	mu   sync.RWMutex
	pods map[string]*api.Pod
}

// NewCacher returns a cache of what is written to store from now on.
func NewCacher(store *Store) *Cacher {
	c := &Cacher{pods: make(map[string]*api.Pod)}
	store.Watch(func(pod *api.Pod) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.pods[pod.Metadata.Key()] = pod
	})
	return c
}

// GetList returns the pods whose key starts with prefix and that match. They are shared and must not be changed.
func (c *Cacher) GetList(prefix string, match func(*api.Pod) bool) ([]*api.Pod, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var pods []*api.Pod
	for key, pod := range c.pods {
		if strings.HasPrefix(key, prefix) && match(pod) {
			pods = append(pods, pod)
		}
	}
	return pods, nil
}

// Package storage keeps encoded objects by key and tells watchers what changed.
package storage

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"example.com/workload/cluster/api"
)

// Store holds pods as bytes, as etcd would.
type Store struct {
	mu       sync.RWMutex
	revision int64
	values   map[string][]byte
	keys     []string // sorted
	watchers []func(*api.Pod)
}

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{values: make(map[string][]byte)}
}

// Watch calls deliver for each pod that is written from now on, in the order of the writes.
func (s *Store) Watch(deliver func(*api.Pod)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers = append(s.watchers, deliver)
}

// Put writes a pod and gives it the next revision.
func (s *Store) Put(pod *api.Pod) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
	pod.Metadata.ResourceVersion = s.revision
	value, err := encode(pod)
	if err != nil {
		return err
	}
	key := pod.Metadata.Key()
	if at, found := slices.BinarySearch(s.keys, key); !found {
		s.keys = slices.Insert(s.keys, at, key)
	}
	s.values[key] = value
	for _, deliver := range s.watchers {
		deliver(pod.DeepCopy())
	}
	return nil
}

// GetList decodes all pods whose key starts with prefix and keeps those that match.
func (s *Store) GetList(prefix string, match func(*api.Pod) bool) ([]*api.Pod, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var pods []*api.Pod
	for _, key := range s.keys {
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		pod, err := decode(s.values[key])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		if match(pod) {
			pods = append(pods, pod)
		}
	}
	return pods, nil
}

func encode(pod *api.Pod) ([]byte, error) { return json.Marshal(pod) }

func decode(value []byte) (*api.Pod, error) {
	pod := new(api.Pod)
	return pod, json.Unmarshal(value, pod)
}

// Package workqueue hands out keys, each to one worker at a time.
package workqueue

import (
	"context"
	"sync"
)

// Queue holds keys that wait for work. A key added twice before it is taken is handed out once.
type Queue[K comparable] struct {
	mu         sync.Mutex
	changed    *sync.Cond
	order      []K
	waiting    map[K]bool
	processing map[K]bool
	closed     bool
}

// New returns an empty queue.
func New[K comparable]() *Queue[K] {
	q := &Queue[K]{waiting: make(map[K]bool), processing: make(map[K]bool)}
	q.changed = sync.NewCond(&q.mu)
	return q
}

// Add asks for work on key.
func (q *Queue[K]) Add(key K) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.waiting[key] {
		return
	}
	q.waiting[key] = true
	if !q.processing[key] {
		q.order = append(q.order, key)
		q.changed.Signal()
	}
}

// Close lets the workers end.
func (q *Queue[K]) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.changed.Broadcast()
}

// Run lets n workers reconcile keys until the queue is closed, and returns their first error.
func (q *Queue[K]) Run(ctx context.Context, n int, reconcile func(context.Context, K) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			for errs[i] == nil && q.processNextWorkItem(ctx, reconcile, &errs[i]) {
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (q *Queue[K]) processNextWorkItem(ctx context.Context, reconcile func(context.Context, K) error, err *error) bool {
	key, ok := q.get()
	if !ok {
		return false
	}
	defer q.done(key)
	*err = reconcile(ctx, key)
	return true
}

func (q *Queue[K]) get() (key K, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.order) == 0 && !q.closed {
		q.changed.Wait()
	}
	if len(q.order) == 0 {
		return key, false
	}
	key, q.order = q.order[0], q.order[1:]
	delete(q.waiting, key)
	q.processing[key] = true
	return key, true
}

func (q *Queue[K]) done(key K) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.processing, key)
	if q.waiting[key] {
		q.order = append(q.order, key)
		q.changed.Signal()
	}
}

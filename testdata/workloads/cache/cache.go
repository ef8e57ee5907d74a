// Package cache keeps the most recently used values.
package cache

type entry[K comparable, V any] struct {
	key        K
	value      V
	prev, next *entry[K, V]
}

// LRU holds up to a fixed number of values and drops the one that was used least recently.
type LRU[K comparable, V any] struct {
	capacity int
	entries  map[K]*entry[K, V]
	root     entry[K, V] // root.next is the most recent
}

// New returns an empty LRU for capacity values.
func New[K comparable, V any](capacity int) *LRU[K, V] {
	c := &LRU[K, V]{capacity: capacity, entries: make(map[K]*entry[K, V], capacity)}
	c.root.prev, c.root.next = &c.root, &c.root
	return c
}

// Get returns the value of key, or makes it and keeps it.
func (c *LRU[K, V]) Get(key K, produce func() V) V {
	if e, ok := c.entries[key]; ok {
		c.unlink(e)
		c.pushFront(e)
		return e.value
	}
	e := &entry[K, V]{key: key, value: produce()}
	c.entries[key] = e
	c.pushFront(e)
	if len(c.entries) > c.capacity {
		oldest := c.root.prev
		c.unlink(oldest)
		delete(c.entries, oldest.key)
	}
	return e.value
}

func (c *LRU[K, V]) unlink(e *entry[K, V]) {
	e.prev.next, e.next.prev = e.next, e.prev
}

func (c *LRU[K, V]) pushFront(e *entry[K, V]) {
	e.prev, e.next = &c.root, c.root.next
	e.prev.next, e.next.prev = e, e
}

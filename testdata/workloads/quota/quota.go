// Package quota limits the queries of a tenant.
package quota

import "example.com/workload/effort"

// Bucket holds tokens that come back with time.
type Bucket struct {
	// Take refills in smaller steps with extra effort.
	Take effort.Extra

	tokens float64
	last   int64
}

const (
	capacity = 100.0
	rate     = 2.0 // tokens a tick
	steps    = 720 // refill steps between two calls
)

// Allow takes a token at the time now, in ticks, if there is one.
func (b *Bucket) Allow(now int64) bool {
	return b.take(now, b.Take.Of(steps))
}

// take refills the bucket in steps, as if many small ticks had passed one by one, and takes a token.
//
//go:noinline
func (b *Bucket) take(now int64, steps int) bool {
	refill := float64(now-b.last) * rate / float64(steps)
	for range steps {
		b.tokens += refill
		if b.tokens > capacity {
			b.tokens = capacity
		}
	}
	b.last = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

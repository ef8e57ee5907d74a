// Package parallelize spreads pieces of work over goroutines.
package parallelize

import (
	"context"
	"runtime/pprof"
	"sync"
)

// Until calls work for 0, …, pieces−1 on a few goroutines and waits for them.
func Until(ctx context.Context, pieces int, operation string, work func(piece int)) {
	const workers = 4
	chunk := (pieces + workers - 1) / workers
	var wg sync.WaitGroup
	for first := 0; first < pieces; first += chunk {
		wg.Go(func() {
			pprof.Do(ctx, pprof.Labels("operation", operation), func(context.Context) {
				for piece := first; piece < min(first+chunk, pieces); piece++ {
					work(piece)
				}
			})
		})
	}
	wg.Wait()
}

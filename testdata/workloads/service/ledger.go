package service

import (
	"sync"
	"time"
)

// ledger lets one writer in at a time.
type ledger struct {
	mu      sync.Mutex
	hold    time.Duration
	entries int
}

// write keeps the lock for as long as a write to a disk would.
func (l *ledger) write() {
	l.mu.Lock()
	defer l.mu.Unlock()
	time.Sleep(l.hold)
	l.entries++
}

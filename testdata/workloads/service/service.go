// Package service is a small service with one part for each kind of profile: memory that stays, memory that goes,
// goroutines and threads that wait, and a lock that is fought for.
package service

import (
	"sync"
	"time"
)

// Config says how expensive each part is.
type Config struct {
	Records     int           // records that stay in memory
	Reuse       bool          // pages are rendered into one buffer instead of a fresh one
	Hold        time.Duration // how long a writer keeps the ledger's lock
	Subscribers int           // goroutines that wait for events
	Threads     int           // goroutines that each keep a thread
}

// Service is a running service.
type Service struct {
	store   *store
	printer printer
	ledger  ledger
	hub     *hub
}

// Start returns a service with its goroutines started.
func Start(c Config) *Service {
	s := &Service{
		store:   newStore(c.Records),
		printer: printer{reuse: c.Reuse},
		ledger:  ledger{hold: c.Hold},
		hub:     newHub(),
	}
	s.hub.subscribe(c.Subscribers)
	s.hub.pin(c.Threads)
	return s
}

// Work renders and stores pages, and lets writers fight for the ledger.
func (s *Service) Work(pages, writes int) {
	for id := range pages {
		s.store.put(id, s.printer.page(id))
	}
	const writers = 8
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range writes / writers {
				s.ledger.write()
			}
		})
	}
	wg.Wait()
}

// Close ends the service's goroutines.
func (s *Service) Close() { s.hub.close() }

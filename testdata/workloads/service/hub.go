package service

import "runtime"

// hub passes events to subscribers, each a goroutine that waits.
type hub struct {
	closed chan struct{}
	events []chan int
}

func newHub() *hub {
	return &hub{closed: make(chan struct{})}
}

// subscribe starts n goroutines that live until the hub is closed.
func (h *hub) subscribe(n int) {
	for range n {
		events := make(chan int)
		h.events = append(h.events, events)
		go h.deliver(events)
	}
}

func (h *hub) deliver(events <-chan int) {
	for {
		select {
		case <-events:
		case <-h.closed:
			return
		}
	}
}

// pin starts n goroutines that each keep an operating-system thread, as callers of C libraries do.
func (h *hub) pin(n int) {
	ready := make(chan struct{})
	for range n {
		go h.drive(ready)
		<-ready
	}
}

func (h *hub) drive(ready chan<- struct{}) {
	runtime.LockOSThread()
	ready <- struct{}{}
	<-h.closed
}

func (h *hub) close() { close(h.closed) }

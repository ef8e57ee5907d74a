// Command service runs a small service for a while and writes its heap, allocs, block, mutex, goroutine and
// threadcreate profiles.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"time"

	"example.com/workload/service"
)

var kinds = []string{"heap", "allocs", "block", "mutex", "goroutine", "threadcreate"}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "service:", err)
		os.Exit(1)
	}
}

func run() error {
	var config service.Config
	directory := flag.String("profiles", ".", "write KIND.pb.gz for each kind into this `directory`")
	flag.IntVar(&config.Records, "records", 160_000, "records that stay in memory")
	flag.BoolVar(&config.Reuse, "reuse", true, "render pages into one buffer")
	flag.DurationVar(&config.Hold, "hold", 2*time.Millisecond, "how long a writer keeps the lock")
	flag.IntVar(&config.Subscribers, "subscribers", 20, "goroutines that wait for events")
	flag.IntVar(&config.Threads, "threads", 4, "goroutines that each keep a thread")
	flag.Parse()

	runtime.SetBlockProfileRate(int(10 * time.Microsecond))
	runtime.SetMutexProfileFraction(5)
	s := service.Start(config)
	defer s.Close()
	s.Work(400_000, 800)

	runtime.GC() // the heap profile shows the state at the last collection
	for _, kind := range kinds {
		if err := write(kind, filepath.Join(*directory, kind+".pb.gz")); err != nil {
			return err
		}
	}
	return nil
}

func write(kind, path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return pprof.Lookup(kind).WriteTo(file, 0)
}

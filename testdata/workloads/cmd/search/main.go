// Command search does a fixed amount of search-engine work and writes its CPU profile.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"

	"example.com/workload/effort"
	"example.com/workload/engine"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "search:", err)
		os.Exit(1)
	}
}

func run() error {
	var extras engine.Extras
	workers := flag.Int("workers", 2, "number of goroutines that each do all rounds")
	rounds := flag.Int("rounds", 100, "rounds of work")
	profile := flag.String("cpuprofile", "", "write the CPU profile to this `file`")
	rate := flag.Int("rate", 100, "CPU samples a second; a rate other than 100 makes the runtime print a harmless warning")
	flag.Func("extra", "`name=percent` more work in score, checksum or take", func(s string) error {
		return effort.Parse(s, extras.Knobs())
	})
	flag.Parse()

	if *profile != "" {
		file, err := os.Create(*profile)
		if err != nil {
			return err
		}
		defer file.Close()
		if *rate != 100 {
			runtime.SetCPUProfileRate(*rate)
		}
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	return engine.Run(context.Background(), *workers, *rounds, extras)
}

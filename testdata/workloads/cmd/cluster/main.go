// Command cluster runs an integration test of a small cluster and writes its CPU profile.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime/pprof"

	"example.com/workload/cluster"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

func run() error {
	var size cluster.Size
	flag.IntVar(&size.Nodes, "nodes", 100, "number of kubelets")
	flag.IntVar(&size.Sets, "sets", 12, "number of ReplicaSets")
	flag.IntVar(&size.Replicas, "replicas", 40, "pods of each ReplicaSet")
	flag.IntVar(&size.Polls, "polls", 200, "lists of each kubelet")
	bypass := flag.Int("bypass", 0, "one in this many lists bypasses the watch cache; 0 for none")
	profile := flag.String("cpuprofile", "", "write the CPU profile to this `file`")
	flag.Parse()

	if *profile != "" {
		file, err := os.Create(*profile)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	return cluster.Run(context.Background(), size, *bypass)
}

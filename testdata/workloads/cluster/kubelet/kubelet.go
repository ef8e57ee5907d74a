// Package kubelet runs the pods of one node.
package kubelet

import (
	"context"
	"runtime/pprof"
	"time"

	"example.com/workload/cluster/client"
)

// Run lists the pods of a node a number of times and marks them as running. Polls wait for wake, a token each.
func Run(ctx context.Context, c *client.Client, node string, polls int, wake <-chan time.Time) error {
	var err error
	pprof.Do(ctx, pprof.Labels("controller", "kubelet", "node", node), func(ctx context.Context) {
		for range polls {
			<-wake
			if err = syncLoop(ctx, c, node); err != nil {
				return
			}
		}
	})
	return err
}

func syncLoop(ctx context.Context, c *client.Client, node string) error {
	pods, err := c.List(ctx, "", node)
	if err != nil {
		return err
	}
	for _, pod := range pods {
		if pod.Phase == "Running" {
			continue
		}
		pod.Phase = "Running"
		if err := c.Update(ctx, pod); err != nil {
			return err
		}
	}
	return nil
}

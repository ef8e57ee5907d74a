package apiserver

import (
	"context"
	"fmt"

	"example.com/workload/cluster/api"
)

// plugin looks at a pod before it is stored, and passes it on.
type plugin func(ctx context.Context, pod *api.Pod, next admission) error

type admission func(ctx context.Context, pod *api.Pod) error

// admit runs the plugins one inside the other.
func admit(ctx context.Context, pod *api.Pod) error {
	chain := func(context.Context, *api.Pod) error { return nil }
	for _, p := range []plugin{limitRanger, defaulter, validator} {
		next := chain
		chain = func(ctx context.Context, pod *api.Pod) error { return p(ctx, pod, next) }
	}
	return chain(ctx, pod)
}

func validator(ctx context.Context, pod *api.Pod, next admission) error {
	if pod.Metadata.Name == "" || len(pod.Spec.Containers) == 0 {
		return fmt.Errorf("apiserver: pod %q is invalid", pod.Metadata.Key())
	}
	return next(ctx, pod)
}

func defaulter(ctx context.Context, pod *api.Pod, next admission) error {
	if pod.Phase == "" {
		pod.Phase = "Pending"
	}
	return next(ctx, pod)
}

func limitRanger(ctx context.Context, pod *api.Pod, next admission) error {
	for _, c := range pod.Spec.Containers {
		if c.Requests["cpu"] > 64_000 {
			return fmt.Errorf("apiserver: container %q asks for too much CPU", c.Name)
		}
	}
	return next(ctx, pod)
}

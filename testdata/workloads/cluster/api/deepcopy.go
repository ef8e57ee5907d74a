package api

import (
	"maps"
	"slices"
)

// DeepCopy returns a copy that shares nothing with m.
func (m *Metadata) DeepCopy() Metadata {
	out := *m
	out.Labels = maps.Clone(m.Labels)
	return out
}

// DeepCopy returns a copy that shares nothing with c.
func (c *Container) DeepCopy() Container {
	out := *c
	out.Env = slices.Clone(c.Env)
	out.Requests = maps.Clone(c.Requests)
	out.Ports = maps.Clone(c.Ports)
	return out
}

// DeepCopy returns a copy that shares nothing with r.
func (r *Requirement) DeepCopy() Requirement {
	out := *r
	out.AnyOf = deepCopySlice(r.AnyOf, (*Requirement).DeepCopy)
	return out
}

// DeepCopy returns a copy that shares nothing with s.
func (s *PodSpec) DeepCopy() PodSpec {
	out := *s
	out.Containers = deepCopySlice(s.Containers, (*Container).DeepCopy)
	out.Affinity = s.Affinity.DeepCopy()
	return out
}

// DeepCopy returns a copy that shares nothing with p.
func (p *Pod) DeepCopy() *Pod {
	return &Pod{Metadata: p.Metadata.DeepCopy(), Spec: p.Spec.DeepCopy(), Phase: p.Phase}
}

func deepCopySlice[T any](in []T, copyOf func(*T) T) []T {
	if in == nil {
		return nil
	}
	out := make([]T, len(in))
	for i := range in {
		out[i] = copyOf(&in[i])
	}
	return out
}

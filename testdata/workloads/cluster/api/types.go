// Package api holds the objects of the cluster.
package api

// Metadata identifies an object.
type Metadata struct {
	Name            string            `json:"name"`
	Namespace       string            `json:"namespace"`
	Labels          map[string]string `json:"labels,omitempty"`
	Owner           string            `json:"owner,omitempty"`
	ResourceVersion int64             `json:"resourceVersion"`
}

// Key returns namespace/name.
func (m *Metadata) Key() string { return m.Namespace + "/" + m.Name }

// Container is one process of a pod.
type Container struct {
	Name     string            `json:"name"`
	Image    string            `json:"image"`
	Env      []EnvVar          `json:"env,omitempty"`
	Requests map[string]int64  `json:"requests,omitempty"`
	Ports    map[string]uint16 `json:"ports,omitempty"`
}

// EnvVar is a variable of a container's environment.
type EnvVar struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Requirement is a tree of conditions on a node's labels.
type Requirement struct {
	Key   string        `json:"key,omitempty"`
	Value string        `json:"value,omitempty"`
	AnyOf []Requirement `json:"anyOf,omitempty"`
}

// PodSpec says what a pod runs and where.
type PodSpec struct {
	NodeName   string      `json:"nodeName,omitempty"`
	Containers []Container `json:"containers"`
	Affinity   Requirement `json:"affinity"`
}

// Pod is a group of containers on one node.
type Pod struct {
	Metadata Metadata `json:"metadata"`
	Spec     PodSpec  `json:"spec"`
	Phase    string   `json:"phase,omitempty"`
}

// ReplicaSet keeps a number of equal pods.
type ReplicaSet struct {
	Metadata Metadata
	Replicas int
	Template PodSpec
}

// Node is a machine.
type Node struct {
	Name        string
	Labels      map[string]string
	Allocatable map[string]int64
}

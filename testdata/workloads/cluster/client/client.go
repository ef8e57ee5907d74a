// Package client talks to the API server in one user's name.
package client

import (
	"context"
	"encoding/json"

	"example.com/workload/cluster/api"
	"example.com/workload/cluster/apiserver"
)

// Client sends requests.
type Client struct {
	server *apiserver.Server
	user   string
	token  string
}

// New returns a client for user.
func New(server *apiserver.Server, user string) *Client {
	return &Client{server: server, user: user, token: apiserver.Token(user)}
}

// List returns the pods of a namespace (of all if it is empty) on a node (on any if it is empty).
func (c *Client) List(ctx context.Context, namespace, node string) ([]*api.Pod, error) {
	path := "/api/v1/pods"
	if namespace != "" {
		path = podsPath(namespace)
	}
	var pods []*api.Pod
	return pods, c.do(ctx, &apiserver.Request{Verb: "LIST", Path: path, Field: node}, nil, &pods)
}

// Create stores a new pod.
func (c *Client) Create(ctx context.Context, pod *api.Pod) error {
	return c.write(ctx, "CREATE", pod)
}

// Update stores a changed pod.
func (c *Client) Update(ctx context.Context, pod *api.Pod) error {
	return c.write(ctx, "UPDATE", pod)
}

func (c *Client) write(ctx context.Context, verb string, pod *api.Pod) error {
	return c.do(ctx, &apiserver.Request{Verb: verb, Path: podsPath(pod.Metadata.Namespace)}, pod, new(api.Pod))
}

func (c *Client) do(ctx context.Context, r *apiserver.Request, body, into any) error {
	r.User, r.Token = c.user, c.token
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return err
		}
		r.Body = encoded
	}
	return withRetry(3, func() error {
		response, err := c.server.Serve(ctx, r)
		if err != nil {
			return err
		}
		return json.Unmarshal(response, into)
	})
}

// withRetry calls do until it succeeds, up to a number of times, and returns the last error.
func withRetry(attempts int, do func() error) error {
	err := do()
	if err != nil && attempts > 1 {
		return withRetry(attempts-1, do)
	}
	return err
}

func podsPath(namespace string) string {
	return "/api/v1/namespaces/" + namespace + "/pods"
}

// Package apiserver answers requests for pods through a chain of filters.
package apiserver

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/pprof"
	"sync/atomic"

	"example.com/workload/cluster/api"
	"example.com/workload/cluster/storage"
)

// Request is what a client sends.
type Request struct {
	Verb  string // LIST, CREATE or UPDATE
	Path  string // /api/v1/namespaces/NAMESPACE/pods
	Field string // name of the node that listed pods must be on; all if empty
	User  string
	Token string
	Body  []byte

	info RequestInfo
}

// RequestInfo is what the path says.
type RequestInfo struct {
	Group, Version, Namespace, Resource string
}

// Handler answers a request with an encoded body.
type Handler func(ctx context.Context, r *Request) ([]byte, error)

// lister is where lists come from: the cache or the store.
type lister interface {
	GetList(prefix string, match func(*api.Pod) bool) ([]*api.Pod, error)
}

// Server is the API server.
type Server struct {
	store   *storage.Store
	cacher  *storage.Cacher
	bypass  int64
	lists   atomic.Int64
	handler Handler
}

// New returns a server over store. One in bypass lists is answered from the store instead of the watch cache; none is
// if bypass is 0.
func New(store *storage.Store, bypass int) *Server {
	s := &Server{store: store, cacher: storage.NewCacher(store), bypass: int64(bypass)}
	s.handler = buildHandlerChain(s.dispatch)
	return s
}

// Serve answers a request.
func (s *Server) Serve(ctx context.Context, r *Request) (body []byte, err error) {
	pprof.Do(ctx, pprof.Labels("verb", r.Verb, "resource", "pods"), func(ctx context.Context) {
		body, err = s.handler(ctx, r)
	})
	return body, err
}

func (s *Server) dispatch(ctx context.Context, r *Request) ([]byte, error) {
	switch r.Verb {
	case "LIST":
		return s.listResource(ctx, r)
	case "CREATE", "UPDATE":
		return s.writeResource(ctx, r)
	default:
		return nil, fmt.Errorf("apiserver: verb %q is unknown", r.Verb)
	}
}

func (s *Server) listResource(_ context.Context, r *Request) ([]byte, error) {
	prefix := ""
	if r.info.Namespace != "" {
		prefix = r.info.Namespace + "/"
	}
	pods, err := s.lister().GetList(prefix, func(pod *api.Pod) bool {
		return r.Field == "" || pod.Spec.NodeName == r.Field
	})
	if err != nil {
		return nil, err
	}
	return transformResponse(pods)
}

func (s *Server) writeResource(ctx context.Context, r *Request) ([]byte, error) {
	pod := new(api.Pod)
	if err := json.Unmarshal(r.Body, pod); err != nil {
		return nil, err
	}
	if err := admit(ctx, pod); err != nil {
		return nil, err
	}
	if err := s.store.Put(pod); err != nil {
		return nil, err
	}
	return transformResponse(pod)
}

func (s *Server) lister() lister {
	if s.bypass > 0 && s.lists.Add(1)%s.bypass == 0 {
		return s.store
	}
	return s.cacher
}

func transformResponse(object any) ([]byte, error) { return json.Marshal(object) }

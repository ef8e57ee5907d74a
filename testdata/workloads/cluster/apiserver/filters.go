package apiserver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"sync/atomic"
	"time"
)

// buildHandlerChain puts the filters around a handler. The last one sees a request first.
func buildHandlerChain(handler Handler) Handler {
	for _, filter := range []func(Handler) Handler{
		withAuthorization,
		withPriorityAndFairness,
		withImpersonation,
		withAudit,
		withAuthentication,
		withTimeout,
		withWarningRecorder,
		withTracing,
		withRequestInfo,
		withPanicRecovery,
	} {
		handler = trackLatency(filter(handler))
	}
	return handler
}

// latencies counts the requests that left each filter after less than 1, 2, 4, … microseconds.
var latencies [40]atomic.Int64

func trackLatency(next Handler) Handler {
	return func(ctx context.Context, r *Request) ([]byte, error) {
		start := time.Now()
		body, err := next(ctx, r)
		bucket := bits.Len64(uint64(time.Since(start).Microseconds()))
		latencies[min(bucket, len(latencies)-1)].Add(1)
		return body, err
	}
}

func withPanicRecovery(next Handler) Handler {
	return func(ctx context.Context, r *Request) (body []byte, err error) {
		defer func() {
			if cause := recover(); cause != nil {
				err = fmt.Errorf("apiserver: panic: %v", cause)
			}
		}()
		return next(ctx, r)
	}
}

func withRequestInfo(next Handler) Handler {
	return func(ctx context.Context, r *Request) ([]byte, error) {
		parts := strings.Split(strings.Trim(r.Path, "/"), "/")
		if len(parts) < 3 || parts[0] != "api" {
			return nil, fmt.Errorf("apiserver: path %q is unknown", r.Path)
		}
		r.info = RequestInfo{Group: parts[0], Version: parts[1], Resource: parts[len(parts)-1]}
		if len(parts) == 5 {
			r.info.Namespace = parts[3]
		}
		return next(ctx, r)
	}
}

type traceKey struct{}

func withTracing(next Handler) Handler {
	return func(ctx context.Context, r *Request) ([]byte, error) {
		return next(context.WithValue(ctx, traceKey{}, time.Now()), r)
	}
}

type warningsKey struct{}

func withWarningRecorder(next Handler) Handler {
	return func(ctx context.Context, r *Request) ([]byte, error) {
		return next(context.WithValue(ctx, warningsKey{}, new([]string)), r)
	}
}

func withTimeout(next Handler) Handler {
	return func(ctx context.Context, r *Request) ([]byte, error) {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		return next(ctx, r)
	}
}

func withAuthentication(next Handler) Handler {
	return func(ctx context.Context, r *Request) ([]byte, error) {
		if r.Token != Token(r.User) {
			return nil, errors.New("apiserver: unauthorized")
		}
		return next(ctx, r)
	}
}

// Token returns the token of a user.
func Token(user string) string {
	sum := sha256.Sum256([]byte("secret of " + user))
	return hex.EncodeToString(sum[:])
}

func withAudit(next Handler) Handler {
	return func(ctx context.Context, r *Request) ([]byte, error) {
		body, err := next(ctx, r)
		event := map[string]any{"user": r.User, "verb": r.Verb, "info": r.info, "bytes": len(body), "failed": err != nil}
		if _, auditErr := json.Marshal(event); auditErr != nil {
			return nil, auditErr
		}
		return body, err
	}
}

func withImpersonation(next Handler) Handler {
	return func(ctx context.Context, r *Request) ([]byte, error) {
		return next(ctx, r)
	}
}

// inFlight limits the requests that are served at a time.
var inFlight = make(chan struct{}, 16)

func withPriorityAndFairness(next Handler) Handler {
	return func(ctx context.Context, r *Request) ([]byte, error) {
		select {
		case inFlight <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		defer func() { <-inFlight }()
		return next(ctx, r)
	}
}

// rules are the verbs that each group of users may use.
var rules = []struct{ prefix, verbs string }{
	{"system:node:", "GET LIST WATCH UPDATE"},
	{"system:scheduler", "GET LIST WATCH UPDATE"},
	{"system:controller:", "GET LIST WATCH CREATE UPDATE DELETE"},
}

func withAuthorization(next Handler) Handler {
	return func(ctx context.Context, r *Request) ([]byte, error) {
		for _, rule := range rules {
			if strings.HasPrefix(r.User, rule.prefix) && strings.Contains(rule.verbs, r.Verb) {
				return next(ctx, r)
			}
		}
		return nil, fmt.Errorf("apiserver: %s may not %s", r.User, r.Verb)
	}
}

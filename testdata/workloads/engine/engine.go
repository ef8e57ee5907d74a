// Package engine runs rounds of a fixed amount of work: documents are stored, read back, indexed and searched.
package engine

import (
	"context"
	"encoding/json"
	"runtime/pprof"
	"strconv"
	"sync"

	"example.com/workload/cache"
	"example.com/workload/codec"
	"example.com/workload/corpus"
	"example.com/workload/effort"
	"example.com/workload/index"
	"example.com/workload/quota"
)

// Extras makes single functions more expensive.
type Extras struct {
	Score    effort.Extra // (*index.Index).score, about 20 % of the CPU
	Checksum effort.Extra // codec.checksum, about 5 %
	Take     effort.Extra // (*quota.Bucket).take, about 1 %
}

// Knobs returns the extras by the name used on the command line.
func (e *Extras) Knobs() map[string]*effort.Extra {
	return map[string]*effort.Extra{"score": &e.Score, "checksum": &e.Checksum, "take": &e.Take}
}

const (
	documents = 400 // a round
	queries   = 120 // a round
	limit     = 4   // hits a query
	cached    = 40  // answers a worker keeps
	kept      = 8   // indexes a worker keeps, as an archive would
)

// Run lets each of the workers do the given number of rounds. The work depends on the arguments alone.
func Run(ctx context.Context, workers, rounds int, extras Extras) error {
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() {
			w := newWorker(uint64(i), extras)
			pprof.Do(ctx, pprof.Labels("worker", strconv.Itoa(i)), func(ctx context.Context) {
				errs[i] = w.run(ctx, rounds)
			})
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

type worker struct {
	extras    Extras
	documents []corpus.Document
	queries   []corpus.Query
	codec     codec.Codec
	bucket    quota.Bucket
	frames    []byte
	recent    *cache.LRU[int, *index.Index]
	answers   *cache.LRU[string, []byte]
	now       int64
}

func newWorker(seed uint64, extras Extras) *worker {
	g := corpus.New(seed)
	return &worker{
		extras:    extras,
		documents: g.Documents(documents),
		queries:   g.Queries(queries),
		codec:     codec.Codec{Checksum: extras.Checksum},
		bucket:    quota.Bucket{Take: extras.Take},
		recent:    cache.New[int, *index.Index](kept),
		answers:   cache.New[string, []byte](cached),
	}
}

func (w *worker) run(ctx context.Context, rounds int) error {
	for round := range rounds {
		if err := ctx.Err(); err != nil {
			return err
		}
		var ix *index.Index
		var err error
		pprof.Do(ctx, pprof.Labels("phase", "ingest"), func(context.Context) {
			ix = w.recent.Get(round, func() *index.Index {
				ix, err = w.ingest()
				return ix
			})
		})
		if err != nil {
			return err
		}
		pprof.Do(ctx, pprof.Labels("phase", "query"), func(context.Context) {
			err = w.query(ix)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ingest stores the documents, reads them back and indexes them.
func (w *worker) ingest() (*index.Index, error) {
	w.frames = w.frames[:0]
	for i := range w.documents {
		w.frames = w.codec.Encode(w.frames, &w.documents[i])
	}
	documents, err := w.codec.Decode(w.frames)
	if err != nil {
		return nil, err
	}
	return index.New(documents, w.extras.Score), nil
}

// query answers all queries, some of them from the cache.
func (w *worker) query(ix *index.Index) error {
	var err error
	for i := range w.queries {
		q := &w.queries[i]
		w.now++
		if !w.bucket.Allow(w.now) {
			continue
		}
		w.answers.Get(key(q), func() []byte {
			var answer []byte
			answer, err = json.Marshal(ix.Search(q, limit))
			return answer
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func key(q *corpus.Query) string {
	k := q.Must[0]
	for _, word := range q.Should {
		k += "|" + word
	}
	return k
}

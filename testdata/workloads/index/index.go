// Package index finds and ranks documents.
package index

import (
	"cmp"
	"slices"

	"example.com/workload/corpus"
	"example.com/workload/effort"
	"example.com/workload/text"
)

// Index maps terms to the documents that hold them.
type Index struct {
	// Score compares more dimensions of the vectors with extra effort.
	Score effort.Extra

	documents []*corpus.Document
	postings  map[string][]uint32
}

// New returns an index of documents, whose IDs must be 0, 1, 2, ….
func New(documents []*corpus.Document, score effort.Extra) *Index {
	ix := &Index{Score: score, documents: documents, postings: make(map[string][]uint32)}
	for _, d := range documents {
		ix.add(d)
	}
	return ix
}

func (ix *Index) add(d *corpus.Document) {
	text.Terms(d.Text, func(term []byte) {
		list := ix.postings[string(term)]
		if n := len(list); n == 0 || list[n-1] != d.ID {
			ix.postings[string(term)] = append(list, d.ID)
		}
	})
}

// Hit is a document found by a query.
type Hit struct {
	ID      uint32  `json:"id"`
	Score   float64 `json:"score"`
	Snippet string  `json:"snippet"`
}

// Search returns the best limit documents for q, best first.
func (ix *Index) Search(q *corpus.Query, limit int) []Hit {
	ids := expression(q).eval(ix)
	hits := make([]Hit, 0, len(ids))
	for _, id := range ids {
		hits = append(hits, Hit{ID: id, Score: ix.rate(q, ix.documents[id])})
	}
	slices.SortFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	hits = hits[:min(limit, len(hits))]
	for i := range hits {
		hits[i].Snippet = snippet(q, ix.documents[hits[i].ID])
	}
	return hits
}

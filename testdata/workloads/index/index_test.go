package index

import (
	"cmp"
	"os"
	"slices"
	"strings"
	"testing"

	"example.com/workload/corpus"
	"example.com/workload/effort"
)

// extraScore is the extra effort set by the environment, so that go test can be run on both sides of a comparison.
func extraScore(tb testing.TB) effort.Extra {
	var extra effort.Extra
	if setting := os.Getenv("WORKLOAD_EXTRA"); setting != "" {
		if err := effort.Parse(setting, map[string]*effort.Extra{"score": &extra}); err != nil {
			tb.Fatal(err)
		}
	}
	return extra
}

func newIndex(tb testing.TB, seed uint64) (*Index, []corpus.Query) {
	g := corpus.New(seed)
	documents := g.Documents(400)
	pointers := make([]*corpus.Document, len(documents))
	for i := range documents {
		pointers[i] = &documents[i]
	}
	return New(pointers, extraScore(tb)), g.Queries(100)
}

func TestSearchFindsTheBestOfAScan(t *testing.T) {
	const limit = 10
	for seed := range uint64(60) {
		ix, queries := newIndex(t, seed)
		words := make([]map[string]bool, len(ix.documents))
		for i, d := range ix.documents {
			words[i] = wordsOf(d)
		}
		for i := range queries {
			q := &queries[i]
			best := scan(words, q)
			slices.SortFunc(best, func(a, b int) int {
				return cmp.Compare(ix.rate(q, ix.documents[b]), ix.rate(q, ix.documents[a]))
			})
			best = best[:min(limit, len(best))]
			found := []int{}
			for _, hit := range ix.Search(q, limit) {
				found = append(found, int(hit.ID))
			}
			if !slices.Equal(found, best) {
				t.Fatalf("seed %d, query %d: found %v, want %v", seed, i, found, best)
			}
		}
	}
}

func wordsOf(d *corpus.Document) map[string]bool {
	words := make(map[string]bool)
	for _, word := range strings.Fields(strings.ToLower(d.Text)) {
		words[strings.Trim(word, ",.")] = true
	}
	return words
}

// scan returns the matching documents by looking at each of them.
func scan(words []map[string]bool, q *corpus.Query) []int {
	found := []int{}
	for id, has := range words {
		all := !slices.ContainsFunc(q.Must, func(word string) bool { return !has[word] })
		some := slices.ContainsFunc(q.Should, func(word string) bool { return has[word] })
		if all && some {
			found = append(found, id)
		}
	}
	return found
}

func BenchmarkSearch(b *testing.B) {
	ix, queries := newIndex(b, 1)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		ix.Search(&queries[i%len(queries)], 10)
		i++
	}
}

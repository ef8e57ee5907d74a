package index

import (
	"cmp"

	"example.com/workload/corpus"
)

// node is a part of a boolean query; eval returns the matching IDs in rising order.
type node interface {
	eval(ix *Index) []uint32
}

type (
	term   string
	both   struct{ left, right node }
	either struct{ left, right node }
)

// expression returns the query's words as a tree: all of Must, and any of Should.
func expression(q *corpus.Query) node {
	var root node = anyOf(q.Should)
	for _, word := range q.Must {
		root = both{term(word), root}
	}
	return root
}

func anyOf(words []string) node {
	if len(words) == 1 {
		return term(words[0])
	}
	half := len(words) / 2
	return either{anyOf(words[:half]), anyOf(words[half:])}
}

func (t term) eval(ix *Index) []uint32   { return ix.postings[string(t)] }
func (n both) eval(ix *Index) []uint32   { return intersect(n.left.eval(ix), n.right.eval(ix)) }
func (n either) eval(ix *Index) []uint32 { return union(n.left.eval(ix), n.right.eval(ix)) }

func intersect[T cmp.Ordered](a, b []T) []T {
	var out []T
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case b[0] < a[0]:
			b = b[1:]
		default:
			out = append(out, a[0])
			a, b = a[1:], b[1:]
		}
	}
	return out
}

func union[T cmp.Ordered](a, b []T) []T {
	out := make([]T, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			out, a = append(out, a[0]), a[1:]
		case b[0] < a[0]:
			out, b = append(out, b[0]), b[1:]
		default:
			out = append(out, a[0])
			a, b = a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

//go:build renamed

package index

import "example.com/workload/corpus"

func (ix *Index) rate(q *corpus.Query, d *corpus.Document) float64 {
	return ix.similarity(&q.Vector, &d.Vector, ix.Score.Of(corpus.Dims))
}

// similarity is the dot product of the first dims dimensions.
//
//go:noinline
func (ix *Index) similarity(a, b *[corpus.Width]float32, dims int) float64 {
	sum := float32(0)
	for i := range dims {
		sum += a[i] * b[i]
	}
	return float64(sum)
}

// Package corpus makes documents and queries that are the same for the same seed.
package corpus

import (
	"math/rand/v2"
	"strings"
)

// Dims is the number of dimensions of a document's vector that carry meaning; the rest of Width is zero, so a longer
// dot product costs more and gives the same score.
const (
	Dims  = 256
	Width = 2 * Dims
)

// Document is one text with its embedding.
type Document struct {
	ID     uint32
	Text   string
	Vector [Width]float32
}

// Query asks for documents that have all of Must and any of Should, ranked by Vector.
type Query struct {
	Must   []string
	Should []string
	Vector [Width]float32
}

// Generator draws documents and queries from one vocabulary.
type Generator struct {
	random *rand.Rand
	words  []string
	zipf   *rand.Zipf
}

// New returns a Generator whose output depends on seed alone.
func New(seed uint64) *Generator {
	random := rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))
	words := make([]string, 3000)
	for i := range words {
		words[i] = word(random)
	}
	return &Generator{
		random: random,
		words:  words,
		zipf:   rand.NewZipf(random, 1.2, 4, uint64(len(words)-1)),
	}
}

func word(random *rand.Rand) string {
	const letters = "etaoinshrdlucmfwypvbgkjqxz"
	var b strings.Builder
	for range 3 + random.IntN(7) {
		b.WriteByte(letters[random.IntN(len(letters))])
	}
	return b.String()
}

// Documents returns n documents.
func (g *Generator) Documents(n int) []Document {
	documents := make([]Document, n)
	for i := range documents {
		documents[i] = Document{ID: uint32(i), Text: g.text(120), Vector: g.vector()}
	}
	return documents
}

// Queries returns n queries, one in four of them a repetition.
func (g *Generator) Queries(n int) []Query {
	queries := make([]Query, n)
	for i := range queries {
		if i%4 == 3 {
			queries[i] = queries[i-3]
			continue
		}
		queries[i] = Query{
			Must:   []string{g.frequent()},
			Should: []string{g.frequent(), g.frequent(), g.frequent()},
			Vector: g.vector(),
		}
	}
	return queries
}

func (g *Generator) text(words int) string {
	var b strings.Builder
	for i := range words {
		if i > 0 {
			b.WriteString([]string{" ", " ", ", ", ". "}[g.random.IntN(4)])
		}
		w := g.words[g.zipf.Uint64()]
		if g.random.IntN(5) == 0 {
			w = strings.ToUpper(w[:1]) + w[1:]
		}
		b.WriteString(w)
	}
	return b.String()
}

// frequent returns one of the words that most documents hold.
func (g *Generator) frequent() string {
	return g.words[g.random.IntN(40)]
}

func (g *Generator) vector() [Width]float32 {
	var v [Width]float32
	for i := range Dims {
		v[i] = g.random.Float32() - 0.5
	}
	return v
}

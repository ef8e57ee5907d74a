package index

import (
	"strings"

	"example.com/workload/corpus"
)

// snippet returns the sentences of d that hold one of the words of q, with those words marked.
func snippet(q *corpus.Query, d *corpus.Document) string {
	var b strings.Builder
	for sentence := range strings.SplitSeq(d.Text, ". ") {
		marked, found := mark(sentence, func(word string) bool {
			return contains(q.Must, word) || contains(q.Should, word)
		})
		if found {
			b.WriteString(marked)
			b.WriteString(" … ")
		}
	}
	return b.String()
}

func mark(sentence string, wanted func(word string) bool) (marked string, found bool) {
	words := strings.Fields(sentence)
	for i, word := range words {
		if wanted(strings.TrimRight(word, ",")) {
			words[i] = "<em>" + word + "</em>"
			found = true
		}
	}
	return strings.Join(words, " "), found
}

func contains(words []string, word string) bool {
	for _, w := range words {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}

// Package text splits text into terms.
package text

// Terms calls yield with each word of s in lower case. The bytes are valid during the call only.
func Terms(s string, yield func(term []byte)) {
	var buffer [64]byte
	term := buffer[:0]
	for i := range len(s) {
		c := fold(s[i])
		if c != 0 && len(term) < cap(term) {
			term = append(term, c)
			continue
		}
		if len(term) > 0 {
			yield(term)
		}
		term = term[:0]
	}
	if len(term) > 0 {
		yield(term)
	}
}

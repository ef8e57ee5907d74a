package service

import (
	"bytes"
	"fmt"
)

// printer renders pages, into one buffer again and again or into a fresh one each time.
type printer struct {
	reuse  bool
	buffer bytes.Buffer
}

func (p *printer) page(id int) []byte {
	b := p.scratch()
	fmt.Fprintf(b, "<h1>%d</h1>\n", id)
	for row := range 60 {
		fmt.Fprintf(b, "<tr><td>%d</td><td>%x</td></tr>\n", row, id*row)
	}
	return b.Bytes()
}

func (p *printer) scratch() *bytes.Buffer {
	if !p.reuse {
		return new(bytes.Buffer)
	}
	p.buffer.Reset()
	return &p.buffer
}

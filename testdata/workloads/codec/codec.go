// Package codec stores documents as frames of a fixed size, each with a checksum.
package codec

import (
	"encoding/binary"
	"errors"
	"math"

	"example.com/workload/corpus"
	"example.com/workload/effort"
)

// A frame is: checksum, id, length of the text, text, vector, padding.
const (
	header    = 12
	frameSize = 4096
	summed    = 1000 // bytes that the checksum covers with normal effort
)

// ErrCorrupt says that a frame's bytes do not fit its checksum.
var ErrCorrupt = errors.New("codec: corrupt frame")

// Codec encodes and decodes frames.
type Codec struct {
	// Checksum covers more of a frame with extra effort.
	Checksum effort.Extra
}

// Encode appends one frame for d to dst.
func (c *Codec) Encode(dst []byte, d *corpus.Document) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, frameSize)...)
	frame := dst[start:]
	binary.LittleEndian.PutUint32(frame[4:], d.ID)
	binary.LittleEndian.PutUint32(frame[8:], uint32(len(d.Text)))
	n := header + copy(frame[header:], d.Text)
	for _, x := range d.Vector[:corpus.Dims] {
		binary.LittleEndian.PutUint32(frame[n:], math.Float32bits(x))
		n += 4
	}
	binary.LittleEndian.PutUint32(frame, checksum(frame[4:c.covered()]))
	return dst
}

// Decode returns the documents of all frames in src.
func (c *Codec) Decode(src []byte) ([]*corpus.Document, error) {
	documents := make([]*corpus.Document, 0, len(src)/frameSize)
	for ; len(src) >= frameSize; src = src[frameSize:] {
		d, err := c.decode(src[:frameSize])
		if err != nil {
			return nil, err
		}
		documents = append(documents, d)
	}
	return documents, nil
}

func (c *Codec) decode(frame []byte) (*corpus.Document, error) {
	if binary.LittleEndian.Uint32(frame) != checksum(frame[4:c.covered()]) {
		return nil, ErrCorrupt
	}
	n := header + int(binary.LittleEndian.Uint32(frame[8:]))
	d := &corpus.Document{
		ID:   binary.LittleEndian.Uint32(frame[4:]),
		Text: string(frame[header:n]),
	}
	for i := range corpus.Dims {
		d.Vector[i] = math.Float32frombits(binary.LittleEndian.Uint32(frame[n:]))
		n += 4
	}
	return d, nil
}

// covered returns how many of a frame's bytes the checksum covers.
func (c *Codec) covered() int {
	return c.Checksum.Of(summed)
}

// checksum is FNV-1a.
//
//go:noinline
func checksum(bytes []byte) uint32 {
	hash := uint32(2166136261)
	for _, b := range bytes {
		hash = (hash ^ uint32(b)) * 16777619
	}
	return hash
}

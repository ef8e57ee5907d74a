package codec

import (
	"errors"
	"testing"

	"example.com/workload/corpus"
)

func TestDecodeReturnsWhatWasEncoded(t *testing.T) {
	documents := corpus.New(1).Documents(3)
	var c Codec
	var frames []byte
	for i := range documents {
		frames = c.Encode(frames, &documents[i])
	}
	decoded, err := c.Decode(frames)
	if err != nil {
		t.Fatal(err)
	}
	if len(decoded) != len(documents) {
		t.Fatalf("got %d documents, want %d", len(decoded), len(documents))
	}
	for i, d := range decoded {
		if *d != documents[i] {
			t.Errorf("document %d came back different", i)
		}
	}
}

func TestDecodeSeesACorruptFrame(t *testing.T) {
	var c Codec
	frame := c.Encode(nil, &corpus.New(1).Documents(1)[0])
	frame[header]++
	if _, err := c.Decode(frame); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("got %v, want ErrCorrupt", err)
	}
}

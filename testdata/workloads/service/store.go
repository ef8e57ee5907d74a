package service

import (
	"fmt"
	"strings"
)

// store keeps the latest records.
type store struct {
	records map[int]*record
	limit   int
}

type record struct {
	name string
	body []byte
	tags []string
}

func newStore(limit int) *store {
	return &store{records: make(map[int]*record), limit: limit}
}

func (s *store) put(id int, body []byte) {
	s.records[id%s.limit] = newRecord(id, body)
}

func newRecord(id int, body []byte) *record {
	return &record{
		name: fmt.Sprintf("record-%08d", id),
		body: append([]byte(nil), body...),
		tags: tags(id),
	}
}

func tags(id int) []string {
	return strings.Split(strings.Repeat(fmt.Sprintf("tag%d ", id%97), 20), " ")
}

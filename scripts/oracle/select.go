package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand"
	"sort"
	"strings"

	"github.com/google/pprof/driver"
	"github.com/google/pprof/profile"
)

var (
	functionNames = []string{
		"", "main.main", "runtime.mallocgc", "runtime.(*mheap).alloc", "foo", "foo(int)", "bar", "ns::f<int>(a)",
		"std::vector<int>::push_back(int const&)", ".ppc", "malloc", "free", "(anonymous namespace)::g(int)",
		"S::operator()(int)", "a\xffb", "éfoo", "x", "y", "z", "_ZN3foo3barEi", "operator new(unsigned long)", "qux<T>",
	}
	functionFiles = []string{"", "a.go", "/src/b.go", "malloc.c", "./x/../foo.c", "main.go"}
	mappingFiles  = []string{"", "/usr/bin/app", "[vdso]", "libfoo.so"}
	labelKeys     = []string{"k", "bytes", "request", "lat", "", "thread", "alignment"}
	labelTexts    = []string{"v1", "v2", "GET", "a,b", "foo"}
	labelNumbers  = []int64{5, 1, 1024, 4096, 10, 1000000, 3, -5}
	labelUnits    = []string{"", "", "bytes", "ms", "kb", "seconds", "widgets", "count"}
	framePatterns = []string{"malloc|free|runtime\\..*", "foo", "(", ".*o.*", "x|y|z|main\\.main"}
	keepPatterns  = []string{"runtime\\.m.*", "foo", ")", "x"}
	namePatterns  = []string{
		"foo", "main", "runtime", "^bar$", "x|y", "malloc", "a", "\\.go$", ".", "^$", "app", "vdso", "so$", "nothing",
		"f.*", "b", "int", "z", "(foo|bar)", "S::operator", "(",
	}
	tagFilters = []string{
		"k=v1", "k:v1", "GET", "v1,v2", "k=v1,v2", "5", "5:", "4kb:", "bytes=:4kb", "10ms:1s", "lat=5", "k", "v.", "=v1",
		"thread=1:3", "bytes=1024", "1kb:1mb", "5foo", "1:2:3", "request=1b:", "widgets", "-5:5", "lat=:10ms", "a=b=c",
		"nothing", "99", "1kb:2", "[",
	}
	keyPatterns   = []string{"k", "bytes", "^l", "nothing", ".", "thread|k"}
	frameKeys     = []string{"k", "k,bytes", "bytes,k,lat", "nothing", ",", "thread,,k"}
	granularities = []string{"functions", "filefunctions", "files", "lines", "addresses"}
	outputUnits   = []string{"ms", "bytes", "kb", "count"}
	symbolizings  = []string{"none", "force", "demangle=none", "demangle=full", "demangle=templates"}
)

func pick[T any](r *rand.Rand, from []T) T {
	return from[r.Intn(len(from))]
}

// randomProfile makes a small profile in which names repeat, so that filters meet each other.
func randomProfile(r *rand.Rand) *profile.Profile {
	p := &profile.Profile{SampleType: []*profile.ValueType{{Type: "t", Unit: "count"}, {Type: "u", Unit: "bytes"}}}
	for id := range r.Intn(4) {
		p.Mapping = append(p.Mapping, &profile.Mapping{
			ID: uint64(id + 1), Start: uint64(id) * 0x1000, Limit: uint64(id+1) * 0x1000, File: pick(r, mappingFiles),
			HasFunctions: r.Intn(2) == 0, HasFilenames: true, HasLineNumbers: r.Intn(2) == 0, HasInlineFrames: true,
		})
	}
	for id := range 1 + r.Intn(8) {
		f := &profile.Function{ID: uint64(2*id + 1), Name: pick(r, functionNames), Filename: pick(r, functionFiles), StartLine: r.Int63n(3)}
		f.SystemName = f.Name
		if r.Intn(3) == 0 {
			f.SystemName = pick(r, functionNames)
		}
		p.Function = append(p.Function, f)
	}
	for id := range 1 + r.Intn(10) {
		l := &profile.Location{ID: uint64(id + 1), Address: uint64(r.Intn(5000))}
		if len(p.Mapping) > 0 && r.Intn(4) > 0 {
			l.Mapping = pick(r, p.Mapping)
		}
		for range r.Intn(4) {
			l.Line = append(l.Line, profile.Line{Function: pick(r, p.Function), Line: r.Int63n(30), Column: r.Int63n(3)})
		}
		p.Location = append(p.Location, l)
	}
	for range 1 + r.Intn(11) {
		s := &profile.Sample{
			Value: []int64{r.Int63n(20) - 5, r.Int63n(20)},
			Label: map[string][]string{}, NumLabel: map[string][]int64{}, NumUnit: map[string][]string{},
		}
		for range r.Intn(7) {
			s.Location = append(s.Location, pick(r, p.Location))
		}
		for range r.Intn(4) {
			key := pick(r, labelKeys)
			s.Label[key] = append(s.Label[key], pick(r, labelTexts))
		}
		for range r.Intn(4) {
			key := pick(r, labelKeys)
			s.NumLabel[key] = append(s.NumLabel[key], pick(r, labelNumbers))
			s.NumUnit[key] = append(s.NumUnit[key], pick(r, labelUnits))
		}
		p.Sample = append(p.Sample, s)
	}
	if r.Intn(3) == 0 {
		p.DropFrames = pick(r, framePatterns)
		if r.Intn(3) == 0 {
			p.KeepFrames = pick(r, keepPatterns)
		}
	}
	return p
}

func randomOptions(r *rand.Rand) map[string]any {
	options := map[string]any{}
	set := func(oneIn int, from []string, names ...string) {
		for _, name := range names {
			if r.Intn(oneIn) == 0 {
				options[name] = pick(r, from)
			}
		}
	}
	set(7, namePatterns, "focus", "ignore", "hide", "show", "show-from", "prune-from")
	set(6, tagFilters, "tagfocus", "tagignore")
	set(6, keyPatterns, "tagshow", "taghide")
	set(6, frameKeys, "tagroot", "tagleaf")
	set(2, granularities, "granularity")
	set(4, symbolizings, "symbolize")
	options["unit"] = "minimum"
	set(2, outputUnits, "unit")
	if r.Intn(3) == 0 {
		options["noinlines"] = true
	}
	if r.Intn(3) == 0 {
		options["showcolumns"] = true
	}
	return options
}

type selectAnswer struct {
	Options map[string]any `json:"options"`
	Profile string         `json:"profile"`
	Error   string         `json:"error,omitempty"`
	Notes   []string       `json:"notes,omitempty"`
	Left    string         `json:"left,omitempty"`
}

func encode(p *profile.Profile) []byte {
	var buffer bytes.Buffer
	if err := p.WriteUncompressed(&buffer); err != nil {
		panic(err)
	}
	return buffer.Bytes()
}

// selectOracle prints what pprof's selections leave of random profiles.
func selectOracle() {
	r := rand.New(rand.NewSource(1))
	var lines []string
	for range 250 {
		p, options := randomProfile(r), randomOptions(r)
		data := encode(p)
		answer := selectAnswer{Options: options, Profile: hex.EncodeToString(data)}
		// What the file does not say, as units that are all empty, is not to be selected by.
		p, err := profile.ParseData(data)
		if err != nil {
			panic(err)
		}
		notes, err := driver.OracleSelect(p, options)
		if err != nil {
			answer.Error = err.Error()
		} else {
			// The notes about units come in the order of a map.
			sort.Strings(notes)
			answer.Notes, answer.Left = notes, hex.EncodeToString(encode(p))
		}
		line, err := json.Marshal(answer)
		if err != nil {
			panic(err)
		}
		lines = append(lines, string(line))
	}
	fmt.Printf("[\n%s\n]\n", strings.Join(lines, ",\n"))
}

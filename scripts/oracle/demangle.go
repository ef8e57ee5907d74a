package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/google/pprof/driver"
	"github.com/google/pprof/profile"
)

type demangleAnswer struct {
	Mangled   string `json:"mangled"`
	Default   string `json:"default"`
	Templates string `json:"templates"`
	Full      string `json:"full"`
}

// demangleOracle prints what pprof shows for the names in standard input, one a line.
func demangleOracle() {
	show := func(name, mode string) string {
		function := &profile.Function{ID: 1, Name: name, SystemName: name}
		driver.OracleDemangle(&profile.Profile{Function: []*profile.Function{function}}, mode)
		return function.Name
	}
	var lines []string
	scanner := bufio.NewScanner(os.Stdin)
	for scanner.Scan() {
		name := scanner.Text()
		line, err := json.Marshal(demangleAnswer{name, show(name, ""), show(name, "templates"), show(name, "full")})
		if err != nil {
			panic(err)
		}
		lines = append(lines, string(line))
	}
	if err := scanner.Err(); err != nil {
		panic(err)
	}
	fmt.Printf("[\n%s\n]\n", strings.Join(lines, ",\n"))
}

// Oracle prints what Go and pprof themselves make of inputs for the tests, as JSON. It is run by scripts/oracle/run,
// which places it in Go's own source tree, where pprof's code can be imported.
package main

import (
	"fmt"
	"os"
)

func main() {
	oracles := map[string]func(){"regexp": regexpOracle, "demangle": demangleOracle, "select": selectOracle}
	if len(os.Args) == 2 && oracles[os.Args[1]] != nil {
		oracles[os.Args[1]]()
		return
	}
	fmt.Fprintln(os.Stderr, "usage: oracle regexp|demangle|select")
	os.Exit(2)
}

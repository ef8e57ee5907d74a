// Package effort turns "25 % more expensive" into loop iterations.
package effort

import (
	"fmt"
	"strconv"
	"strings"
)

// Max is the largest extra effort, in per cent, that the workload's data leave room for.
const Max = 100

// Extra is the work a function does beyond its normal work, in per cent of it.
type Extra int

// Of returns n normal iterations and the extra ones.
func (e Extra) Of(n int) int {
	return n + n*int(e)/100
}

// Parse reads "name=percent", such as "score=25", and stores the per cent in the Extra of that name.
func Parse(setting string, knobs map[string]*Extra) error {
	name, value, found := strings.Cut(setting, "=")
	knob := knobs[name]
	if !found || knob == nil {
		return fmt.Errorf("%q is not name=percent with a known name", setting)
	}
	percent, err := strconv.Atoi(value)
	if err != nil || percent < 0 || percent > Max {
		return fmt.Errorf("%q: the per cent must lie between 0 and %d", setting, Max)
	}
	*knob = Extra(percent)
	return nil
}

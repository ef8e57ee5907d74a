package driver

import (
	internal "github.com/google/pprof/internal/driver"
	"github.com/google/pprof/internal/symbolizer"
	"github.com/google/pprof/profile"
)

// OracleDemangle renames the functions of a profile as -symbolize=demangle=mode does.
func OracleDemangle(p *profile.Profile, mode string) {
	symbolizer.Demangle(p, false, mode)
}

// OracleSelect changes a profile as pprof does between reading it and reporting on it, and returns what it says.
func OracleSelect(p *profile.Profile, options map[string]any) ([]string, error) {
	return internal.OracleSelect(p, options)
}

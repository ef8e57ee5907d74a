package driver

import (
	"fmt"
	"strings"

	"github.com/google/pprof/internal/symbolizer"
	"github.com/google/pprof/profile"
)

// oracleUI keeps what pprof says.
type oracleUI struct{ notes []string }

func (u *oracleUI) ReadLine(string) (string, error)     { return "", nil }
func (u *oracleUI) Print(...any)                        {}
func (u *oracleUI) PrintErr(args ...any)                { u.notes = append(u.notes, fmt.Sprint(args...)) }
func (u *oracleUI) IsTerminal() bool                    { return false }
func (u *oracleUI) WantBrowser() bool                   { return false }
func (u *oracleUI) SetAutoComplete(func(string) string) {}

// OracleSelect demangles, drops frames, adds label frames, filters and aggregates, in pprof's order.
func OracleSelect(p *profile.Profile, options map[string]any) ([]string, error) {
	text := func(name string) string {
		value, _ := options[name].(string)
		return value
	}
	isSet := func(name string) bool {
		value, _ := options[name].(bool)
		return value
	}
	cfg := defaultConfig()
	cfg.Focus, cfg.Ignore, cfg.Hide, cfg.Show = text("focus"), text("ignore"), text("hide"), text("show")
	cfg.ShowFrom, cfg.PruneFrom = text("show-from"), text("prune-from")
	cfg.TagFocus, cfg.TagIgnore, cfg.TagShow, cfg.TagHide = text("tagfocus"), text("tagignore"), text("tagshow"), text("taghide")
	cfg.TagRoot, cfg.TagLeaf = text("tagroot"), text("tagleaf")
	cfg.NoInlines, cfg.ShowColumns, cfg.Granularity = isSet("noinlines"), isSet("showcolumns"), text("granularity")
	cfg.Unit = text("unit")

	ui := &oracleUI{notes: []string{}}
	if mode := text("symbolize"); mode != "none" {
		detail := strings.TrimPrefix(mode, "demangle=")
		if mode == "force" {
			detail = ""
		}
		symbolizer.Demangle(p, mode != "", detail)
	}
	p.RemoveUninteresting()
	units := identifyNumLabelUnits(p, ui)
	generateTagRootsLeaves(p, cfg, ui)
	if err := applyFocus(p, units, cfg, ui); err != nil {
		return nil, err
	}
	return ui.notes, aggregate(p, cfg)
}

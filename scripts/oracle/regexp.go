package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"regexp"
	"regexp/syntax"
	"sort"
	"strings"
	"unicode"
)

var texts = []string{
	"", "a", "b", "ab", "ba", "aab", "abb", "abc", "aBc", "ABC", "xaby", "foo", "foo bar", "foobar", "FOO", "f",
	"éfoo", "fooé", "é foo é", "xéx", "é", "É", "ß", "ſ", "K", "k", "K", "s", "S", "Σ", "ς", "σ", "α", "Ω", "日本",
	"\n", "a\n", "\na", "a\nb", "foo\nbar\n", "\r\n", "\t", "\v", "\f", " ", "a b", "a\vb", "a\x00b", "\x07", "_", "-", "a-z", "^",
	"{", "}", "foo{", "a{2", "a{,2}", "a{2}", "aa", "aaa", "aaaa", "()", "(", ")", "[", "]", "[a]", "&", "&&", "a&&b", "~~", "|", "||", "\\", "\\d", "*", "+", ".", "?", "$",
	"0", "7", "42", "2024-01-02", "A", "Z", "AZ", "\x41", "std::vector<int>::push_back", "vector<int>", "<", ">", "operator<",
	"runtime.mallocgc", "runtime.(*mheap).alloc", "main.main.func1", "k8s.io/kubernetes/pkg/scheduler.(*Scheduler).scheduleOne",
	"/usr/lib/go/src/runtime/malloc.go", "[vdso]", "net/http.(*conn).serve",
	"\xff", "a\xffb", "\xe2\x82", "\xe2\x82x", "\xed\xa0\x80", "\ufffd", "\ufffd\ufffd", "\U0001F600", "\U0010FFFF",
}

var patterns = []string{
	// Literals, anchors, dots.
	``, `a`, `ab`, `^`, `$`, `^$`, `^a`, `a$`, `^a$`, `^ab$`, `.`, `^.$`, `^..$`, `^...$`, `(?s).`, `(?s)^.$`, `(?s)^..$`, `a.b`, `(?s)a.b`,
	`(?m)^a$`, `(?m)^bar$`, `(?m)^$`, `(?m:^)b`, `(?m)a$`, `\Aa`, `a\z`, `(?m)\Aa\z`, `\A`, `\z`, `\Z`, `\`, `a\`, `^*`, `$*`, `^+a`, `$?`, `(^)*`, `\b*`, `\b+foo`,
	// Alternation and groups.
	`a|b`, `a|`, `|`, `||`, `|a`, `(|a)b`, `a||b`, `()`, `(a)`, `(a|b)c`, `(?:a|b)c`, `((a)|(b))`, `(?P<n>a)`, `(?<n>a)`, `(?P<n>a)(?P<n>b)`, `(?P<>a)`,
	`(?P<n`, `(?P<`, `(?P=n)`, `(?P>n)`, `(?<`, `(?<n`, `(?<1>a)`, `(?P<é>a)`, `(?P<a-b>a)`, `(?'n'a)`, `(`, `)`, `a)`, `(a`, `((a)`, `(a))`, `(?`, `(?:`, `(?:a`, `(?#a)`, `(?|a)`,
	`(?=a)`, `(?!a)`, `(?<=a)`, `(?<!a)`, `(?>a)`, `(?R)`, `(?1)`, `\1`, `(a)\1`, `\k<n>`, `\g1`,
	// Flags.
	`(?i)ABC`, `(?i:A)bc`, `a(?i)B(?-i)C`, `a(?i)b|C`, `(a(?i)b)C`, `(?i)(?-i)ABC`, `(?i-s:A).`, `(?ims)^a.b$`, `(?U)a*`, `(?U)a*?b`, `(?i)k`, `(?i)K`, `(?i)s`, `(?i)ſ`, `(?i)σ`, `(?i)Σ`, `(?i)ß`, `(?i)é`,
	`(?i)[a-c]+`, `(?i)[^a]`, `(?i)^[^k]$`, `(?i)[s]`, `(?i)[^s]`, `(?i)\w`, `(?i)^\W$`, `(?i)[\w]`, `(?i)^[\W]$`, `(?i)^[^\W]$`, `(?i)\d`, `(?i)[[:alpha:]]`, `(?i)[[:upper:]]`, `(?i)^[[:^upper:]]$`,
	`(?i)\p{Lu}`, `(?i)^\P{Lu}$`, `(?i)\p{Greek}`, `(?i)\Qabc\E`, `(?x)a b`, `(?u)a`, `(?a)a`, `(?L)a`, `(?n)a`, `(?-)`, `(?i-)`, `(?-i)a`, `(?--i)`, `(?i-i)A`, `(?i-i-i)A`, `(?)`, `(?:)`, `(?i)`, `(?i`, `(?i:`, `(?i)*`, `a(?i)*`, `a*(?i)*`, `(?-s).`, `(?s-s).`, `(?imsU:a)`, `(?^a)`, `(?i^:a)`,
	// Repetition.
	`a*`, `a+`, `a?`, `a*?`, `a+?`, `a??`, `^a{2}$`, `^a{2,}$`, `^a{2,3}$`, `^a{0}$`, `^a{0,1}$`, `^a{,2}$`, `a{2}?`, `a{2,3}?`, `a{`, `a{2`, `a{2,`, `a{,`, `a{}`, `a{,}`, `a{-1}`, `a{ 2}`, `a{2,1}`, `a{02}`, `a{2,03}`, `{`, `}`, `{2}`, `foo{`, `{{`, `a{{2}`, `a}{2}`,
	`a**`, `a*+`, `a+*`, `a?*`, `a*??`, `a***`, `a{2}*`, `a*{2}`, `a{2}{3}`, `a{2}?{3}`, `(a*)*`, `(a*)+`, `(a{2}){2}`, `(?:a{2}){2}`, `*`, `+a`, `?`, `(*)`, `a|*`, `(?:*)`, `(a|+)`, `(?i)+`, `a{1000}`, `a{1001}`, `a{0,1001}`, `a{1001,}`, `a{99999999999}`, `a{1,99999999999}`,
	`(a{10}){100}`, `(a{10}){101}`, `((a{10}){10}){10}`, `((a{10}){10}){11}`, `(a{0}){1000}`, `((a{1000}){0}){1000}`, `(?:a{2,}){500}`, `(?:a{2,}){501}`, `(a{100,})*{2}`, `x{2}{`, `(ab)*`, `^(ab|a)*$`, `(a|ab)(c|bcd)?$`,
	// Escapes.
	`\.`, `\*`, `\\`, `\/`, `\-`, `\_`, `\ `, `\"`, `\'`, `\#`, `\&`, `\~`, `\<`, `\>`, `vector\<int\>`, `\<foo\>`, `\%`, `\@`, `\é`, `\{`, `\}`, `\[`, `\]`, `\(`, `\)`, `\|`, `\^`, `\$`, `\+`, `\?`,
	`\a`, `\e`, `\f`, `\n`, `\r`, `\t`, `\v`, `\0`, `\00`, `\000`, `\0000`, `\07`, `\7`, `\8`, `\9`, `\07a`, `\101`, `\1010`, `\12`, `\18`, `\x41`, `\x4`, `\x`, `\xg1`, `\x4g`, `\x{41}`, `\x{}`, `\x{41`, `\x{g}`, `\x{10FFFF}`, `\x{110000}`, `\x{0000000041}`, `\x{FFFD}`, `\x{e9}`, `\xe9`, `\u0041`, `\U00000041`, `\u{41}`, `\N{A}`, `\cA`, `\C`, `\X`, `\R`, `\K`, `\G`, `\h`, `\H`, `\y`, `\Y`, `\i`, `\l`, `\_a`, `\b{start}`, `\b{`,
	`\d`, `\D`, `\w`, `\W`, `\s`, `\S`, `^\d+$`, `^\D$`, `^\w+$`, `^\W+$`, `^\s+$`, `^\S+$`, `\d{2,4}-\d\d`, `a\sb`, `\bfoo\b`, `\Bfoo`, `foo\B`, `\B`, `^\B$`, `\b`, `\bé`, `x\b`, `x\B`, `\B\B`, `(?i)\bFOO\b`, `\Bo`, `(?:\B|q)$`,
	`\Qa.b\E`, `\Q[a]\E`, `\Q()`, `\Q`, `\Q\E`, `\E`, `\Qa\Eb`, `\Qa\E*`, `^\Qab\E*$`, `\Q\\E`, `\Q*\E+`, `a\Q\E*`, `\Q{\E`, `[\Qa\E]`,
	// Classes.
	`[a]`, `[ab]`, `[a-c]`, `[^a]`, `^[^a]$`, `[^a-z]`, `[]`, `[]a]`, `[^]a]`, `[^]`, `[^`, `[`, `[a`, `[a-`, `[a-]`, `[-a]`, `[a-z-9]`, `[--a]`, `[a-c-e]`, `[c-a]`, `[a-\d]`, `[\d-z]`, `[\w-]`, `[a\-z]`, `[\]]`, `[\\]`, `[\^a]`, `[a^]`, `[.]`, `[$]`, `[*]`, `[(]`, `[|]`, `[{]`, `[a[b]`, `[[a]`, `[[a]]`, `^[[a]]$`, `[a]]`,
	`[a&&b]`, `[&&]`, `^[a&&b]$`, `[a--b]`, `[+--]`, `[a~~b]`, `^[~~]$`, `[&-a]`, `[ a]`, `[\n]`, `[^\n]`, `[\x41]`, `[\x{e9}]`, `[\101]`, `[\0]`, `[\1]`, `[\b]`, `[\B]`, `[\A]`, `[\z]`, `[\e]`, `[\Q]`, `[\d]`, `[\D]`, `^[\D]$`, `^[^\D]$`, `[\s\S]`, `^[^\s\S]$`, `[^\x00-\x{10FFFF}]`, `[\x00-\x{10FFFF}]`, `[\x{D800}-\x{DFFF}]`, `^[^\x{D800}-\x{DFFF}]$`, `[\x{D7FF}-\x{E000}]`,
	`[[:alpha:]]`, `[[:^alpha:]]`, `^[^[:alpha:]]$`, `[[:word:]]`, `^[[:space:]]$`, `[[:foo:]]`, `[[:alpha:]`, `[[:alpha]`, `[:alpha:]`, `[[:ALPHA:]]`, `[[:alpha:]-z]`, `[a-[:digit:]]`, `[[.a.]]`, `[[=a=]]`, `[[::]]`, `[[:^:]]`, `[[:^^alpha:]]`, `[[:foo]b:]`,
	`[é]`, `^[^é]$`, `[α-ω]`, `[日本]+`, `[\ufffd]`, "\ufffd", "^\ufffd$", "^\ufffd\ufffd$", `^.$`, `^.x$`, "[\ufffd]",
	// Unicode sets; every name Go knows follows below.
	`\pL`, `\PL`, `^\PL$`, `\pZ`, `\p{L}`, `\p{^L}`, `\P{^L}`, `^\P{^Lu}$`, `\p{Lu}`, `\p{LU}`, `\p{lu}`, `\p{L_u}`, `\p{ L u }`, `\p{Latin}`, `\p{latin}`, `\p{Latn}`, `\p{Greek}`, `\p{^Greek}`, `^\P{Greek}$`, `\p{Any}`, `\p{ASCII}`, `^\P{ASCII}+$`, `\p{Assigned}`, `\p{^Assigned}`, `\p{Letter}`, `\p{Uppercase_Letter}`, `\p{uppercaseletter}`, `\p{LC}`, `\p{L&}`, `\p{Alphabetic}`, `\p{Script=Greek}`, `\p{sc=Greek}`, `\p{gc=Lu}`, `\p{Foo}`, `\p`, `\p{`, `\p{}`, `\p{Lu`, `\p{^}`, `\p^`, `\pé`, `\pX`, `\P`, `[\p{Lu}]`, `^[^\p{Lu}]$`, `[\pL\d]`, `[\p{^L}]`, `[\p`, `[\p{`, `[\pX]`, `\p{White_Space}`, `\p{Nl}`, `\p{Cs}`, `\p{Co}`, `\p{Cn}`, `\p{Emoji}`, `\p{InGreek}`, `\p{IsGreek}`,
	// What people write.
	`^runtime\.`, `runtime\.(mallocgc|gcBgMarkWorker)$`, `^(runtime|internal/runtime)\.`, `\(\*Scheduler\)\.`, `(*Scheduler)`, `^testing\.`, `main\.main\.func\d+`, `.*\.go$`, `malloc|free`, `^k8s\.io/kubernetes/pkg/scheduler/`, `^net/http\.\(\*conn\)\.serve$`, `std::vector<int>`, `operator<`, `[vdso]`, `\[vdso\]`, `^(malloc|free)$`, `^(runtime\..*)$`,
}

// randomPattern joins fragments that are likely to interact.
func randomPattern(r *rand.Rand) string {
	fragments := []string{
		`a`, `b`, `c`, `k`, `é`, `.`, `^`, `$`, `|`, `(`, `)`, `(?:`, `(?i)`, `(?i:`, `(?s-i)`, `(?m:`, `*`, `+`, `?`, `{2}`, `{1,2}`, `{`, `}`, `{,2}`,
		`[`, `]`, `[^`, `-`, `&&`, `[a-c]`, `[^b]`, `[[:alpha:]]`, `\d`, `\W`, `\s`, `\b`, `\B`, `\Q`, `\E`, `\<`, `\x41`, `\101`, `\pL`, `\p{^Greek}`, `\`, `~~`, ` `,
	}
	var pattern strings.Builder
	for range 1 + r.Intn(7) {
		pattern.WriteString(fragments[r.Intn(len(fragments))])
	}
	return pattern.String()
}

type regexpAnswer struct {
	Pattern string `json:"pattern"`
	Error   string `json:"error,omitempty"`
	Matches string `json:"matches,omitempty"`
}

func askRegexp(pattern string) regexpAnswer {
	re, err := regexp.Compile(pattern)
	if err != nil {
		if _, ok := err.(*syntax.Error); !ok {
			panic(err)
		}
		return regexpAnswer{Pattern: pattern, Error: err.Error()}
	}
	var matches strings.Builder
	for _, text := range texts {
		if re.MatchString(text) {
			matches.WriteByte('1')
		} else {
			matches.WriteByte('0')
		}
	}
	return regexpAnswer{Pattern: pattern, Matches: matches.String()}
}

// regexpOracle prints what Go's regexp package says about the patterns and texts above.
//
// Each character of a "texts" entry is one byte. Each pattern has either an error or "matches", a string with one 0
// or 1 for each text.
func regexpOracle() {
	var names []string
	for name := range unicode.Categories {
		names = append(names, name)
	}
	for name := range unicode.CategoryAliases {
		names = append(names, name)
	}
	for name := range unicode.Scripts {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		patterns = append(patterns, `\p{`+name+`}`, `(?i)^\P{`+name+`}$`)
	}
	r := rand.New(rand.NewSource(1))
	for range 1500 {
		patterns = append(patterns, randomPattern(r))
	}

	seen := map[string]bool{}
	var lines []string
	for _, pattern := range patterns {
		if seen[pattern] {
			continue
		}
		seen[pattern] = true
		line, err := json.Marshal(askRegexp(pattern))
		if err != nil {
			panic(err)
		}
		lines = append(lines, string(line))
	}
	var bytes []string
	for _, text := range texts {
		var runes []rune
		for i := range len(text) {
			runes = append(runes, rune(text[i]))
		}
		line, err := json.Marshal(string(runes))
		if err != nil {
			panic(err)
		}
		bytes = append(bytes, string(line))
	}
	fmt.Printf("{\"texts\": [\n%s\n], \"patterns\": [\n%s\n]}\n", strings.Join(bytes, ",\n"), strings.Join(lines, ",\n"))
}

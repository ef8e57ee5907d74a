"""Random command lines of pprof, as lists of flags."""

FORMATS = {
    "-top": 20, "-tree": 14, "-peek": 8, "-traces": 8, "-tags": 8, "-list": 6, "-raw": 10, "-comments": 1, "-dot": 12,
    "-callgrind": 6, "-proto": 3, "-topproto": 3, "-text": 1,
}
PATTERNS = [
    "main", "a", "b", "go$", "^pkg", "Foo|Bar", "zzz", "alloc", "lib", ".", "\\.go", "(?i)MAIN", "x*", "\\bfoo\\b", "/usr/bin",
    "[a-c]", "vector", "\\(", "é", "^$", "runtime\\.", "libc", "true",
]
TAGS = [
    "req", "req=a", "kind=b,x", "req:a,kind", "^req:a$", "size=1ms:", "10ms", ":5", "16", "16b", "1kb:", "5:10ms", "1ms:5",
    "bytes=16:64b", "bytes=:1kb", "lat=1ms:5ms", "n=5", "n=5foo", "nope=1", "=a", "user=", "-5", "+16", "a", "zzz",
]
KEYS = ["req", "kind", "req,user", "bytes", "lat,req", "nope", ",req,", "req,req"]
UNITS = ["ms", "s", "ns", "us", "hour", "kb", "mb", "bytes", "count", "auto", "minimum", "widgets", "", "GCU"]
FRACTIONS = ["0", "0.001", "0.05", "0.2", "0.5", "2", "-0.1"]


def random_flags(rng, profile):
    """Flags without sources and bases."""
    form = rng.choices(list(FORMATS), FORMATS.values())[0]
    flags = [f"{form}={rng.choice(PATTERNS)}"] if form in ("-peek", "-list") else [form]

    def maybe(chance, *choices):
        if rng.random() < chance:
            flags.append(rng.choice(choices))

    def valued(chance, name, values):
        if rng.random() < chance:
            flags.append(f"{name}={rng.choice(values)}")

    maybe(0.4, "-functions", "-filefunctions", "-files", "-lines", "-lines", "-addresses")
    maybe(0.3, "-cum", "-cum", "-flat")
    maybe(0.2, "-noinlines")
    maybe(0.15, "-showcolumns")
    maybe(0.1, "-mean")
    maybe(0.15, "-drop_negative", "--drop_negative=true", "-drop_negative=false")
    maybe(0.1, "-relative_percentages")
    maybe(0.1, "-compact_labels")
    maybe(0.2, "-trim=false", "-trim=true")
    maybe(0.25 if form in ("-dot", "-callgrind") else 0.05, "-call_tree")
    maybe(0.5, "-symbolize=none", "-symbolize=none", "-symbolize=demangle=full", "-symbolize=demangle=templates", "-symbolize=local")
    maybe(0.05, "-all_frames")
    maybe(0.03, "-add_comment=hello", "-add_comment=# silent")
    maybe(0.03, "-buildid=feed")
    maybe(0.03, "-inuse_space", "-alloc_objects", "-total_delay", "-mean_delay", "-contentions")
    for name in ("-focus", "-ignore", "-hide", "-show", "-show_from", "-prune_from"):
        valued(0.07, name, PATTERNS)
    valued(0.005, "-focus", ["(", "a**", "[b"])
    for name in ("-tagfocus", "-tagignore"):
        valued(0.06, name, TAGS)
    for name in ("-tagshow", "-taghide"):
        valued(0.04, name, ["req", "kind|user", "bytes", "zzz", "."])
    for name in ("-tagroot", "-tagleaf"):
        valued(0.06, name, KEYS)
    valued(0.15, "-unit", UNITS)
    valued(0.1, "-divide_by", ["2", "3", "1000", "0.5", "1", "-1", "0", "1e30"])
    valued(0.2, "-nodecount", ["1", "2", "3", "5", "10", "0", "-1", "-7"])
    valued(0.2, "-nodefraction", FRACTIONS)
    valued(0.2, "-edgefraction", FRACTIONS)
    kinds = [kind for kind, _ in profile["types"]]
    valued(0.3, "-sample_index", kinds + ["0", "1", str(len(kinds) - 1), "nope", "inuse_" + kinds[0]])
    valued(0.1, "-trim_path", ["/src", "/src/proj", "src/", "/x:/src/proj/", "pkg"])
    valued(0.1, "-source_path", ["/home/me/src", "/home/me/proj", ".", "sub", "/src:/proj"])
    rng.shuffle(flags)
    return flags


def random_sources(rng):
    """Flags of the base, and sources."""
    base = rng.choices([[], ["-base=base"], ["-diff_base=base"], ["-diff_base=third", "-diff_base=base"]], [40, 20, 38, 2])[0]
    if base and rng.random() < 0.2:
        base = [*base, "-normalize"]
    sources = [["new"], ["new", "third"], ["new", "new"], ["nosuch", "new"], ["/bin/true", "new"]]
    return base, rng.choices(sources, [90, 6, 2, 2, 2])[0]

"""Random profiles as plain dictionaries, their bytes, and smaller profiles like them.

They are small and mean: recursion, inlining, locations without lines, values that cancel, labels with several units,
names that other languages write, tables in odd order. A dictionary refers to rows by their file ids.
"""

import copy
import gzip

from testdata_profile import blob, number, packed, varint

TYPES = [
    [("cpu", "nanoseconds")],
    [("samples", "count"), ("cpu", "nanoseconds")],
    [("alloc_objects", "count"), ("alloc_space", "bytes"), ("inuse_objects", "count"), ("inuse_space", "bytes")],
    [("contentions", "count"), ("delay", "nanoseconds")],
    [("goroutine", "count")],
    [("objects", "count"), ("space", "bytes")],
    [("instructions", ""), ("cycles", "cycles")],
    [("events", "widgets"), ("work", "GCU"), ("wall", "ms")],
]
NAMES = [
    "main", "main.main", "main.work", "a", "b", "c", "runtime.mallocgc", "runtime.gcBgMarkWorker.func1", "alloc",
    "github.com/x/y/v2/pkg.(*T).Method", "example.com/pkg.F[...]", "pkg.(*Map[go.shape.int]).Get", "main.f.func1.2",
    "java.util.HashMap.put(Object)", "com.x.A.<init>", "operator new(unsigned long)", "std::vector<int>::push_back(int const&)",
    "foo::bar", "ns::Foo::run", "(anonymous namespace)::Foo::go", "<alloc::vec::Vec<T> as core::ops::Drop>::drop",
    "_ZN3foo3barEv", "_ZN4core3ptr13drop_in_place17h0123456789abcdefE", "_RNvC6_123foo3bar", "éfoo", "x y", "q\"uote", "back\\slash",
    "line\nbreak", "tab\tbed", "", "[vdso]", "a::<T>", ".foo", "bad\udcff", "operator()(int)", "a.(*b).c(d)", "x::(anonymous namespace)::y(z)",
]
FILES = [
    "", "main.go", "main.go", "other.go", "/src/proj/a.go", "/src/proj/b.go", "./x/../y.go", "/proc/self/cwd/c.c",
    "/proc/self/cwd/./d.c", "lib/x.c", "src/z.go", "/x/src/proj/src/w.go", "a//b.go", "..", "pkg/", "missing.go",
]
OBJECTS = ["", "/usr/bin/app", "/usr/bin/app", "/lib/libc.so.6", "[vdso]", "app", "http://localhost/debug/pprof/heap", "/opt/x/app"]
UNITS = ["", "", "bytes", "kb", "ms", "us", "s", "seconds", "foo", "count"]
TEXT_KEYS = ["req", "kind", "user", "pprof::base", "a key", "k:v"]
TEXT_VALUES = ["a", "b", "x y", "alpha", "é", "true", "5", "", "t\tb", "bad\udcfe"]
NUMBER_KEYS = ["bytes", "bytes", "size", "lat", "n", "alignment", "request", "req"]
PATTERNS = ["main", "a", "^runtime\\.", "foo|bar", ".*alloc.*", "b"]


def random_profile(rng):
    """A profile of up to 30 samples."""
    types = copy.deepcopy(rng.choice(TYPES))
    if rng.random() < 0.2:
        rng.shuffle(types)
    functions = [random_function(rng, i + 1) for i in range(rng.randint(1, 14))]
    mappings = [random_mapping(rng, i + 1) for i in range(rng.choice([0, 1, 1, 1, 2, 3]))]
    locations = [random_location(rng, i + 1, mappings, functions) for i in range(rng.randint(1, 18))]
    profile = {
        "types": types,
        "functions": functions,
        "mappings": mappings,
        "locations": locations,
        "samples": [],
        "time": rng.choice([0, 0, 1_700_000_000_000_000_000, 1_600_000_000_123_456_789, -5]),
        "duration": rng.choice([0, 0, 10_000_000_000, 90_500_000_000, 1_234_567]),
        "period_type": rng.choice([None, ("cpu", "nanoseconds"), ("cpu", "nanoseconds"), ("space", "bytes")]),
        "period": rng.choice([0, 1, 10_000_000, 524_288]),
        "comments": rng.choice([[], [], [], ["one"], ["# hidden", "two", "one"]]),
        "default": rng.choice(["", "", types[0][0], types[-1][0], "nope"]),
        "doc": rng.choice(["", "", "", "https://example.com/doc"]),
        "drop": rng.choice(["", "", "", "", *PATTERNS, "("]),
        "keep": rng.choice(["", "", "", *PATTERNS]),
        "gzip": rng.random() < 0.5,
        "damage": (rng.random(), rng.choice([None, rng.randrange(256)])) if rng.random() < 0.02 else None,
    }
    style = rng.choice(["small", "small", "small", "large", "large", "signed", "flat", "sparse", "huge"])
    stacks = []
    for _ in range(rng.choice([0, 1, 3, 8, 15, 30])):
        stacks.append(random_stack(rng, locations, stacks))
        sample = {
            "stack": stacks[-1],
            "values": [random_value(rng, style) for _ in types],
            "labels": random_labels(rng),
        }
        profile["samples"].append(sample)
    if rng.random() < 0.1:
        spread_ids(rng, profile)
    return profile


def spread_ids(rng, profile):
    """Gives the rows of all tables ids far apart and out of order."""
    tables = {}
    for table in ("functions", "mappings", "locations"):
        ids = rng.sample(range(1, 1 << 40), len(profile[table]))
        tables[table] = {row["id"]: id for row, id in zip(profile[table], ids)}
        for row in profile[table]:
            row["id"] = tables[table][row["id"]]
        rng.shuffle(profile[table])
    for location in profile["locations"]:
        location["mapping"] = tables["mappings"].get(location["mapping"], 0)
        for line in location["lines"]:
            line[0] = tables["functions"][line[0]]
    for sample in profile["samples"]:
        sample["stack"] = [tables["locations"][id] for id in sample["stack"]]


def random_function(rng, id):
    name = rng.choice(NAMES)
    system = rng.choice([name, name, name, "", "_Z3barv", "sys." + name])
    return {"id": id, "name": name, "system": system, "file": rng.choice(FILES), "start": rng.choice([0, 0, 0, 5, 12])}


def random_mapping(rng, id):
    start = rng.choice([0, 0x400000, 0x10000 * id, 0x7F0000000000])
    known = rng.random() < 0.8
    return {
        "id": id, "start": start, "limit": start + rng.choice([0x1000, 0x8000, 0x8001]), "offset": rng.choice([0, 0, 0x1000]),
        "file": rng.choice(OBJECTS), "build": rng.choice(["", "", "abc123"]), "flags": [known and rng.random() < 0.9 for _ in range(4)],
    }


def random_location(rng, id, mappings, functions):
    mapping = rng.choice(mappings)["id"] if mappings and rng.random() < 0.9 else 0
    lines = []
    for _ in range(rng.choice([0, 1, 1, 1, 1, 2, 3]) if rng.random() < 0.5 else 1):
        lines.append([rng.choice(functions)["id"], rng.choice([0, 10, 11, 12, 30]), rng.choice([0, 0, 3, 7])])
    return {
        "id": id, "mapping": mapping, "address": rng.choice([0, 0x400000 + 16 * rng.randint(0, 20), rng.getrandbits(40)]),
        "lines": lines, "folded": rng.random() < 0.05,
    }


def random_stack(rng, locations, stacks):
    """Leaf first. Half of the stacks share their root with an earlier one."""
    shared = []
    if stacks and rng.random() < 0.5:
        shared = rng.choice(stacks)
        shared = shared[rng.randint(0, len(shared)):]
    return [rng.choice(locations)["id"] for _ in range(rng.choice([0, 1, 2, 3, 5, 8]))] + shared[:12]


def random_value(rng, style):
    if style == "small":
        return rng.choice([0, 1, 2, 5, 10, 10])
    if style == "large":
        return rng.choice([0, 10_000_000, 30_000_000, 1 << 20, 3_600_000_000_000, rng.randint(1, 1 << 45)])
    if style == "signed":
        return rng.randint(-20, 20) * 1000
    if style == "sparse":
        return rng.choice([0, 0, 0, 7])
    if style == "huge":
        return rng.choice([1, 1 << 53, (1 << 62) + 1, (1 << 63) - 1, -(1 << 63), -(1 << 61)])
    return 10_000_000


def random_labels(rng):
    labels = []
    for _ in range(rng.choice([0, 0, 0, 1, 2, 3])):
        if rng.random() < 0.6:
            labels.append([rng.choice(TEXT_KEYS), rng.choice(TEXT_VALUES), 0, ""])
        else:
            value = rng.choice([0, 1, 5, 16, 64, 512, 1024, 4096, 65536, 1 << 20, 100, -5, rng.randint(0, 10**6)])
            labels.append([rng.choice(NUMBER_KEYS), None, value, rng.choice(UNITS)])
    return labels


def relative(rng, profile):
    """A profile of the same program on another day."""
    other = copy.deepcopy(profile)
    for sample in other["samples"]:
        if rng.random() < 0.5:
            sample["values"] = [v + rng.choice([-1, 0, 1, 5]) * rng.choice([1, 1000]) if abs(v) < 1 << 60 else v for v in sample["values"]]
        if rng.random() < 0.1:
            sample["labels"] = random_labels(rng)
    other["samples"] = [sample for sample in other["samples"] if rng.random() < 0.85]
    if rng.random() < 0.2:
        rng.shuffle(other["samples"])
    if rng.random() < 0.2:
        for mapping in other["mappings"]:
            mapping["start"] += 0x10000
            mapping["limit"] += 0x10000
        for location in other["locations"]:
            location["address"] += 0x10000 if location["mapping"] else 0
    if rng.random() < 0.05:
        rng.shuffle(other["types"])
    if rng.random() < 0.05:
        other["types"] = [(kind, {"nanoseconds": "ms", "bytes": "kb"}.get(unit, unit)) for kind, unit in other["types"]]
    if rng.random() < 0.1:
        other["time"] = rng.choice([0, 1_650_000_000_000_000_000])
    if rng.random() < 0.1:
        other["comments"] = ["three", "one"]
    return other


def signed(field, value):
    return number(field, value & (1 << 64) - 1)


def encode(profile):
    """The bytes of a profile: samples before the tables they refer to, as Go writes them."""
    texts = {"": 0}

    def text(value):
        return texts.setdefault(value, len(texts))

    def value_type(value):
        return number(1, text(value[0])) + number(2, text(value[1]))

    out = b"".join(blob(1, value_type(value)) for value in profile["types"])
    for sample in profile["samples"]:
        values = [value & (1 << 64) - 1 for value in sample["values"]]
        body = packed(1, sample["stack"]) if len(sample["stack"]) != 1 else number(1, sample["stack"][0])
        body += packed(2, values)
        for key, string, num, unit in sample["labels"]:
            label = number(1, text(key))
            label += number(2, text(string)) if string is not None else signed(3, num) + number(4, text(unit))
            body += blob(3, label)
        out += blob(2, body)
    for mapping in profile["mappings"]:
        body = number(1, mapping["id"]) + number(2, mapping["start"]) + number(3, mapping["limit"])
        body += number(4, mapping["offset"]) + number(5, text(mapping["file"])) + number(6, text(mapping["build"]))
        body += b"".join(number(7 + i, int(flag)) for i, flag in enumerate(mapping["flags"]))
        out += blob(3, body)
    for location in profile["locations"]:
        body = number(1, location["id"]) + number(2, location["mapping"]) + number(3, location["address"])
        for function, line, column in location["lines"]:
            body += blob(4, number(1, function) + number(2, line) + number(3, column))
        out += blob(4, body + number(5, int(location["folded"])))
    for function in profile["functions"]:
        body = number(1, function["id"]) + number(2, text(function["name"])) + number(3, text(function["system"]))
        out += blob(5, body + number(4, text(function["file"])) + number(5, function["start"]))
    tail = number(7, text(profile["drop"])) + number(8, text(profile["keep"]))
    tail += signed(9, profile["time"]) + signed(10, profile["duration"])
    if profile["period_type"]:
        tail += blob(11, value_type(profile["period_type"]))
    tail += signed(12, profile["period"]) + b"".join(varint(13 << 3) + varint(text(c)) for c in profile["comments"])
    tail += number(14, text(profile["default"])) + number(15, text(profile["doc"]))
    out += b"".join(blob(6, value.encode(errors="surrogateescape")) for value in texts) + tail
    out = gzip.compress(out, 1, mtime=0) if profile["gzip"] else out
    if profile["damage"]:
        at, what = profile["damage"]
        at = int(at * len(out))
        out = out[:at] if what is None else out[:at] + bytes([what]) + out[at + 1:]
    return out


def smaller(profile):
    """Yields profiles that lack one part of `profile` each, large parts first."""

    def without(*path):
        other = copy.deepcopy(profile)
        place = other
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]
        return other

    def changed(value, *path):
        other = copy.deepcopy(profile)
        place = other
        for step in path[:-1]:
            place = place[step]
        if place[path[-1]] == value:
            return None
        place[path[-1]] = value
        return other

    count = len(profile["samples"])
    size = count // 2
    while size > 1:
        for start in range(0, count, size):
            yield changed(profile["samples"][:start] + profile["samples"][start + size:], "samples")
        size //= 2
    for i in range(count):
        yield without("samples", i)
    used = {id for sample in profile["samples"] for id in sample["stack"]}
    yield changed([location for location in profile["locations"] if location["id"] in used], "locations")
    used = {line[0] for location in profile["locations"] for line in location["lines"]}
    yield changed([function for function in profile["functions"] if function["id"] in used], "functions")
    plain = {"damage": None, "time": 0, "duration": 0, "period": 0, "comments": [], "default": "", "doc": "", "drop": "", "keep": ""}
    for key, value in plain.items():
        yield changed(value, key)
    for i, sample in enumerate(profile["samples"]):
        for j in range(len(sample["stack"])):
            yield without("samples", i, "stack", j)
        for j in range(len(sample["labels"])):
            yield without("samples", i, "labels", j)
        for j, value in enumerate(sample["values"]):
            for small in (0, 1):
                if abs(value) > small:
                    yield changed(small, "samples", i, "values", j)
    for i, location in enumerate(profile["locations"]):
        for j in range(len(location["lines"])):
            yield without("locations", i, "lines", j)
        yield changed(0, "locations", i, "address")
    for i in range(len(profile["functions"])):
        for key, value in {"file": "", "start": 0}.items():
            yield changed(value, "functions", i, key)

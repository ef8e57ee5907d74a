"""Random profiles in the formats that came before profile.proto, as bytes, and smaller ones like them."""

import struct

ADDRESSES = [0x400101, 0x400102, 0x400201, 0x400301, 0x400302, 0x7F0000000501, 0x7F0000200001, 0x10, 0, 0xFFFFFFFFFFFFFFFF]
MAPS = [
    "MAPPED_LIBRARIES:", "--- Memory map: ---", "build=/x/y", "dir=/opt",
    "00400000-00500000 r-xp 00000000 08:01 1234567   /bin/app", "00500000-00600000 r-xp 00100000 08:01 1234567   /bin/app",
    "7f0000000000-7f0000100000 r-xp 00001000 08:01 99   /lib/libc-2.19.so", "7f0000200000-7f0000300000 rw-p 00000000 00:00 0   /lib/data",
    " 00400000-00500000: /bin/app", "  0x7f0000000000-0x7f0000100000: $dir/lib.so (@1000)", "ffffffffff600000-ffffffffff601000 r-xp 00000000 00:00 0  [vsyscall]",
    "7f0000300000-7f0000400000 r-xp 00000000 00:00 0", "00600000-00700000 r-xp 00000000 08:01 77   /bin/app (deleted)",
]
NOISE = ["", "# comment", "#\t0x400100\tmain.f+0x10\t/a.go:1", "garbage", " ", "1 2 3", "a = b"]


def stack(rng):
    least = 0 if rng.random() < 0.02 else 1
    return " ".join(f"{rng.choice(['0x', '0x', '0X'])[:2] if rng.random() < 0.05 else '0x'}{rng.choice(ADDRESSES):x}" for _ in range(rng.randint(least, 5)))


def heap(rng):
    period = rng.choice(["heap_v2/524288", "heap_v2/1", "heap/1048576", "heapprofile", "heapz_v2/65536", "heap_v2", "growthz", "fragmentationz", "heap_v2/0"])
    in_use = rng.choice(["     10:   5000", "      3:   1000", "0: 0"])
    lines = [f"heap profile:      3:   1000 [{in_use} ] @ {period}"]
    for _ in range(rng.randint(0, 6)):
        pairs = [(0, 0), (1, 400), (2, 600), (6, 4096), (100, 1 << 24), (70000, 0), (9, 3800), (-3, -1000)]
        counts = [*rng.choice(pairs), *rng.choice(pairs)] if rng.random() < 0.98 else [0, 5, 0, 7]
        lines.append("     {}:     {} [     {}:   {}] @ ".format(*counts) + stack(rng))
    return lines


def count(rng):
    name = rng.choice(["goroutine", "threadcreate", "block", "my own", "heap"])
    return [f"{name} profile: total {rng.randint(0, 9)}"] + [f"{rng.randint(0, 5)} @ {stack(rng)}" for _ in range(rng.randint(0, 6))]


def contention(rng):
    lines = [rng.choice(["--- contentionz 1 ---", "--- contention:", "--- mutex:", "--- contentions:"])]
    attributes = ["cycles/second = 2000000000", "cycles/second=1000", "sampling period = 100", "sampling period=1", "ms since reset = 5000", "discarded samples = 3"]
    lines += rng.sample(attributes, rng.randint(0, 4)) + rng.choices([[], ["format = x"], ["resolution = y"]], [18, 1, 1])[0]
    return lines + [f"  {rng.choice([0, 300, 19490304])} {rng.choice([0, 1, 27])} @ {stack(rng)}" for _ in range(rng.randint(0, 5))]


def threads(rng):
    lines = [rng.choice(["--- threadz 1 ---", "--- threadz 77 ---"]), ""]
    for i in range(rng.randint(0, 5)):
        lines.append(rng.choice([f"--- Thread 7f{i} (name: main/{i}) stack: ---", f"---- no stack trace for {i}", f"--- Thread {i} (name: w) stack: ---"]))
        lines += rng.choice([["[same as previous thread]"], ["  PC: " + stack(rng)], ["  " + stack(rng) + " foo", " " + stack(rng)], []])
    return lines


def java(rng):
    kind = rng.choice(["heapz", "contentionz"])
    lines = [f"--- {kind} 1 ---", "format = java"]
    lines += rng.choices([["resolution = bytes"], ["resolution = microseconds"], ["resolution=bytes"], []], [5, 5, 2, 1])[0]
    more = ["sampling period = 100", "ms since reset = 5000"] if kind == "contentionz" or rng.random() < 0.1 else []
    lines += rng.sample(more, rng.randint(0, len(more)))
    lines += [f" {rng.choice([0, 1000, 524288])} {rng.choice([0, 1, 2])} @ " + " ".join(f"0x{rng.randint(1, 4)}" for _ in range(rng.randint(0, 4))) for _ in range(rng.randint(0, 5))]
    lines.append("")
    names = ["com.foo.A.b (A.java:5)", "native (/lib/libx.so)", "x.y.Z.<init> (Z.java)", "odd", "GC", "a.b (c (d.java:7)", "com.A.b (A.java:x)"]
    return lines + [f" 0x{i} {rng.choice(names)}" for i in range(1, 4)]


def cpu(rng):
    """A binary profile: header, samples, end, memory map."""
    size, order = rng.choice([4, 8]), rng.choice("<>")
    is_java = rng.random() < 0.2
    words = [0, 3, 1 if is_java else 0, rng.choice([10000, 0, 1]), 0]
    shared = rng.choice(ADDRESSES[:5])
    for _ in range(rng.randint(0, 40)):
        addresses = [rng.choice(ADDRESSES[:9]) for _ in range(rng.randint(1, 4))]
        if rng.random() < 0.9 and len(addresses) > 1:
            addresses[1] = shared if rng.random() < 0.95 else addresses[0] + 1
        words += [rng.choice([1, 2, 7]), len(addresses), *addresses]
    words += [0, 1, 0] if rng.random() < 0.95 else []
    mask = (1 << 8 * size) - 1
    data = struct.pack(f"{order}{len(words)}{'I' if size == 4 else 'Q'}", *(word & mask for word in words))
    tail = [f"0x{rng.choice(ADDRESSES):x} f{i} (a.java:{i})" for i in range(3)] if is_java else []
    return data + "\n".join(tail + rng.sample(MAPS, rng.randint(0, 6))).encode() + b"\n"


def random_bytes(rng):
    """A profile in one of the formats, some with lines that do not belong there."""
    form = rng.choice([heap, heap, heap, count, contention, threads, java, cpu, cpu])
    if form is cpu:
        return cpu(rng)
    lines = form(rng)
    while rng.random() < 0.15:
        lines.insert(rng.randint(0, len(lines)), rng.choice(NOISE))
    if form is threads or rng.random() < 0.7:
        lines += ["", MAPS[rng.randint(0, 1)], *sorted(rng.sample(MAPS, rng.randint(0, 8)), key=MAPS.index)]
    return (rng.choice(["\n", "\n", "\n", "\r\n"]).join(lines) + rng.choice(["\n", "\n", ""])).encode()


def smaller(data):
    """Yields the data without one of its lines, or shorter."""
    lines = data.split(b"\n")
    for i in range(len(lines)):
        yield b"\n".join(lines[:i] + lines[i + 1:])

"""Turns testdata/incidents/NAME/stacks.txt into a pair of CPU profiles.

The text holds one call tree with two sample counts a line, for base and new. What a real profile has and the text
leaves out (addresses, lines within a leaf, the order of the samples) comes from a generator with a fixed seed, so the
same text gives the same bytes.
"""

import dataclasses
import random

import testdata_profile as wire

PERIOD = 10_000_000  # nanoseconds: Go's 100 samples a second
RECORDED = 1_767_225_600_000_000_000  # 2026-01-01T00:00:00Z, in nanoseconds
SIDES = ("base", "new")
INDENT = 2


@dataclasses.dataclass(frozen=True)
class Frame:
    """One call: an inlined one shares its caller's address."""

    function: str
    file: str
    line: int
    inlined: bool


@dataclasses.dataclass
class Incident:
    """What a stacks.txt says. Stacks are outermost first and come with one count a side."""

    binary: str = ""
    durations: tuple = ()
    modules: dict = dataclasses.field(default_factory=dict)
    figures: list = dataclasses.field(default_factory=list)
    stacks: list = dataclasses.field(default_factory=list)

    def package_path(self, package):
        """The path of a package's files as -trimpath leaves it: with the module's version."""
        for module, version in self.modules.items():
            if package == module or package.startswith(module + "/"):
                return module + version + package[len(module) :]
        return package


def parse(text):
    """Reads a stacks.txt."""
    incident = Incident()
    open_frames = []
    for content in text.splitlines():
        if not content or content.startswith("#"):
            continue
        keyword, *rest = content.split()
        if keyword == "binary":
            incident.binary = rest[0]
        elif keyword == "duration":
            incident.durations = tuple(float(d.removesuffix("s")) for d in rest)
        elif keyword == "module":
            incident.modules[rest[0]] = "@" + rest[1] if len(rest) > 1 else ""
        elif keyword == "figure":
            incident.figures.append((rest[0], (int(rest[1]), int(rest[2])), " ".join(rest[3:])))
        else:
            depth = (len(content) - len(content.lstrip())) // INDENT
            if depth > len(open_frames):
                raise ValueError(f"indented too far: {content}")
            frame, counts = parse_frame(incident, content.strip())
            open_frames[depth:] = [frame]
            if any(counts):
                incident.stacks.append((tuple(open_frames), counts))
    return incident


def parse_frame(incident, content):
    """Reads `~function | file:line | base/new`; the counts may be left out."""
    name, place, *counts = [part.strip() for part in content.split(" | ")]
    function = name.removeprefix("~")
    # The package ends at the first dot behind its last slash; a receiver or type arguments may hold dots and slashes.
    head = function.split("(")[0].split("[")[0]
    slash = head.rfind("/") + 1
    package = head[: head.index(".", slash)]
    file, line = place.split(":")
    frame = Frame(function, f"{incident.package_path(package)}/{file}", int(line), name != function)
    base, new = counts[0].split("/") if counts else (0, 0)
    return frame, (int(base), int(new))


def check_figures(incident):
    """Refuses a text whose counts do not add up to the figures it claims."""
    for kind, expected, function in incident.figures:
        found = [0, 0]
        for frames, counts in incident.stacks:
            names = [frame.function for frame in frames]
            if kind == "total" or (names[-1] == function if kind == "flat" else function in names):
                found = [f + c for f, c in zip(found, counts)]
        if tuple(found) != expected:
            raise ValueError(f"{kind} {function}: counts add up to {found}, not {expected}")


class Writer:
    """Collects the tables of one profile."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.strings = {"": 0}
        self.functions = {}
        self.entries = {}
        self.locations = {}
        self.samples = {}

    def string(self, text):
        """The index of a string."""
        return self.strings.setdefault(text, len(self.strings))

    def function(self, frame):
        """The id of a frame's function, which starts a few lines above the frame."""
        key = (frame.function, frame.file)
        if key not in self.functions:
            start = max(1, frame.line - self.random.randrange(2, 40))
            self.functions[key] = (len(self.functions) + 1, start)
        return self.functions[key][0]

    def location(self, frames):
        """The id of one address: a frame and the frames inlined into it, outermost first."""
        if frames not in self.locations:
            entry = self.entries.setdefault(frames[0].function, 0x401000 + 0x400 * len(self.entries))
            taken = {address for _, address in self.locations.values()}
            address = entry
            while address in taken or address == entry:
                address = entry + self.random.randrange(1, 0x400)
            self.locations[frames] = (len(self.locations) + 1, address)
            for frame in frames:
                self.function(frame)
        return self.locations[frames][0]

    def stack(self, frames, count):
        """Adds samples, spread over a few lines of the innermost frame as in a real profile."""
        *callers, leaf = frames
        while count:
            part = self.random.randint(1, count) if count > 3 else count
            spread = dataclasses.replace(leaf, line=leaf.line + self.random.choice((0, 0, 1, 2, 5)))
            ids = tuple(self.location(group) for group in grouped((*callers, spread)))
            self.samples[ids] = self.samples.get(ids, 0) + part
            count -= part

    def encode(self, binary, started, duration):
        """The bytes of profile.proto."""
        cpu = self.value_type("cpu", "nanoseconds")
        out = [wire.blob(wire.PROFILE_SAMPLE_TYPE, self.value_type("samples", "count"))]
        out.append(wire.blob(wire.PROFILE_SAMPLE_TYPE, cpu))
        samples = list(self.samples.items())
        self.random.shuffle(samples)
        for ids, count in samples:
            # Locations are innermost first.
            sample = wire.packed(1, reversed(ids)) + wire.packed(2, (count, count * PERIOD))
            out.append(wire.blob(wire.PROFILE_SAMPLE, sample))
        out.append(wire.blob(wire.PROFILE_MAPPING, self.mapping(binary)))
        for frames, (identifier, address) in self.locations.items():
            location = wire.number(1, identifier) + wire.number(2, 1) + wire.number(3, address)
            for frame in reversed(frames):
                location += wire.blob(4, wire.number(1, self.function(frame)) + wire.number(2, frame.line))
            out.append(wire.blob(wire.PROFILE_LOCATION, location))
        for (name, file), (identifier, start) in self.functions.items():
            text = wire.number(2, self.string(name)) + wire.number(3, self.string(name))
            place = wire.number(wire.FUNCTION_FILE, self.string(file)) + wire.number(5, start)
            out.append(wire.blob(wire.PROFILE_FUNCTION, wire.number(1, identifier) + text + place))
        out += [wire.blob(wire.PROFILE_STRINGS, text.encode()) for text in self.strings]
        out.append(wire.number(wire.PROFILE_TIME, started))
        out.append(wire.number(wire.PROFILE_DURATION, round(duration * 1e9)))
        out.append(wire.blob(wire.PROFILE_PERIOD_TYPE, cpu))
        out.append(wire.number(wire.PROFILE_PERIOD, PERIOD))
        return b"".join(out)

    def value_type(self, kind, unit):
        """A ValueType message."""
        return wire.number(1, self.string(kind)) + wire.number(2, self.string(unit))

    def mapping(self, binary):
        """The one mapping: the executable, with a made-up build id and symbols."""
        build_id = f"{self.random.getrandbits(160):040x}"
        return (
            wire.number(1, 1)
            + wire.number(2, 0x400000)
            + wire.number(3, 0x402000 + 0x400 * len(self.entries))
            + wire.number(wire.MAPPING_FILE, self.string(binary))
            + wire.number(6, self.string(build_id))
            + wire.number(7, 1)
        )


def grouped(frames):
    """Splits a stack into addresses: each frame that is not inlined starts one."""
    groups = []
    for frame in frames:
        if frame.inlined:
            groups[-1] += (frame,)
        else:
            groups.append((frame,))
    return groups


def build(text):
    """Returns the bytes of the base and of the new profile, by side."""
    incident = parse(text)
    check_figures(incident)
    profiles = {}
    for side, name in enumerate(SIDES):
        writer = Writer(seed=f"{incident.binary} {name}")
        for frames, counts in incident.stacks:
            writer.stack(frames, counts[side])
        started = RECORDED + side * 86_400 * 10**9
        profiles[name] = writer.encode(incident.binary, started, incident.durations[side])
    return profiles

"""Turns samples into profile.proto bytes, and rewrites the mapping names of recorded profiles.

Only the few messages of profile.proto that the test data need are known here. Everything else in a recorded profile
is copied byte for byte.
"""

import gzip

# Field numbers of profile.proto.
PROFILE_SAMPLE_TYPE, PROFILE_SAMPLE, PROFILE_MAPPING, PROFILE_LOCATION, PROFILE_FUNCTION = 1, 2, 3, 4, 5
PROFILE_STRINGS, PROFILE_TIME, PROFILE_DURATION, PROFILE_PERIOD_TYPE, PROFILE_PERIOD = 6, 9, 10, 11, 12
MAPPING_FILE = 5
FUNCTION_FILE = 4

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def varint(value):
    """The base-128 encoding of a non-negative integer."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    """A varint field; proto3 leaves zeros out."""
    return varint(field << 3 | VARINT) + varint(value) if value else b""


def blob(field, content):
    """A length-delimited field: a string, a message or packed numbers."""
    return varint(field << 3 | BYTES) + varint(len(content)) + content


def packed(field, values):
    """A packed list of non-negative integers."""
    return blob(field, b"".join(map(varint, values)))


def read_varint(data, at):
    """The integer at an offset, and the offset behind it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data):
    """Yields (field, wire type, value, raw bytes of the whole field) of a message."""
    at = 0
    while at < len(data):
        start = at
        key, at = read_varint(data, at)
        field, wire = key >> 3, key & 7
        if wire == VARINT:
            value, at = read_varint(data, at)
        elif wire == BYTES:
            size, at = read_varint(data, at)
            value, at = data[at : at + size], at + size
        elif wire in (FIXED64, FIXED32):
            size = 8 if wire == FIXED64 else 4
            value, at = data[at : at + size], at + size
        else:
            raise ValueError(f"wire type {wire} at byte {start}")
        yield field, wire, value, data[start:at]


def strings(profile):
    """The string table."""
    return [value.decode() for field, _, value, _ in fields(profile) if field == PROFILE_STRINGS]


def file_indices(profile, message, file_field):
    """The string indices of the file names in all messages of one kind."""
    for field, _, value, _ in fields(profile):
        if field == message:
            yield from (index for inner, _, index, _ in fields(value) if inner == file_field)


def mapping_files(profile):
    """The set of mapped files."""
    table = strings(profile)
    return {table[i] for i in file_indices(profile, PROFILE_MAPPING, MAPPING_FILE)}


def source_files(profile):
    """The set of source files."""
    table = strings(profile)
    return {table[i] for i in file_indices(profile, PROFILE_FUNCTION, FUNCTION_FILE)}


def with_mapping_file(profile, rename):
    """The same profile with rename(file) in place of the file name of each mapping."""
    mapped = set(file_indices(profile, PROFILE_MAPPING, MAPPING_FILE))
    out = bytearray()
    index = 0
    for field, _, value, raw in fields(profile):
        if field == PROFILE_STRINGS:
            if index in mapped:
                raw = blob(PROFILE_STRINGS, rename(value.decode()).encode())
            index += 1
        out += raw
    return bytes(out)


def read(path):
    """The uncompressed bytes of a profile."""
    return gzip.decompress(path.read_bytes())


def write(path, profile):
    """Writes a profile, compressed so that equal profiles are equal files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(profile, compresslevel=9, mtime=0))

"""Values, by their stored bytes and as Python has them."""

import collections
import struct

from ._generated import Kind

# A value with all that is known of it; `kind` is a Kind, `flags` are ValueFlags.
Value = collections.namedtuple("Value", "kind tag data flags version ttl_ms")


def stored(value):
    """The Kind and the stored bytes of a value of Python's."""
    if value is None:
        return Kind.NULL, b""
    if isinstance(value, bool):
        return Kind.BOOL, struct.pack("?", value)
    if isinstance(value, int):
        return Kind.INT64, struct.pack("<q", value)
    if isinstance(value, float):
        return Kind.DOUBLE, struct.pack("<d", value)
    if isinstance(value, str):
        return Kind.STRING, value.encode()
    if isinstance(value, (bytes, bytearray)):
        return Kind.BYTES, bytes(value)
    raise TypeError(f"latzero has no type for {type(value).__name__} here; store() takes bytes of any kind")


# What makes of stored bytes what Python has for them.
DECODERS = {
    Kind.NULL: lambda data: None, Kind.BYTES: bytes, Kind.STRING: bytes.decode,
    Kind.BOOL: lambda data: data == b"\1", Kind.INT64: lambda data: int.from_bytes(data, "little", signed=True),
    Kind.DOUBLE: lambda data: struct.unpack("<d", data)[0],
}


def native(found):
    """What stored() has made of a value."""
    decode = DECODERS.get(found.kind)
    if decode is None:
        raise TypeError(f"a value of kind {found.kind} has no type of Python's here; value() and fetch() read it")
    return decode(found.data)

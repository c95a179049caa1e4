"""Keys with values in one block of memory, as latzero_item in latzero.h describes it."""

import struct

from ._generated import Kind, Status, latzero_item
from .library import Error
from .values import DECODERS, Value, stored

# The fields of a latzero_item; and of them those that tell a key and its value. All heads of a block are of one
# size.
_HEAD = struct.Struct("<2I3Qq3Ii")
_BRIEF = struct.Struct("<4xI2Q16xI8xi")
_STRING = int(Kind.STRING)
assert _HEAD.size == _BRIEF.size == struct.calcsize(f"{latzero_item.type.offset}x4I")


def _padded(size):
    return size + 8 & -8


def values(block):
    """Of each item the Value, None where there is none."""
    at = 0
    while at < len(block):
        head, key_len, item_size, size, version, ttl_ms, kind, tag, flags, status = _HEAD.unpack_from(block, at)
        begin = at + head + _padded(key_len)
        yield Value(kind, tag, block[begin:begin + size], flags, version, ttl_ms) if _is_there(status) else None
        at += item_size


def natives(block):
    """Of each item the key and the value as Python has it, or as bytes if it has no type for it; without those that
    are not there. A walk over many keys spends its time here."""
    found, at, end, unpack, decoders = [], 0, len(block), _BRIEF.unpack_from, DECODERS
    head = _HEAD.unpack_from(block)[0] if block else 0
    while at < end:
        key_len, item_size, size, kind, status = unpack(block, at)
        key = at + head
        at += item_size
        if status and not _is_there(status):
            continue
        begin = key + (key_len + 8 & -8)
        data = block[begin:begin + size]
        if kind == _STRING:
            data = data.decode()
        elif kind in decoders:
            data = decoders[kind](data)
        found.append((block[key:key + key_len].decode(), data))
    return found


def _is_there(status):
    if status not in (Status.OK, Status.NOT_FOUND):
        raise Error(status)
    return status == Status.OK


def packed(items, ttl_ms):
    """The block of a dict of values that Python has a type for."""
    parts = []
    for key, value in items.items():
        name, (kind, data) = key.encode(), stored(value)
        before, behind = _padded(len(name)), _padded(len(data))
        size = _HEAD.size + before + behind
        parts.append(_HEAD.pack(_HEAD.size, len(name), size, len(data), 0, ttl_ms, kind, 0, 0, 0))
        parts.append(name.ljust(before, b"\0"))
        parts.append(data.ljust(behind, b"\0"))
    return b"".join(parts)


def packed_keys(keys):
    """Each with its length before it."""
    parts = []
    for key in keys:
        name = key.encode()
        parts.append(len(name).to_bytes(4, "little"))
        parts.append(name)
    return b"".join(parts)

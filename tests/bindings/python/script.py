"""The script in Python. See ../README.md."""

import os
import struct
import sys
import time
from ctypes import addressof, c_double, c_int32, c_int64, c_uint64, create_string_buffer, sizeof

import latzero
from changes import follow, use_watches
from latzero import Client, Kind, Status, ValueFlag, stored
from latzero._generated import check_layout, latzero_entry

AUTH_KEY = os.environb.get(b"LATZERO_TEST_AUTH_KEY", b"")
TAG = 0xDEADBEEF
DICT_JSON = '{"name":"Zoë","numbers":[1,-2,300,1099511627776],"half":0.5,"nested":{"deep":{"er":null}},"ok":true}'
DICT_BYTES = (b"\x85\xa4name\xa4Zo\xc3\xab\xa7numbers\x94\x01\xfe\xcd\x01\x2c\xcf\0\0\x01\0\0\0\0\0"
              b"\xa4half\xcb\x3f\xe0\0\0\0\0\0\0\xa6nested\x81\xa4deep\x81\xa2er\xc0\xa2ok\xc3")
UPDATE_JSON = '{"a":1,"b":3,"c":[]}'
RESERVED = bytes((i * 7 + i // 256) % 256 for i in range(20000))

# What is stored under each name, as Python has it.
NATIVE = {
    "null": None, "true": True, "false": False,
    "int64_min": -2**63, "int64_max": 2**63 - 1, "int64_zero": 0,
    "double_tenth": 0.1, "double_minus_zero": -0.0, "double_infinity": float("inf"), "double_large": 1e308,
    "double_nan": struct.unpack("<d", struct.pack("<Q", 0x7FF8DEAD00000001))[0],
    "increment": 95, "increment_f64": 1.75,
    "string": "Grüße, 世界 🌍\0end", "string_empty": "", "large": "latzero " * 1000,
    "bytes": bytes(range(256)), "bytes_empty": b"", "reserve": RESERVED,
}
# Those whose stored bytes are written out.
STORED = {
    "opaque": (Kind.OPAQUE, b"\0\x01\x02\xfe\xff"),
    "list": (Kind.LIST, b"\x96\x01\xa4zwei\x92\xcb\x40\x04\0\0\0\0\0\0\xc0\xc3\xc4\x02\0\xff\xc7\x03\x54\x92\x01\x02"),
    "tuple": (Kind.TUPLE, b"\x93\xff\xa1x\xc2"),
    "dict": (Kind.DICT, DICT_BYTES),
    "dict_json": (Kind.DICT, DICT_BYTES),
    "append": (Kind.LIST, b"\x95\x01\xa3two\xcb\x3f\xe0\0\0\0\0\0\0\xc7\x03\x54\x92\x01\x02\xc4\x02\0\xff"),
    "update": (Kind.DICT, b"\x83\xa1a\x01\xa1b\x03\xa1c\x90"),
}
MADE_BY_VERBS = "increment", "increment_f64", "append", "update"

ALL = {**{name: stored(native) for name, native in NATIVE.items()}, **STORED}


def write_value(view, name):
    kind, data = ALL[name]
    native = NATIVE.get(name)
    if name == "reserve":
        memory, reserved = view.reserve(name, kind, len(data))
        memory.raw = data
        latzero.call("commit", reserved)
    elif name == "dict_json":
        view.do("set_json", name, DICT_JSON.encode(), len(DICT_JSON.encode()), None)
    elif kind == Kind.NULL:
        view.do("set_null", name, None)
    elif kind == Kind.BOOL:
        view.do("set_bool", name, native, None)
    elif kind == Kind.INT64:
        view.do("set_i64", name, native, None)
    elif kind == Kind.DOUBLE:
        view.do("set_f64", name, native, None)
    elif kind in (Kind.STRING, Kind.BYTES, Kind.LIST, Kind.DICT):
        verb = {Kind.STRING: "set_string", Kind.BYTES: "set_bytes"}.get(kind, "set_msgpack")
        view.do(verb, name, data, len(data), None)
    else:
        view.store("set", name, kind, data, tag=TAG if kind == Kind.OPAQUE else 0)


def spoil(view, name):
    """Wrong by as little as can be: another tag, another type or one bit."""
    kind, data = ALL[name]
    if kind == Kind.OPAQUE:
        view.store("set", name, kind, data, tag=TAG + 1)
    elif name == "string":
        view.store("set", name, Kind.BYTES, data)
    else:
        view.store("set", name, kind, data[:-1] + bytes([data[-1] ^ 1]))


def write_values(view, wrong):
    view.out("increment", "increment", c_int64, 5, 100)
    view.out("decrement", "increment", c_int64, 10, 0)
    view.out("increment_f64", "increment_f64", c_double, 0.25, 1.5)
    for kind, data in (stored(1), stored("two"), stored(0.5), (Kind.TUPLE, b"\x92\x01\x02"), stored(b"\0\xff")):
        view.out("append", "append", c_uint64, kind, data, len(data))
    for data in b"\x82\xa1a\x01\xa1b\x02", b"\x82\xa1b\x03\xa1c\x90":
        view.do("update", "update", data, len(data))
    for name in ALL:
        if name not in MADE_BY_VERBS:
            write_value(view, name)
        if name == wrong:
            spoil(view, name)


def typed_get(client, key, kind):
    if kind == Kind.BOOL:
        return bool(client.out("get_bool", key, c_int32))
    if kind == Kind.INT64:
        return client.out("get_i64", key, c_int64)
    if kind == Kind.DOUBLE:
        return client.out("get_f64", key, c_double)
    if kind == Kind.STRING:
        return client.fetch("get_string", key).decode()
    return client.fetch("get_bytes", key)


def difference(client, key, name):
    kind, data = ALL[name]
    found = client.copy(key)
    assert found == client.value("get", key) and client.info(key).size == len(found.data)
    flags = ValueFlag.COMPRESSED if name == "large" and not AUTH_KEY else 0
    if found.kind != kind:
        return "another type"
    if found.tag != (TAG if kind == Kind.OPAQUE else 0):
        return "another tag"
    if found.data != data:
        return "other bytes"
    if found.flags != flags or found.version == 0 or found.ttl_ms != -1:
        return "another TTL, version or flags"
    if kind == Kind.DICT and client.fetch("get_json", key).decode() != (UPDATE_JSON if name == "update" else DICT_JSON):
        return "other JSON"
    if kind in (Kind.LIST, Kind.TUPLE, Kind.DICT) and client.fetch("get_msgpack", key) != data:
        return "other MessagePack"
    if name in NATIVE and stored(client.get(key)) != (kind, data):
        return "get() differs"
    typed = Kind.BOOL, Kind.INT64, Kind.DOUBLE, Kind.STRING, Kind.BYTES
    if kind in typed and stored(typed_get(client, key, kind)) != (kind, data):
        return "the typed get differs"
    return None


def compare_values(client, language):
    different = 0
    for name in ALL:
        key = f"{language}:{name}"
        try:
            found = difference(client, key, name)
        except latzero.Error as error:
            found = str(error)
        if found:
            print(f"different {key} ({found})")
            different += 1
    if not different:
        print(f"equal {language} {len(ALL)}")
    return different


def fails(status, function, *arguments, **named):
    try:
        function(*arguments, **named)
    except latzero.Error as error:
        assert error.status == status, error
        return error
    raise AssertionError("it went well")


def doors(pool):
    """No key, or another one, opens nothing; nor does any where none is asked for."""
    fails(Status.AUTHENTICATION, Client, pool, auth_key=AUTH_KEY + b"!")
    if AUTH_KEY:
        fails(Status.AUTHENTICATION, Client, pool)


def conditions(view, pool):
    key, one, two, three, four = "verbs:one", *(stored(n)[1] for n in (1, 2, 3, 4))
    refused = fails(Status.NOT_FOUND, view.store, "replace", key, Kind.INT64, one)
    assert key in str(refused) and pool in str(refused)
    view.store("add", key, Kind.INT64, one)
    fails(Status.EXISTS, view.store, "add", key, Kind.INT64, two)
    view.store("replace", key, Kind.INT64, two)
    before = view.value("get", key)
    assert before.data == two
    version = view.compare_and_set(key, before.version, Kind.INT64, three)
    assert version > before.version
    refused = fails(Status.CONFLICT, view.compare_and_set, key, before.version, Kind.INT64, four)
    assert refused.name == "CONFLICT"
    fails(Status.CONFLICT, view.compare_and_set, key, 0, Kind.INT64, four)
    old = view.value("swap", key, Kind.INT64, four, len(four), None)
    assert old.data == three and old.version == version
    assert view.value("take", key).data == four
    fails(Status.NOT_FOUND, view.do, "delete", key)
    fails(Status.TYPE_MISMATCH, view.out, "get_i64", "string", c_int64)
    fails(Status.OVERFLOW, view.out, "increment", "int64_max", c_int64, 1, 0)


def fast_sets(view, other, me):
    for i in range(10):
        view.store("set_fast", f"verbs:fast:{i}", Kind.INT64, stored(i)[1])
    assert not other.out("exists", f"{me}:verbs:fast:9", c_int32)
    pending = view.value("get", "verbs:fast:9")
    assert pending.data == stored(9)[1] and pending.flags == ValueFlag.PENDING and pending.version == 0
    view.flush()
    assert other.out("exists", f"{me}:verbs:fast:9", c_int32)


def lifetimes(view):
    key = "verbs:fast:0"
    assert view.out("ttl", key, c_int64) == -1
    view.do("expire", key, 60000)
    assert 30000 < view.out("ttl", key, c_int64) <= 60000
    view.do("persist", key)
    assert view.out("ttl", key, c_int64) == -1
    view.store("set", "verbs:brief", Kind.INT64, stored(1)[1], ttl_ms=20)
    time.sleep(0.04)
    fails(Status.NOT_FOUND, view.value, "get", "verbs:brief")


def batches(view):
    numbers = {"verbs:a": 1, "verbs:b": 2, "verbs:c": 3}
    buffers = [create_string_buffer(stored(number)[1], 8) for number in numbers.values()]
    entries = (latzero_entry * 3)(*(
        latzero_entry(key=create_string_buffer(key.encode()), key_len=len(key), value=addressof(buffer), size=8,
                      type=Kind.INT64, ttl_ms=60000)
        for key, buffer in zip(numbers, buffers)))
    latzero.call("mset", view.handle, sizeof(latzero_entry), entries, 3)
    keys = [b"verbs:a", b"verbs:absent", b"verbs:b", b"verbs:c"]
    buffers = [create_string_buffer(8) for _ in keys]
    entries = (latzero_entry * 4)(*(
        latzero_entry(key=create_string_buffer(key), key_len=len(key), value=addressof(buffer), capacity=8)
        for key, buffer in zip(keys, buffers)))
    assert view.batch("mget", entries) == 3
    assert [buffer.raw for buffer in buffers] == [stored(n)[1] for n in (1, 0, 2, 3)]
    assert [entry.status for entry in entries] == [0, Status.NOT_FOUND, 0, 0]
    assert entries[3].type == Kind.INT64 and 30000 < entries[3].ttl_ms <= 60000 and entries[3].version > 0
    assert view.batch("delete_many", entries) == 3
    assert [entry.status for entry in entries] == [0, Status.NOT_FOUND, 0, 0]


def blocks(view, other, me):
    """Many keys in one call, packed."""
    values = {"block:none": None, "block:int": -5, "block:text": "Grüße" * 40, "block:bytes": bytes(9000)}
    view.mset(values, ttl_ms=60000)
    assert view.mget([*values, "block:absent"]) == values
    found = view.mget_values(["block:int", "block:absent", "block:text"])
    assert found[1] is None and found[0].data == stored(-5)[1] and 30000 < found[2].ttl_ms <= 60000
    assert found[0] == view.copy("block:int")._replace(ttl_ms=found[0].ttl_ms)
    assert dict(view.all_items("block:", prefix=True, page=1)) == values == dict(view.all_items("block:*"))
    assert other.count(f"{me}:block:", prefix=True) == len(values) == view.count("block:*")
    assert view.clear("block:", prefix=True) == len(values) and view.count("block:*") == 0


def locks_and_texts(view):
    version = view.add_versioned("verbs:lock", "me", ttl_ms=60000)
    fails(Status.EXISTS, view.add_versioned, "verbs:lock", "other")
    fails(Status.CONFLICT, view.compare_and_delete, "verbs:lock", version + 64)
    view.compare_and_delete("verbs:lock", version)
    fails(Status.CONFLICT, view.compare_and_delete, "verbs:lock", version)
    assert view.append_json("verbs:texts", '{"a": [1]}') == 1 and view.append_json("verbs:texts", "null") == 2
    found = view.copy("verbs:texts")
    assert latzero.to_json(found.kind, found.data) == '[{"a":[1]},null]'
    assert latzero.from_json('[{"a": [1]}, null]') == (Kind.LIST, found.data)
    view.do("delete", "verbs:texts")
    view.update_json("verbs:texts", '{"a": 1}')
    assert view.fetch("get_json", "verbs:texts") == b'{"a":1}'
    view.do("delete", "verbs:texts")


def queues(view, other, me):
    """Counters that end, and a list as a queue."""
    assert [view.increment("verbs:count", 2, 40, ttl_ms=60000) for _ in range(2)] == [42, 44]
    assert 30000 < view.out("ttl", "verbs:count", c_int64) <= 60000
    fails(Status.INVALID_ARGUMENT, view.increment, "verbs:count", ttl_ms=-1)
    assert view.pop_front("verbs:queue") is None and view.pop_back("verbs:queue", "none") == "none"
    for length, element in enumerate((1, "two", bytes(1000), None), 1):
        assert view.append("verbs:queue", element) == length
    view.append_json("verbs:queue", "[3]")
    assert view.pop_back("verbs:queue").data == b"\x91\x03" and view.pop_back("verbs:queue", "none") is None
    assert other.pop_front(f"{me}:verbs:queue") == 1
    assert [view.pop_front("verbs:queue") for _ in range(2)] == ["two", bytes(1000)]
    assert view.pop_front("verbs:queue", "none") == "none"
    fails(Status.TYPE_MISMATCH, view.pop_front, "verbs:count")
    view.delete("verbs:queue")
    view.delete("verbs:count")


def loans(view):
    memory, reserved = view.reserve("verbs:loan", Kind.BYTES, 20000)
    memory.raw = b"a" * 20000
    latzero.call("commit", reserved)
    with view.borrow("verbs:loan") as lent:
        view.do("set_null", "verbs:loan", None)
        assert bytes(lent) == b"a" * 20000
    _, reserved = view.reserve("verbs:loan", Kind.BYTES, 1)
    latzero.call("abandon", reserved)
    view.do("delete", "verbs:loan")


def walks_and_descriptions(view, pool):
    expected = {f"verbs:fast:{i}": stored(i)[1] for i in range(10)}
    assert sorted(view.items("verbs:fast:*")) == sorted(expected.items())
    assert set(view.scan("verbs:fast:[0-9]", 3)) == set(expected)
    stats = view.stats()
    assert stats.name.decode() == pool and stats.clients >= 2 and stats.key_count >= 10
    assert stats.max_bytes == 104857600 and 0 < stats.utilization <= 1
    sealed = AUTH_KEY != b""
    assert stats.encryption == sealed and (stats.cipher != 0) == sealed and stats.integrity_failures == 0
    info = latzero.pool_list()[pool]
    assert info.clients >= 2 and info.cipher == stats.cipher


def use_verbs(view, other, pool, me):
    before = view.size()
    doors(pool)
    conditions(view, pool)
    fast_sets(view, other, me)
    lifetimes(view)
    batches(view)
    blocks(view, other, me)
    locks_and_texts(view)
    queues(view, other, me)
    loans(view)
    walks_and_descriptions(view, pool)
    for i in range(10):
        view.do("delete", f"verbs:fast:{i}")
    assert view.size() == before


def add_one(client):
    """Adds one by compare-and-set; returns how often somebody else was quicker."""
    conflicts = 0
    while True:
        try:
            value = client.value("get", "shared:number")
            version, number = value.version, struct.unpack("<q", value.data)[0]
        except latzero.Error as error:
            assert error.status == Status.NOT_FOUND, error
            version, number = 0, 0
        try:
            client.compare_and_set("shared:number", version, Kind.INT64, stored(number + 1)[1])
            return conflicts
        except latzero.Error as error:
            assert error.status == Status.CONFLICT, error
            conflicts += 1


def together(client, me, languages, rounds):
    conflicts, deadline = 0, time.monotonic() + 60
    client.out("increment", "shared:ready", c_int64, 1, 0)
    while client.out("get_i64", "shared:ready", c_int64) < len(languages):
        assert time.monotonic() < deadline
        time.sleep(0.001)
    for i in range(rounds):
        element = f"{me} {i}".encode()
        client.out("increment", "shared:count", c_int64, 1, 0)
        client.out("append", "shared:list", c_uint64, Kind.STRING, element, len(element))
        conflicts += add_one(client)
        if i % 100 == 0:
            time.sleep(0.001)
    print("conflicts", conflicts)


def main(phase, pool, me, languages, last=None):
    languages = languages.split(",")
    with Client(pool, auth_key=AUTH_KEY) as client:
        if phase == "write":
            check_layout()
            with client.namespace(me) as view, Client(pool, auth_key=AUTH_KEY) as other:
                write_values(view, last)
                use_verbs(view, other, pool, me)
        elif phase == "read":
            return sum(compare_values(client, language) for language in languages) > 0
        elif phase == "together":
            together(client, me, languages, int(last))
        elif phase in ("follow", "forget"):
            with client.namespace(me) as view, Client(pool, auth_key=AUTH_KEY) as other:
                use_watches(view, other, pool, me, AUTH_KEY != b"")
            return follow(client, me, len(languages), int(last), phase == "forget")
        else:
            return 2
    return 0


sys.exit(main(*sys.argv[1:]))

"""The script in Python. See ../README.md."""

import os
import struct
import sys
import time
from ctypes import addressof, c_double, c_int32, c_int64, c_uint64, create_string_buffer, sizeof

import latzero
from latzero import BOOL, BYTES, DICT, DOUBLE, INT64, LIST, NULL, OPAQUE, STRING, TUPLE, Client

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
    "opaque": (OPAQUE, b"\0\x01\x02\xfe\xff"),
    "list": (LIST, b"\x96\x01\xa4zwei\x92\xcb\x40\x04\0\0\0\0\0\0\xc0\xc3\xc4\x02\0\xff\xc7\x03\x54\x92\x01\x02"),
    "tuple": (TUPLE, b"\x93\xff\xa1x\xc2"),
    "dict": (DICT, DICT_BYTES),
    "dict_json": (DICT, DICT_BYTES),
    "append": (LIST, b"\x95\x01\xa3two\xcb\x3f\xe0\0\0\0\0\0\0\xc7\x03\x54\x92\x01\x02\xc4\x02\0\xff"),
    "update": (DICT, b"\x83\xa1a\x01\xa1b\x03\xa1c\x90"),
}
MADE_BY_VERBS = "increment", "increment_f64", "append", "update"


def stored(native):
    """The type and the stored bytes of a value of Python's."""
    if native is None:
        return NULL, b""
    if isinstance(native, bool):
        return BOOL, struct.pack("?", native)
    if isinstance(native, int):
        return INT64, struct.pack("<q", native)
    if isinstance(native, float):
        return DOUBLE, struct.pack("<d", native)
    if isinstance(native, str):
        return STRING, native.encode()
    return BYTES, native


ALL = {**{name: stored(native) for name, native in NATIVE.items()}, **STORED}


def write_value(view, name):
    type_, data = ALL[name]
    native = NATIVE.get(name)
    if name == "reserve":
        memory, reserved = view.reserve(name, type_, len(data))
        memory.raw = data
        latzero.call("commit", reserved)
    elif name == "dict_json":
        view.do("set_json", name, DICT_JSON.encode(), len(DICT_JSON.encode()), None)
    elif type_ == NULL:
        view.do("set_null", name, None)
    elif type_ == BOOL:
        view.do("set_bool", name, native, None)
    elif type_ == INT64:
        view.do("set_i64", name, native, None)
    elif type_ == DOUBLE:
        view.do("set_f64", name, native, None)
    elif type_ in (STRING, BYTES, LIST, DICT):
        verb = {STRING: "set_string", BYTES: "set_bytes"}.get(type_, "set_msgpack")
        view.do(verb, name, data, len(data), None)
    else:
        view.store("set", name, type_, data, tag=TAG if type_ == OPAQUE else 0)


def spoil(view, name):
    """Wrong by as little as can be: another tag, another type or one bit."""
    type_, data = ALL[name]
    if type_ == OPAQUE:
        view.store("set", name, type_, data, tag=TAG + 1)
    elif name == "string":
        view.store("set", name, BYTES, data)
    else:
        view.store("set", name, type_, data[:-1] + bytes([data[-1] ^ 1]))


def write_values(view, wrong):
    view.out("increment", "increment", c_int64, 5, 100)
    view.out("decrement", "increment", c_int64, 10, 0)
    view.out("increment_f64", "increment_f64", c_double, 0.25, 1.5)
    for type_, data in (stored(1), stored("two"), stored(0.5), (TUPLE, b"\x92\x01\x02"), stored(b"\0\xff")):
        view.out("append", "append", c_uint64, type_, data, len(data))
    for data in b"\x82\xa1a\x01\xa1b\x02", b"\x82\xa1b\x03\xa1c\x90":
        view.do("update", "update", data, len(data))
    for name in ALL:
        if name not in MADE_BY_VERBS:
            write_value(view, name)
        if name == wrong:
            spoil(view, name)


def typed_get(client, key, type_):
    if type_ == BOOL:
        return bool(client.out("get_bool", key, c_int32))
    if type_ == INT64:
        return client.out("get_i64", key, c_int64)
    if type_ == DOUBLE:
        return client.out("get_f64", key, c_double)
    if type_ == STRING:
        return client.fetch("get_string", key).decode()
    return client.fetch("get_bytes", key)


def difference(client, key, name):
    type_, data = ALL[name]
    found = client.value("get", key)
    flags = latzero.COMPRESSED if name == "large" and not AUTH_KEY else 0
    if found.type != type_:
        return "another type"
    if found.tag != (TAG if type_ == OPAQUE else 0):
        return "another tag"
    if found.data != data:
        return "other bytes"
    if found.flags != flags or found.version == 0 or found.ttl_ms != -1:
        return "another TTL, version or flags"
    if type_ == DICT and client.fetch("get_json", key).decode() != (UPDATE_JSON if name == "update" else DICT_JSON):
        return "other JSON"
    if type_ in (LIST, TUPLE, DICT) and client.fetch("get_msgpack", key) != data:
        return "other MessagePack"
    if type_ in (BOOL, INT64, DOUBLE, STRING, BYTES) and stored(typed_get(client, key, type_)) != (type_, data):
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
    fails(latzero.AUTHENTICATION, Client.connect, pool, AUTH_KEY + b"!")
    if AUTH_KEY:
        fails(latzero.AUTHENTICATION, Client.connect, pool, b"")


def conditions(view, pool):
    key, one, two, three, four = "verbs:one", *(stored(n)[1] for n in (1, 2, 3, 4))
    refused = fails(latzero.NOT_FOUND, view.store, "replace", key, INT64, one)
    assert key in str(refused) and pool in str(refused)
    view.store("add", key, INT64, one)
    fails(latzero.EXISTS, view.store, "add", key, INT64, two)
    view.store("replace", key, INT64, two)
    before = view.value("get", key)
    assert before.data == two
    version = view.compare_and_set(key, before.version, INT64, three)
    assert version > before.version
    refused = fails(latzero.CONFLICT, view.compare_and_set, key, before.version, INT64, four)
    assert refused.name == "CONFLICT"
    fails(latzero.CONFLICT, view.compare_and_set, key, 0, INT64, four)
    old = view.value("swap", key, INT64, four, len(four), None)
    assert old.data == three and old.version == version
    assert view.value("take", key).data == four
    fails(latzero.NOT_FOUND, view.do, "delete", key)
    fails(latzero.TYPE_MISMATCH, view.out, "get_i64", "string", c_int64)
    fails(latzero.OVERFLOW, view.out, "increment", "int64_max", c_int64, 1, 0)


def fast_sets(view, other, me):
    for i in range(10):
        view.store("set_fast", f"verbs:fast:{i}", INT64, stored(i)[1])
    assert not other.out("exists", f"{me}:verbs:fast:9", c_int32)
    pending = view.value("get", "verbs:fast:9")
    assert pending.data == stored(9)[1] and pending.flags == latzero.PENDING and pending.version == 0
    latzero.call("flush", view.handle)
    assert other.out("exists", f"{me}:verbs:fast:9", c_int32)


def lifetimes(view):
    key = "verbs:fast:0"
    assert view.out("ttl", key, c_int64) == -1
    view.do("expire", key, 60000)
    assert 30000 < view.out("ttl", key, c_int64) <= 60000
    view.do("persist", key)
    assert view.out("ttl", key, c_int64) == -1
    view.store("set", "verbs:brief", INT64, stored(1)[1], ttl_ms=20)
    time.sleep(0.04)
    fails(latzero.NOT_FOUND, view.value, "get", "verbs:brief")


def batches(view):
    numbers = {"verbs:a": 1, "verbs:b": 2, "verbs:c": 3}
    buffers = [create_string_buffer(stored(number)[1], 8) for number in numbers.values()]
    entries = (latzero.Entry * 3)(*(
        latzero.Entry(key=key.encode(), key_len=len(key), value=addressof(buffer), size=8, type=INT64, ttl_ms=60000)
        for key, buffer in zip(numbers, buffers)))
    latzero.call("mset", view.handle, sizeof(latzero.Entry), entries, 3)
    keys = [b"verbs:a", b"verbs:absent", b"verbs:b", b"verbs:c"]
    buffers = [create_string_buffer(8) for _ in keys]
    entries = (latzero.Entry * 4)(*(latzero.Entry(key=key, key_len=len(key), value=addressof(buffer), capacity=8)
                                    for key, buffer in zip(keys, buffers)))
    assert view.batch("mget", entries) == 3
    assert [buffer.raw for buffer in buffers] == [stored(n)[1] for n in (1, 0, 2, 3)]
    assert [entry.status for entry in entries] == [0, latzero.NOT_FOUND, 0, 0]
    assert entries[3].type == INT64 and 30000 < entries[3].ttl_ms <= 60000 and entries[3].version > 0
    assert view.batch("delete_many", entries) == 3
    assert [entry.status for entry in entries] == [0, latzero.NOT_FOUND, 0, 0]


def loans(view):
    memory, reserved = view.reserve("verbs:loan", BYTES, 20000)
    memory.raw = b"a" * 20000
    latzero.call("commit", reserved)
    with view.borrow("verbs:loan") as lent:
        view.do("set_null", "verbs:loan", None)
        assert bytes(lent) == b"a" * 20000
    _, reserved = view.reserve("verbs:loan", BYTES, 1)
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
    clients, cipher = latzero.pool_list()[pool]
    assert clients >= 2 and cipher == stats.cipher


def use_verbs(view, other, pool, me):
    before = view.size()
    doors(pool)
    conditions(view, pool)
    fast_sets(view, other, me)
    lifetimes(view)
    batches(view)
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
            assert error.status == latzero.NOT_FOUND, error
            version, number = 0, 0
        try:
            client.compare_and_set("shared:number", version, INT64, stored(number + 1)[1])
            return conflicts
        except latzero.Error as error:
            assert error.status == latzero.CONFLICT, error
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
        client.out("append", "shared:list", c_uint64, STRING, element, len(element))
        conflicts += add_one(client)
        if i % 100 == 0:
            time.sleep(0.001)
    print("conflicts", conflicts)


def main(phase, pool, me, languages, last=None):
    languages = languages.split(",")
    with Client.connect(pool, AUTH_KEY) as client:
        if phase == "write":
            with client.namespace(me) as view, Client.connect(pool, AUTH_KEY) as other:
                write_values(view, last)
                use_verbs(view, other, pool, me)
        elif phase == "read":
            return sum(compare_values(client, language) for language in languages) > 0
        elif phase == "together":
            together(client, me, languages, int(last))
        else:
            return 2
    return 0


sys.exit(main(*sys.argv[1:]))

"""What the script uses of latzero, through ctypes. A Client closes with `with`; a status other than OK is an Error."""

import collections
import contextlib
import ctypes
from ctypes import POINTER, Structure, byref, c_char, c_char_p, c_double, c_int32, c_int64, c_size_t, c_uint32, c_uint64
from ctypes import c_void_p

NULL, BOOL, INT64, DOUBLE, STRING, BYTES, LIST, TUPLE, DICT, OPAQUE = range(10)
COMPRESSED, PENDING = 1, 2
NOT_FOUND, EXISTS, TYPE_MISMATCH, OVERFLOW, TOO_SMALL, CONFLICT = -8, -9, -10, -11, -12, -14
AUTHENTICATION = -4

Value = collections.namedtuple("Value", "type tag data flags version ttl_ms")


class ConnectOptions(Structure):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("timeout_ms", c_int64), ("create_options", c_void_p),
                ("auth_key", c_char_p), ("auth_key_len", c_size_t)]


class Info(Structure):
    _fields_ = [("struct_size", c_uint32), ("type", c_uint32), ("size", c_uint64), ("version", c_uint64),
                ("ttl_ms", c_int64), ("tag", c_uint32), ("flags", c_uint32)]


class SetOptions(Structure):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("ttl_ms", c_int64), ("tag", c_uint32),
                ("reserved", c_uint32)]


class Entry(Structure):
    _fields_ = [("key", c_char_p), ("key_len", c_size_t), ("value", c_void_p), ("capacity", c_size_t),
                ("size", c_uint64), ("version", c_uint64), ("ttl_ms", c_int64), ("type", c_uint32), ("tag", c_uint32),
                ("status", c_int32), ("reserved", c_uint32)]


class Key(Structure):
    _fields_ = [("key", POINTER(c_char)), ("key_len", c_size_t)]


class PoolInfo(Structure):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("name", c_char * 208), ("clients", c_uint64),
                ("key_count", c_uint64), ("used_bytes", c_uint64), ("capacity_bytes", c_uint64),
                ("max_bytes", c_uint64), ("idle_ttl_ms", c_int64), ("created_ns", c_int64), ("cipher", c_uint32),
                ("reserved", c_uint32)]


class Stats(Structure):
    _fields_ = [("struct_size", c_uint32), ("read_only", c_uint32), ("name", c_char * 208), ("clients", c_uint64),
                ("key_count", c_uint64), ("used_bytes", c_uint64), ("capacity_bytes", c_uint64),
                ("max_bytes", c_uint64), ("utilization", c_double), ("free_bytes", c_uint64), ("commits", c_uint64),
                ("encryption", c_uint32), ("flags", c_uint32), ("borrowed_bytes", c_uint64),
                ("integrity_failures", c_uint64), ("cipher", c_uint32), ("reserved", c_uint32)]


library = ctypes.CDLL("liblatzero.so")


def declare(name, *arguments, result=c_int32):
    function = getattr(library, "latzero_" + name)
    function.argtypes, function.restype = arguments, result


ON_KEY = c_void_p, c_char_p, c_size_t
STORE = c_uint32, c_char_p, c_size_t
OPTIONS = POINTER(SetOptions)
declare("last_error", result=c_char_p)
declare("status_name", c_int32, result=c_char_p)
declare("free", c_void_p, result=None)
declare("connect", c_char_p, POINTER(ConnectOptions), POINTER(c_void_p))
declare("disconnect", c_void_p)
declare("namespace", *ON_KEY, POINTER(c_void_p))
declare("pool_list", c_uint32, POINTER(POINTER(PoolInfo)), POINTER(c_size_t))
declare("stats", c_void_p, POINTER(Stats))
declare("size", c_void_p, POINTER(c_uint64))
declare("flush", c_void_p)
for verb in "set", "set_fast", "add", "replace":
    declare(verb, *ON_KEY, *STORE, OPTIONS)
declare("set_null", *ON_KEY, OPTIONS)
declare("set_bool", *ON_KEY, c_int32, OPTIONS)
declare("set_i64", *ON_KEY, c_int64, OPTIONS)
declare("set_f64", *ON_KEY, c_double, OPTIONS)
for verb in "set_string", "set_bytes", "set_json", "set_msgpack":
    declare(verb, *ON_KEY, c_char_p, c_size_t, OPTIONS)
declare("get", *ON_KEY, c_void_p, c_size_t, POINTER(Info))
declare("take", *ON_KEY, c_void_p, c_size_t, POINTER(Info))
declare("swap", *ON_KEY, *STORE, OPTIONS, c_void_p, c_size_t, POINTER(Info))
declare("compare_and_set", *ON_KEY, c_uint64, *STORE, OPTIONS, POINTER(c_uint64))
for verb, kind in (("get_bool", c_int32), ("get_i64", c_int64), ("get_f64", c_double), ("exists", c_int32),
                   ("ttl", c_int64)):
    declare(verb, *ON_KEY, POINTER(kind))
for verb in "get_string", "get_bytes", "get_json", "get_msgpack":
    declare(verb, *ON_KEY, POINTER(c_void_p), POINTER(c_size_t))
declare("delete", *ON_KEY)
declare("persist", *ON_KEY)
declare("expire", *ON_KEY, c_int64)
declare("increment", *ON_KEY, c_int64, c_int64, POINTER(c_int64))
declare("decrement", *ON_KEY, c_int64, c_int64, POINTER(c_int64))
declare("increment_f64", *ON_KEY, c_double, c_double, POINTER(c_double))
declare("append", *ON_KEY, *STORE, POINTER(c_uint64))
declare("update", *ON_KEY, c_char_p, c_size_t)
declare("mset", c_void_p, c_uint32, POINTER(Entry), c_size_t)
declare("mget", c_void_p, c_uint32, POINTER(Entry), c_size_t, POINTER(c_size_t))
declare("delete_many", c_void_p, c_uint32, POINTER(Entry), c_size_t, POINTER(c_size_t))
declare("borrow", *ON_KEY, POINTER(c_void_p), POINTER(Info), POINTER(c_void_p))
declare("return", c_void_p)
declare("reserve", *ON_KEY, c_uint32, c_size_t, OPTIONS, POINTER(c_void_p), POINTER(c_void_p))
declare("commit", c_void_p)
declare("abandon", c_void_p)
declare("iter_open", *ON_KEY, POINTER(c_void_p))
declare("iter_next", c_void_p, POINTER(c_void_p), POINTER(c_size_t), POINTER(c_void_p), POINTER(Info))
declare("iter_close", c_void_p, result=None)
declare("scan", c_void_p, POINTER(c_uint64), c_size_t, c_char_p, c_size_t, POINTER(POINTER(Key)), POINTER(c_size_t))


class Error(Exception):
    def __init__(self, status):
        super().__init__(library.latzero_last_error().decode())
        self.status = status
        self.name = library.latzero_status_name(status).decode()


def call(name, *arguments):
    status = getattr(library, "latzero_" + name)(*arguments)
    if status != 0:
        raise Error(status)


def options(ttl_ms=0, tag=0):
    return SetOptions(ctypes.sizeof(SetOptions), 0, ttl_ms, tag, 0)


def empty_info():
    return Info(struct_size=ctypes.sizeof(Info))


def owned(memory, size):
    """Copies what the library allocated, and frees it there."""
    try:
        return ctypes.string_at(memory, size.value)
    finally:
        library.latzero_free(memory)


def pool_list():
    """Clients and cipher of this user's pools, by name."""
    pools, count = POINTER(PoolInfo)(), c_size_t()
    call("pool_list", ctypes.sizeof(PoolInfo), byref(pools), byref(count))
    try:
        return {pool.name.decode(): (pool.clients, pool.cipher) for pool in pools[:count.value]}
    finally:
        library.latzero_free(pools)


class Client:
    def __init__(self, handle):
        self.handle = handle

    @classmethod
    def connect(cls, pool, auth_key):
        """With an auth key, or none if it is empty."""
        options = ConnectOptions(struct_size=ctypes.sizeof(ConnectOptions), auth_key=auth_key or None,
                                 auth_key_len=len(auth_key))
        handle = c_void_p()
        call("connect", pool.encode(), byref(options), byref(handle))
        return cls(handle)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        call("disconnect", self.handle)

    def namespace(self, name):
        view = c_void_p()
        self.do("namespace", name, byref(view))
        return Client(view)

    def do(self, verb, key, *arguments):
        """Any verb on a key whose further arguments go to C as they are."""
        call(verb, self.handle, key.encode(), len(key.encode()), *arguments)

    def out(self, verb, key, kind, *arguments):
        """A verb whose last argument takes its one result."""
        result = kind()
        self.do(verb, key, *arguments, byref(result))
        return result.value

    def store(self, verb, key, type_, data, **how):
        self.do(verb, key, type_, data, len(data), options(**how))

    def fetch(self, verb, key):
        """A get of bytes of any length."""
        memory, size = c_void_p(), c_size_t()
        self.do(verb, key, byref(memory), byref(size))
        return owned(memory, size)

    def value(self, verb, key, *before):
        """get, take and swap: a value with all that is known of it."""
        room = 64
        while True:
            buffer, info = ctypes.create_string_buffer(room), empty_info()
            try:
                self.do(verb, key, *before, buffer, room, byref(info))
            except Error as error:
                if error.status != TOO_SMALL:
                    raise
                room = info.size
                continue
            return Value(info.type, info.tag, buffer.raw[:info.size], info.flags, info.version, info.ttl_ms)

    def compare_and_set(self, key, version, type_, data):
        return self.out("compare_and_set", key, c_uint64, version, type_, data, len(data), None)

    def batch(self, verb, entries):
        """Runs mget or delete_many; returns how many keys there were."""
        found = c_size_t()
        call(verb, self.handle, ctypes.sizeof(Entry), entries, len(entries), byref(found))
        return found.value

    @contextlib.contextmanager
    def borrow(self, key):
        value, info, borrowed = c_void_p(), empty_info(), c_void_p()
        self.do("borrow", key, byref(value), byref(info), byref(borrowed))
        try:
            yield memoryview((c_char * info.size).from_address(value.value))
        finally:
            call("return", borrowed)

    def reserve(self, key, type_, size):
        """Memory to fill, and what to commit or abandon."""
        memory, reserved = c_void_p(), c_void_p()
        self.do("reserve", key, type_, size, None, byref(memory), byref(reserved))
        return (c_char * size).from_address(memory.value), reserved

    def items(self, pattern):
        walk, key, size, value, info = c_void_p(), c_void_p(), c_size_t(), c_void_p(), empty_info()
        self.do("iter_open", pattern, byref(walk))
        try:
            while library.latzero_iter_next(walk, byref(key), byref(size), byref(value), byref(info)) == 0:
                yield ctypes.string_at(key, size.value).decode(), ctypes.string_at(value, info.size)
        finally:
            library.latzero_iter_close(walk)

    def scan(self, pattern, count):
        cursor, keys, found = c_uint64(), POINTER(Key)(), c_size_t()
        while True:
            call("scan", self.handle, byref(cursor), count, pattern.encode(), len(pattern), byref(keys), byref(found))
            for i in range(found.value):
                yield ctypes.string_at(keys[i].key, keys[i].key_len).decode()
            library.latzero_free(keys)
            if cursor.value == 0:
                return

    def stats(self):
        stats = Stats(struct_size=ctypes.sizeof(Stats))
        call("stats", self.handle, byref(stats))
        return stats

    def size(self):
        size = c_uint64()
        call("size", self.handle, byref(size))
        return size.value

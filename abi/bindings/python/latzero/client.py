"""A connection to a pool, and the pools there are."""

import contextlib
import ctypes
from ctypes import POINTER, byref, c_char, c_double, c_int32, c_int64, c_size_t, c_uint64, c_void_p

from . import items
from ._generated import MATCH_PREFIX, ConnectFlag, Status, WatchFlag, latzero_connect_options, latzero_count_options
from ._generated import latzero_entry, latzero_key, latzero_pool_info, latzero_pool_stats, latzero_set_options, latzero_value_info
from .library import Error, call, library, owned
from .subscription import Subscription
from .values import DECODERS, Value, native, stored
from .watch import Watch, options_of, waiting


def pool_list():
    """This user's pools by name, as latzero_pool_info."""
    pools, count = POINTER(latzero_pool_info)(), c_size_t()
    call("pool_list", ctypes.sizeof(latzero_pool_info), byref(pools), byref(count))
    try:
        return {pool.name.decode(): latzero_pool_info.from_buffer_copy(pool) for pool in pools[:count.value]}
    finally:
        library.latzero_free(pools)


def _bytes(data):
    return data, len(data)


class Client:
    """A connection to a pool, or a view of one. Keys are text. It closes with `with` or close()."""

    def __init__(self, pool, *, create=False, auth_key=b""):
        """`create`: makes the pool if there is none. `auth_key`: bytes; none if it is empty."""
        key = ctypes.cast(auth_key or None, c_void_p)
        options = latzero_connect_options(flags=ConnectFlag.CREATE if create else 0, auth_key=key,
                                          auth_key_len=len(auth_key))
        self.handle, self.watches, self.subscriptions = c_void_p(), set(), set()
        call("connect", pool.encode(), byref(options), byref(self.handle))

    def close(self):
        """Ends the connection, and its watches and subscriptions before it. No other call may run."""
        for open_one in list(self.watches | self.subscriptions):
            open_one.close()
        call("disconnect", self.handle)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def namespace(self, name):
        """A view in which each key has the name and a colon before it; it closes on its own."""
        view = Client.__new__(Client)
        view.handle, view.watches, view.subscriptions = c_void_p(), set(), set()
        self.do("namespace", name, byref(view.handle))
        return view

    # ---- values that Python has a type for

    def set(self, key, value, ttl_ms=0):
        """Stores None, a bool, an int of 64 bits, a float, a str or bytes."""
        kind, data = stored(value)
        self.store("set", key, kind, data, ttl_ms=ttl_ms)

    def get(self, key, default=None):
        """What set() has stored. TypeError for a value of another type: value() and fetch() read that."""
        try:
            found = self.copy(key)
        except Error as error:
            if error.status != Status.NOT_FOUND:
                raise
            return default
        return native(found)

    def delete(self, key):
        self.do("delete", key)

    def exists(self, key):
        return self.out("exists", key, c_int32) == 1

    def increment(self, key, delta=1, initial=0, *, ttl_ms=0):
        """Adds to an int, atomically between processes; an absent one counts as `initial`, and ends `ttl_ms` after
        this, if that is not 0, however often it is counted until then."""
        if ttl_ms == 0:
            return self.out("increment", key, c_int64, delta, initial)
        options = latzero_count_options(ttl_ms=ttl_ms, initial=initial)
        return self.out("count", key, c_int64, delta, byref(options))

    def decrement(self, key, delta=1, initial=0):
        return self.out("decrement", key, c_int64, delta, initial)

    def increment_float(self, key, delta, initial=0.0):
        return self.out("increment_f64", key, c_double, delta, initial)

    # ---- any verb and any value

    def do(self, verb, key, *arguments):
        """Any verb on a key whose further arguments go to C as they are."""
        name = key.encode()
        call(verb, self.handle, name, len(name), *arguments)

    def out(self, verb, key, kind, *arguments):
        """A verb whose last argument takes its one result, of that C type."""
        result = kind()
        self.do(verb, key, *arguments, byref(result))
        return result.value

    def store(self, verb, key, kind, data, ttl_ms=0, tag=0):
        """set, set_fast, add or replace: stores a value of any Kind by its bytes."""
        self.do(verb, key, kind, data, len(data), byref(latzero_set_options(ttl_ms=ttl_ms, tag=tag)))

    def fetch(self, verb, key):
        """get_string, get_bytes, get_json or get_msgpack: the bytes of it."""
        memory, size = c_void_p(), c_size_t()
        self.do(verb, key, byref(memory), byref(size))
        return owned(memory, size.value)

    def value(self, verb, key, *before, behind=()):
        """get, take, swap, pop_front or pop_back: a Value."""
        room = 64
        while True:
            buffer, info = ctypes.create_string_buffer(room), latzero_value_info()
            try:
                self.do(verb, key, *before, buffer, room, byref(info), *behind)
            except Error as error:
                if error.status != Status.TOO_SMALL:
                    raise
                room = info.size
                continue
            return Value(info.type, info.tag, buffer.raw[:info.size], info.flags, info.version, info.ttl_ms)

    def copy(self, key):
        """A Value of any kind."""
        memory, info = c_void_p(), latzero_value_info()
        self.do("get_copy", key, byref(memory), byref(info))
        return Value(info.type, info.tag, owned(memory, info.size), info.flags, info.version, info.ttl_ms)

    def info(self, key):
        """What is known of a value without it, as latzero_value_info."""
        info = latzero_value_info()
        self.do("info", key, byref(info))
        return info

    def compare_and_set(self, key, version, kind, data):
        """Stores a value if the key has that version, or is absent and that is 0; returns the new version."""
        return self.out("compare_and_set", key, c_uint64, version, kind, data, len(data), None)

    def add_versioned(self, key, value, ttl_ms=0):
        """Stores a value if the key is absent; returns its version, with which only who stored it deletes it."""
        kind, data = stored(value)
        return self.out("add_versioned", key, c_uint64, kind, data, len(data), byref(latzero_set_options(ttl_ms=ttl_ms)))

    def compare_and_delete(self, key, version):
        """Removes a key if it has that version."""
        self.do("compare_and_delete", key, version)

    def append_json(self, key, json):
        """Appends what a text says to a list; returns its new length."""
        text = json.encode()
        return self.out("append_json", key, c_uint64, text, len(text))

    def update_json(self, key, json):
        """Merges the object that a text says into a dict."""
        self.do("update_json", key, *_bytes(json.encode()))

    def append(self, key, value):
        """Appends what set() would store to a list; returns its new length."""
        kind, data = stored(value)
        return self.out("append", key, c_uint64, kind, data, len(data))

    def pop_front(self, key, default=None):
        """Takes the first element of a list, as get() would give it, or as a Value if Python has no type for it;
        `default` if there is none. With append() the list is a queue: each element goes to one caller."""
        return self._pop("pop_front", key, default)

    def pop_back(self, key, default=None):
        """Takes the last element of a list; else as pop_front()."""
        return self._pop("pop_back", key, default)

    def _pop(self, verb, key, default):
        try:
            found = self.value(verb, key, behind=(None,))
        except Error as error:
            if error.status != Status.NOT_FOUND:
                raise
            return default
        return native(found) if found.kind in DECODERS else found

    def batch(self, verb, entries):
        """Runs mget or delete_many on an array of latzero_entry; returns how many keys there were."""
        found = c_size_t()
        call(verb, self.handle, ctypes.sizeof(latzero_entry), entries, len(entries), byref(found))
        return found.value

    # ---- many keys in one call

    def mget(self, keys):
        """A dict of the keys that are there, with their values as Python has them, or by their bytes where it has no
        type for them."""
        return dict(items.natives(self._block("mget_copy", *_bytes(items.packed_keys(keys)))[0]))

    def mget_values(self, keys):
        """For each key its Value, None where there is none."""
        return list(items.values(self._block("mget_copy", *_bytes(items.packed_keys(keys)))[0]))

    def mset(self, values, ttl_ms=0):
        """Stores what a dict has, each as set() would."""
        call("mset_packed", self.handle, *_bytes(items.packed(values, ttl_ms)), None)

    def all_items(self, pattern=None, *, prefix=False, page=1000):
        """Keys that match, or that begin so, with their values as in mget(), read a page at a time; a key may come
        twice."""
        cursor, text = c_uint64(), None if pattern is None else pattern.encode()
        while True:
            block, _ = self._block("items", byref(cursor), page, 0, text, len(text or b""),
                                   MATCH_PREFIX if prefix else 0)
            yield from items.natives(block)
            if cursor.value == 0:
                return

    def _block(self, verb, *arguments):
        """A verb that gives items: their block, and how many there are."""
        memory, size, found = c_void_p(), c_size_t(), c_size_t()
        call(verb, self.handle, *arguments, byref(memory), byref(size), byref(found))
        return owned(memory, size.value), found.value

    def count(self, pattern, *, prefix=False):
        """How many keys match, or begin so."""
        size, text = c_uint64(), pattern.encode()
        call("size_match", self.handle, text, len(text), MATCH_PREFIX if prefix else 0, byref(size))
        return size.value

    def clear(self, pattern=None, *, prefix=False):
        """Removes the keys that match, or that begin so, or all; returns how many there were."""
        removed, text = c_uint64(), None if pattern is None else pattern.encode()
        call("clear_match", self.handle, text, len(text or b""), MATCH_PREFIX if prefix else 0, byref(removed))
        return removed.value

    # ---- changes

    def watch(self, pattern=None, *, updates=True, deletes=True, expiries=True, clients=False, values=False,
              others=False, follow=False, since=None, history=0):
        """A Watch of the keys that match, from now on, or from a revision() on. `values`: each event has the key's
        value by then. `others`: without what this connection does. `follow`: all that it takes to keep a copy, which
        begins with what is there. `history`: how many changes of each stripe are kept, 16 to 4,096, if nobody else
        watches."""
        flags = {WatchFlag.UPDATES: updates, WatchFlag.DELETES: deletes, WatchFlag.EXPIRIES: expiries,
                 WatchFlag.CLIENTS: clients, WatchFlag.VALUES: values, WatchFlag.OTHERS: others,
                 WatchFlag.FOLLOW: follow}
        return Watch(self, options_of(pattern, flags, since, history))

    def on(self, callback, pattern=None, *, updates=True, deletes=True, expiries=True, clients=False, values=False,
           others=False, follow=False, since=None, history=0):
        """A Subscription: calls callback(event) with each Event that such a watch() would deliver, one after another,
        from a thread of the library; for asyncio let it call loop.call_soon_threadsafe(). It may use the client, but
        not close it. What it raises goes to sys.unraisablehook, and it is called again."""
        flags = {WatchFlag.UPDATES: updates, WatchFlag.DELETES: deletes, WatchFlag.EXPIRIES: expiries,
                 WatchFlag.CLIENTS: clients, WatchFlag.VALUES: values, WatchFlag.OTHERS: others,
                 WatchFlag.FOLLOW: follow}
        return Subscription(self, callback, options_of(pattern, flags, since, history))

    def wait(self, key, known_version, timeout=None):
        """Waits until a key has another version than that, 0 being its absence, and returns it. None if it still has it
        after so many seconds."""
        def step(milliseconds):
            try:
                return self.out("wait", key, c_uint64, known_version, milliseconds)
            except Error as error:
                if error.status != Status.TIMEOUT:
                    raise
                return None
        return waiting(timeout, step)

    # ---- bytes in place, walks, descriptions

    @contextlib.contextmanager
    def borrow(self, key):
        """The bytes where they lie, as a memoryview that must not be used afterwards."""
        value, info, borrowed = c_void_p(), latzero_value_info(), c_void_p()
        self.do("borrow", key, byref(value), byref(info), byref(borrowed))
        try:
            yield memoryview((c_char * info.size).from_address(value.value))
        finally:
            call("return", borrowed)

    def reserve(self, key, kind, size):
        """Memory to fill, and what to commit or abandon."""
        memory, reserved = c_void_p(), c_void_p()
        self.do("reserve", key, kind, size, None, byref(memory), byref(reserved))
        return (c_char * size).from_address(memory.value), reserved

    def items(self, pattern):
        """Keys that match, with the bytes of their values."""
        walk, key, size, value, info = c_void_p(), c_void_p(), c_size_t(), c_void_p(), latzero_value_info()
        self.do("iter_open", pattern, byref(walk))
        try:
            while True:
                status = library.latzero_iter_next(walk, byref(key), byref(size), byref(value), byref(info))
                if status == Status.NOT_FOUND:
                    return
                if status != Status.OK:
                    raise Error(status)
                yield ctypes.string_at(key, size.value).decode(), ctypes.string_at(value, info.size)
        finally:
            library.latzero_iter_close(walk)

    def scan(self, pattern, count):
        """Keys that match, about `count` looked at in a step; a key may come twice."""
        cursor, keys, found, text = c_uint64(), POINTER(latzero_key)(), c_size_t(), pattern.encode()
        while True:
            call("scan", self.handle, byref(cursor), count, text, len(text), byref(keys), byref(found))
            names = [ctypes.string_at(key.key, key.key_len).decode() for key in keys[:found.value]]
            library.latzero_free(keys)
            yield from names
            if cursor.value == 0:
                return

    def stats(self):
        """A latzero_pool_stats of the pool."""
        stats = latzero_pool_stats()
        call("stats", self.handle, byref(stats))
        return stats

    def size(self):
        size = c_uint64()
        call("size", self.handle, byref(size))
        return size.value

    def flush(self):
        call("flush", self.handle)

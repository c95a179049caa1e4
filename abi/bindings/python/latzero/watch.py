"""Watches: the changes of a pool's keys as events, for a loop that blocks and for asyncio."""

import asyncio
import collections
import ctypes
import os
import threading
import time
from ctypes import byref, c_ssize_t, c_void_p

from ._generated import EventKind, Status, WatchFlag, latzero_event, latzero_revision, latzero_watch_options
from .library import Error, call, library
from .values import Value, native

# Python handles signals between calls, so none waits longer than that at a time.
SLICE_MS = 250
# After so many events the others of an event loop have their turn, though there are more.
EVENTS_IN_A_ROW = 100


class Event(collections.namedtuple("Event", "kind flags stripe key revision version lost client process found status")):
    """What a watch tells. `kind` is an EventKind, `flags` are EventFlags, `key` is text, or None if it has none. With
    values, `found` is the key's Value by then, or None: `status`, a Status, says why."""
    __slots__ = ()

    @property
    def value(self):
        """The value as get() gives it; None as well if there is none."""
        return native(self.found) if self.found else None


def options_of(pattern, flags, since, history):
    """What latzero_watch_open() and latzero_on() take, and what has to live until they return."""
    text = None if pattern is None else pattern.encode()
    start = None if since is None else latzero_revision.from_buffer_copy(since)
    what = sum(flag for flag, wanted in flags.items() if wanted)
    options = latzero_watch_options(what=what, history=history)
    if text is not None:
        options.pattern, options.pattern_len = ctypes.cast(text, type(options.pattern)), len(text)
    if start is not None:
        setattr(options, "from", ctypes.pointer(start))
    return options, text, start


def waiting(timeout, step):
    """Calls step(milliseconds) with parts of a timeout in seconds, None being for ever, until it gives something. None
    if the time was over before that."""
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        left = SLICE_MS if end is None else max(0, min(SLICE_MS, round((end - time.monotonic()) * 1000)))
        found = step(left)
        if found is not None or (end is not None and time.monotonic() >= end):
            return found


class Watch:
    """Delivers events to `for`, to `async for` and by next(). It closes with `with` or close()."""

    def __init__(self, client, what):
        options, *kept = what
        self.client, self.handle, self.closed, self.alarm = client, c_void_p(), False, None
        self.lock, self.ending = threading.Lock(), threading.Lock()  # `lock` is held while next() waits
        call("watch_open", client.handle, byref(options), byref(self.handle))
        del kept
        client.watches.add(self)

    def next(self, timeout=None):
        """The next Event; None if none comes for so many seconds. It waits for ever without a timeout. Raises an Error
        with Status.CANCELLED after wake() and Status.DESTROYED after the pool's end was told."""
        return waiting(timeout, self._next)

    def _next(self, milliseconds):
        event = latzero_event()
        with self.lock:
            status = library.latzero_watch_next(self.handle, milliseconds, byref(event))
            if status == Status.TIMEOUT:
                return None
            if status != Status.OK:
                raise Error(status)
            return told(event)

    def wake(self):
        """Ends the wait of another thread, or the next one."""
        with self.ending:
            call("watch_wake", self.handle)

    def revision(self):
        """Where the watch is, as bytes to store: watch(since=...) goes on there."""
        revision = latzero_revision()
        with self.lock:
            call("watch_revision", self.handle, byref(revision))
        return bytes(revision)

    def fileno(self):
        """A descriptor for select and its like: when it is readable, next(0) until that gives None."""
        descriptor = c_ssize_t()
        call("event_fd", self.handle, byref(descriptor))
        return descriptor.value

    def close(self):
        """Ends the watch. A loop in another thread ends as well."""
        self.closed = True
        alarm = self.alarm
        if alarm is not None:
            alarm()
        with self.ending:
            if self.handle:
                library.latzero_watch_wake(self.handle)
            with self.lock:
                library.latzero_watch_close(self.handle)
                self.handle = c_void_p()
        self.client.watches.discard(self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _unless_over(self, step, *arguments):
        """None for a watch that was woken or closed, or whose pool is destroyed."""
        try:
            return step(*arguments)
        except Error as error:
            if self.closed or error.status in (Status.CANCELLED, Status.DESTROYED):
                return None
            raise

    def __iter__(self):
        """Ends at wake(), at close(), and after the pool's end."""
        return iter(lambda: self._unless_over(self.next), None)

    async def __aiter__(self):
        in_a_row, over = 0, object()
        descriptor = os.dup(self.fileno())  # a loop must not know one that close() has closed
        try:
            while True:
                event = self._unless_over(lambda: self._next(0) or over)
                if event is None:
                    return
                if event is over:
                    await self._readable(descriptor)
                    continue
                yield event
                in_a_row += 1
                if in_a_row % EVENTS_IN_A_ROW == 0:
                    await asyncio.sleep(0)
        finally:
            os.close(descriptor)

    async def _readable(self, descriptor):
        loop = asyncio.get_running_loop()
        readable = loop.create_future()

        def ready():
            if not readable.done():
                readable.set_result(None)
        self.alarm = lambda: loop.call_soon_threadsafe(ready)
        loop.add_reader(descriptor, ready)
        try:
            if not self.closed:
                await readable
        finally:
            self.alarm = None
            loop.remove_reader(descriptor)


def told(event):
    """An Event of what the library has filled."""
    key = ctypes.string_at(event.key, event.key_len).decode(errors="replace") if event.key else None
    found = None
    if event.info:
        info = event.info.contents
        data = ctypes.string_at(event.value, info.size)
        found = Value(info.type, info.tag, data, info.flags, info.version, info.ttl_ms)
    try:
        kind, status = EventKind(event.kind), Status(event.value_status)
    except ValueError:
        kind, status = event.kind, event.value_status
    return Event(kind, event.flags, event.stripe, key, event.revision, event.version, event.lost, event.client,
                 event.client_process, found, status)

"""Callbacks for the changes of a pool's keys, called by a thread of the library."""

import atexit
import itertools
import threading
import weakref
from ctypes import byref, c_uint64

from ._generated import latzero_event_callback
from .library import call
from .watch import told

# The library knows a callback by its number here; what it calls is one function, which is there as long as Python.
_callbacks, _numbers, _open = {}, itertools.count(1), weakref.WeakSet()


@latzero_event_callback
def _call_back(event, number):
    callback = _callbacks.get(number)
    if callback is not None:
        callback(told(event.contents))


class Subscription:
    """Calls a function with each Event until close(), at the end of `with`, or of the client."""

    def __init__(self, client, callback, what):
        options, *kept = what
        self.client, self.number = client, next(_numbers)
        self.lock, self.registration = threading.Lock(), c_uint64()
        _callbacks[self.number] = callback
        try:
            # A callback that comes at once, and closes it, waits until it is known.
            with self.lock:
                call("on", client.handle, byref(options), _call_back, self.number, byref(self.registration))
        except BaseException:
            del _callbacks[self.number]
            raise
        del kept
        client.subscriptions.add(self)
        _open.add(self)

    def close(self):
        """Behind it the function does not run any more; within the function itself, behind its return. Any thread may
        call it, also again."""
        with self.lock:
            registration, self.registration = self.registration, None
        if registration is None:
            return
        try:
            call("off", self.client.handle, registration)
        finally:
            _callbacks.pop(self.number, None)
            self.client.subscriptions.discard(self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


@atexit.register
def _close_all():
    """No thread of the library may call Python when that has ended."""
    for subscription in list(_open):
        subscription.close()

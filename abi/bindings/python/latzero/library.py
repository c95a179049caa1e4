"""The C library, loaded and declared, and its failures as exceptions."""

import ctypes

from ._generated import Kind, Status, declare

library = ctypes.CDLL("liblatzero.so.0")
declare(library)


class Error(Exception):
    """A call that failed: its text is the library's sentence. `status` is a Status, or a number that a newer library
    has; `name` is what the library calls it."""

    def __init__(self, status):
        super().__init__(library.latzero_last_error().decode())
        try:
            self.status = Status(status)
        except ValueError:
            self.status = status
        self.name = library.latzero_status_name(status).decode()


def call(name, *arguments):
    """Calls latzero_<name>, as latzero.h describes it; raises an Error unless it answers OK."""
    status = getattr(library, "latzero_" + name)(*arguments)
    if status != Status.OK:
        raise Error(status)


def to_json(kind, data):
    """The JSON text of a value of any Kind by its bytes."""
    text, size = ctypes.c_void_p(), ctypes.c_size_t()
    call("to_json", kind, data, len(data), ctypes.byref(text), ctypes.byref(size))
    return owned(text, size.value).decode()


def from_json(json):
    """The Kind and the stored bytes of what a text says."""
    text, kind, memory, size = json.encode(), ctypes.c_uint32(), ctypes.c_void_p(), ctypes.c_size_t()
    call("from_json", text, len(text), ctypes.byref(kind), ctypes.byref(memory), ctypes.byref(size))
    return Kind(kind.value), owned(memory, size.value)


def owned(memory, size):
    """Copies what the library allocated, and frees it there."""
    try:
        return ctypes.string_at(memory, size)
    finally:
        library.latzero_free(memory)

"""The generated part of the Go module, for cgo, which takes structs from the header itself."""

from languages.text import MARK, camel, listed, short, wrapped

PATH = "abi/bindings/go/ffi.go"
NAMES = {"int": "int", "int32_t": "int32", "uint32_t": "uint32", "int64_t": "int64", "uint64_t": "uint64",
         "size_t": "uint"}
HEAD = f"""\
// {MARK}

package latzero

// #include <latzero/latzero.h>
import "C"

import (
\t"runtime"
\t"unsafe"
)
"""
WORDS = {"type"}  # Go's own, which cannot be names
TAB = 4


def generate(found):
    lines = HEAD.splitlines()
    for constant in found.singles:
        lines += ["", *_doc(constant.doc), f"const {camel(short(constant))} = {constant.value}"]
    for group in found.groups:
        lines += ["", *_group(group)]
    for function in found.functions:
        lines += ["", *_function(found, function)]
    return "\n".join([*lines, "", *_checks(found)]) + "\n"


def _doc(text, tabs=""):
    return wrapped(text, tabs + "// ", 120 - (TAB - 1) * len(tabs)) if text else []


def _name_of(group, member):
    """As Go's packages name the values of a type: by the type."""
    return (group.name[:-len("Flag")] if group.flags else group.name) + camel(group.short(member))


def _group(group):
    yield from _doc(f"{group.name}: {group.doc or group.prefix + '*.'}")
    yield f"type {group.name} {NAMES[group.type]}"
    yield ""
    yield "const ("
    for run in _runs(group):
        yield from _doc(run[0].doc, "\t")
        names = [_name_of(group, member) for member in run]
        for name, member in zip(names, run):
            yield f"\t{name:<{max(map(len, names))}} {group.name} = {member.value}"
    yield ")"


def _runs(group):
    """Members between whose lines there is no comment: gofmt aligns them."""
    runs = []
    for member in group.members:
        if member.doc or not runs:
            runs.append([])
        runs[-1].append(member)
    return runs


def _function(found, function):
    """A status becomes an error, whose text is that of the thread that called."""
    yield from _doc(f"{function.name}: {function.doc}")
    parameters = [f"{_name(one)} {_type(found, one.type)}" for one in function.parameters]
    call = f"C.{function.name}(" + ", ".join(_name(one) for one in function.parameters) + ")"
    result = "error" if function.result.base == "latzero_status" else _type(found, function.result)
    after = f") {result} {{" if result else ") {"
    yield from _tabbed(f"func {function.name}(", parameters, after)
    if result == "error":
        yield "\truntime.LockOSThread()"
        yield "\tdefer runtime.UnlockOSThread()"
        yield from _tabbed(f"\treturn failure(C.{function.name}(", [_name(one) for one in function.parameters], "))")
    else:
        yield f"\treturn {call}" if result else f"\t{call}"
    yield "}"


def _tabbed(before, parts, after):
    return listed(before, parts, after, "\t\t" if before.startswith("\t") else "\t", 114)


def _name(member):
    return member.name + "_" if member.name in WORDS else member.name


def _type(found, type_):
    if type_.base == "void" and not type_.pointers:
        return ""
    if type_.base == "void":
        return "*" * (type_.pointers - 1) + "unsafe.Pointer"
    return "*" * type_.pointers + "C." + type_.base


def _checks(found):
    """Compiles only with a header that declares the same: an index other than 0 does not."""
    yield "// The header on this machine has the same constants, sizes and offsets, where pointers have 64 bits."
    yield "var ("
    for constant in found.constants:
        yield f"\t_ = [1]struct{{}}{{}}[C.{constant.name}-({constant.value})]"
    for struct in found.structs:
        yield f"\t_ = [1]struct{{}}{{}}[unsafe.Sizeof(C.{struct.name}{{}})-{struct.size}]"
        for field in struct.fields:
            name = "_" + field.name if field.name in WORDS else field.name
            yield f"\t_ = [1]struct{{}}{{}}[unsafe.Offsetof(C.{struct.name}{{}}.{name})-{field.offset}]"
    yield ")"

"""The generated part of the Python package, for ctypes."""

from languages.text import MARK, initial, listed, short, wrapped

PATH = "abi/bindings/python/latzero/_generated.py"
NAMES = {"char": "c_char", "uint8_t": "c_uint8", "int32_t": "c_int32", "uint32_t": "c_uint32", "int64_t": "c_int64", "uint64_t": "c_uint64",
         "size_t": "c_size_t", "intptr_t": "c_ssize_t", "double": "c_double", "void": "None"}
HEAD = f'''\
# {MARK}
"""What latzero.h declares, for ctypes: constants, structs and functions under the header's names."""

from ctypes import CFUNCTYPE, POINTER, Structure, c_char, c_char_p, c_double, c_int32, c_int64, c_size_t, c_ssize_t, c_uint8, c_uint32
from ctypes import c_uint64, c_void_p, sizeof
from enum import IntEnum, IntFlag


class _Initial(Structure):
    """A struct that begins as its _INIT says, with its size and zeros where there is none."""
    _initial_ = {{}}

    def __init__(self, *values, **fields):
        if not values:
            fields = {{**self._initial_, **fields}}
            if self._fields_[0][0] == "struct_size":
                fields.setdefault("struct_size", sizeof(self))
        super().__init__(*values, **fields)


'''
TAIL = '''

def declare(library):
    """Tells ctypes what each function of the library takes and gives."""
    for name, (result, arguments, text) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes, function.__doc__ = result, arguments, text


def check_layout():
    """Raises unless the structs lie in memory as the header's do, where pointers have 64 bits."""
    for struct, (size, fields) in LAYOUT.items():
        found = {name: (getattr(struct, name).offset, getattr(struct, name).size) for name, _ in struct._fields_}
        if sizeof(struct) != size or found != fields:
            raise AssertionError(f"{struct.__name__} lies in memory otherwise than in latzero.h: {found}")
'''


def generate(found):
    lines = HEAD.splitlines()
    for constant in found.singles:
        lines += [*wrapped(constant.doc, "# ")] if constant.doc else []
        lines.append(f"{short(constant)} = {constant.value}")
    for group in found.groups:
        lines += ["", "", *_group(group)]
    lines.append("")
    for opaque in found.opaques:
        lines += ["", *wrapped(opaque.doc, "# "), f"{opaque.name} = c_void_p"]
    for declared in _in_order(found):
        lines += ["", "", *declared]
    lines += ["", "", "LAYOUT = {", *(line for struct in found.structs for line in _layout(struct)), "}"]
    lines += ["", "# Result, arguments and text of each.", "FUNCTIONS = {"]
    for function in found.functions:
        lines += _function(found, function)
    return "\n".join(lines) + "\n}\n" + TAIL


def _group(group):
    yield f"class {group.name}({'IntFlag' if group.flags else 'IntEnum'}):"
    yield from _text(group.doc or f"{group.prefix}*.", "    ")
    for member in group.members:
        yield from _beside(f"    {group.short(member)} = {member.value}", member.doc)


def _in_order(found):
    """Structs, and each callback before the first struct that names it; the others behind them."""
    callbacks = list(found.callbacks)
    for struct in found.structs:
        for callback in [one for one in callbacks if any(field.type.base == one.name for field in struct.fields)]:
            callbacks.remove(callback)
            yield _callback(found, callback)
        yield list(_struct(found, struct))
    for callback in callbacks:
        yield _callback(found, callback)


def _callback(found, callback):
    types = [_type(found, None, callback.result), *(_type(found, one) for one in callback.parameters)]
    return [*wrapped(callback.doc, "# "), *listed(f"{callback.name} = CFUNCTYPE(", types, ")", "    ")]


def _struct(found, struct):
    yield f"class {struct.name}(_Initial):"
    yield from _text(struct.doc, "    ")
    yield "    _fields_ = ["
    for field in struct.fields:
        yield from _beside(f'        ("{field.name}", {_type(found, field, inside=True)}),', field.doc)
    yield "    ]"
    values = [f'"{field.name}": {field.init}' for field in initial(struct)]
    if values:
        yield from listed("    _initial_ = {", values, "}", " " * 8)


def _layout(struct):
    fields = [f'"{field.name}": ({field.offset}, {field.size})' for field in struct.fields]
    return listed(f"    {struct.name}: ({struct.size}, {{", fields, "}),", " " * 8)


def _function(found, function):
    arguments = [_type(found, parameter) for parameter in function.parameters]
    yield from listed(f'    "{function.name}": ({_type(found, None, function.result)}, [', arguments, "],", " " * 8)
    text = _text(function.doc, "        ")
    yield from text[:-1]
    yield text[-1] + "),"


def _type(found, member, type_=None, inside=False):
    """Of a parameter, a result, or a field, which is inside of a struct."""
    type_ = type_ or member.type
    kind = found.kind_of(type_.base)
    if type_.count:
        return f"{NAMES[type_.base]} * {type_.count}"
    if type_.base == "void" and not type_.pointers:
        return "None"
    if type_.base in ("void", "char") or kind == "opaque":
        one = "c_char_p" if type_.base == "char" else "c_void_p"
        if type_.base == "char" and inside and member.length:
            one = "POINTER(c_char)"
        return one if type_.pointers == 1 else "POINTER(c_void_p)"
    base = type_.base if kind in ("struct", "callback") else NAMES[_plain(found, type_.base)]
    return "POINTER(" * type_.pointers + base + ")" * type_.pointers


def _plain(found, base):
    return next((one.type for one in found.integers if one.name == base), base)


def _escaped(text):
    return text.replace("\\", "\\\\").replace('"""', '\\"""')


def _text(doc, indent):
    lines = wrapped('"""' + _escaped(doc), indent)
    if len(lines) == 1 and len(lines[0]) <= 115:
        return [lines[0] + '"""']
    return [*lines, indent + '"""']


def _beside(line, doc):
    """A line with its remark beside or, where that is too long, above."""
    if not doc:
        return [line]
    if len(line) + 4 + len(doc) <= 120:
        return [f"{line}  # {doc}"]
    return [*wrapped(doc, line[:len(line) - len(line.lstrip())] + "# "), line]

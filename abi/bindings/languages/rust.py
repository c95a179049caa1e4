"""The generated part of the Rust crate."""

from languages.text import MARK, listed, short, snake, wrapped

PATH = "abi/bindings/rust/src/ffi.rs"
NAMES = {"char": "c_char", "int": "i32", "uint8_t": "u8", "int32_t": "i32", "uint32_t": "u32", "int64_t": "i64", "uint64_t": "u64",
         "size_t": "usize", "intptr_t": "isize", "double": "f64", "void": "c_void"}
HEAD = f"""\
// {MARK}
//! What latzero.h declares, under its names: constants, structs and functions.
#![allow(non_camel_case_types)]

use std::os::raw::{{c_char, c_void}};
"""
WORDS = {"type"}  # Rust's own, which cannot be names


def generate(found):
    lines = HEAD.splitlines()
    for constant in found.singles:
        lines += ["", *_doc(constant.doc)]
        lines.append(f"pub const {short(constant)}: {NAMES[constant.type]} = {constant.value};")
    for group in found.groups:
        lines += ["", *_group(group)]
    for opaque in found.opaques:
        lines += ["", *_doc(opaque.doc), "#[repr(C)]", f"pub struct {opaque.name} {{", "    _private: [u8; 0],", "}"]
    for callback in found.callbacks:
        lines += ["", *_doc(callback.doc)]
        result = _type(found, callback.result)
        after = ")>;" if result == "c_void" else f") -> {result}>;"
        lines += listed(f"pub type {callback.name} = Option<unsafe extern \"C\" fn(", _parameters(found, callback),
                        after, " " * 4)
    for struct in found.structs:
        lines += ["", *_struct(found, struct)]
    lines += ["", '#[link(name = "latzero")]', 'extern "C" {']
    for function in found.functions:
        lines += [] if function is found.functions[0] else [""]
        lines += _function(found, function)
    return "\n".join([*lines, "}", "", *_layout(found)]) + "\n"


def _doc(text, indent=""):
    return wrapped(text, indent + "/// ") if text else []


def _group(group):
    yield from _doc(group.doc or f"`{group.prefix}*`.")
    yield f"pub mod {snake(group.name)} {{"
    for member in group.members:
        yield from _doc(member.doc, "    ")
        yield f"    pub const {group.short(member)}: {NAMES[group.type]} = {member.value};"
    yield "}"


def _struct(found, struct):
    yield from _doc(struct.doc)
    yield "#[repr(C)]"
    yield "#[derive(Clone, Copy, Debug)]"
    yield f"pub struct {struct.name} {{"
    for field in struct.fields:
        yield from _doc(field.doc, "    ")
        yield f"    pub {_name(field)}: {_type(found, field.type)},"
    yield "}"
    yield ""
    yield f"impl {struct.name} {{"
    yield "    /// As its _INIT; where there is none, its size and zeros."
    yield f"    pub const INIT: {struct.name} = {struct.name} {{"
    for field in struct.fields:
        yield f"        {_name(field)}: {_initial(found, struct, field)},"
    yield "    };"
    yield "}"


def _initial(found, struct, field):
    if field.type.count:
        return f"[0; {field.type.count}]"
    if field.type.pointers:
        return f"std::ptr::{'null' if field.type.const else 'null_mut'}()"
    if found.kind_of(field.type.base) == "callback":
        return "None"
    if field.name == "struct_size":
        return f"std::mem::size_of::<{struct.name}>() as u32"
    return str(float(field.init or 0) if field.type.base == "double" else field.init or 0)


def _function(found, function):
    yield from _doc(function.doc, "    ")
    result = _type(found, function.result)
    after = ");" if result == "c_void" else f") -> {result};"
    yield from listed(f"    pub fn {function.name}(", _parameters(found, function), after, " " * 8)


def _parameters(found, one):
    return [f"{_name(parameter)}: {_type(found, parameter.type)}" for parameter in one.parameters]


def _name(member):
    return member.name + "_" if member.name in WORDS else member.name


def _type(found, type_):
    if type_.count:
        return f"[{NAMES[type_.base]}; {type_.count}]"
    plain = next((one.type for one in found.integers if one.name == type_.base), type_.base)
    text = NAMES.get(plain, plain)
    for pointer in range(type_.pointers):
        text = ("*const " if type_.const and pointer == 0 else "*mut ") + text
    return text


def _layout(found):
    """Sizes are checked by every compilation, offsets by a test: this Rust has no constant for them."""
    yield '#[cfg(target_pointer_width = "64")]'
    yield "const _: () = {"
    yield "    use std::mem::{align_of, size_of};"
    for struct in found.structs:
        yield f"    assert!(size_of::<{struct.name}>() == {struct.size});"
        yield f"    assert!(align_of::<{struct.name}>() == {struct.alignment});"
    yield "};"
    yield ""
    yield '#[cfg(all(test, target_pointer_width = "64"))]'
    yield "mod layout {"
    yield "    use super::*;"
    yield ""
    yield "    macro_rules! at {"
    yield "        ($type:ident . $field:ident, $offset:expr) => {"
    yield "            let one = $type::INIT;"
    yield "            let offset = std::ptr::addr_of!(one.$field) as usize - std::ptr::addr_of!(one) as usize;"
    yield "            assert_eq!(offset, $offset, stringify!($type.$field));"
    yield "        };"
    yield "    }"
    for struct in found.structs:
        yield ""
        yield "    #[test]"
        yield f"    fn of_{struct.name}() {{"
        for field in struct.fields:
            yield f"        at!({struct.name}.{_name(field)}, {field.offset});"
        yield "    }"
    yield "}"

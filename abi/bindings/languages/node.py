"""The generated part of the npm package, for koffi."""

from languages.text import MARK, initial, listed, short, wrapped

PATH = "abi/bindings/node/generated.js"
HEAD = f"""\
// {MARK}
// What latzero.h declares, for koffi: constants, and what declares structs and functions under the header's names.
'use strict';
"""
EXACT = 2**53 - 1  # the largest integer up to which a number of JavaScript's is exact
TAIL = """\
// Declares the structs and functions of a library that koffi has loaded: { structs, functions, initial }, where
// initial(name) is what a struct of that name begins with: its size, and what its _INIT says. The rest counts as 0.
// Once a process, since koffi's types have one space of names.
function declare(koffi, library) {
  const structs = {};
  for (const [name, members] of Object.entries(STRUCTS)) {
    structs[name] = koffi.struct(name, typeof members === 'function' ? members(koffi) : members);
  }
  CALLBACKS.forEach((prototype) => koffi.proto(prototype));
  const functions = {};
  for (const [name, prototype] of Object.entries(FUNCTIONS)) functions[name] = library.func(prototype);
  const initial = (name) => (
    LAYOUT[name].fields.struct_size === 0 ? { struct_size: koffi.sizeof(structs[name]), ...INITIAL[name] } : {});
  return { structs, functions, initial };
}

// Throws unless the structs lie in memory as the header's do, where pointers have 64 bits.
function checkLayout(koffi, structs) {
  for (const [name, { size, fields }] of Object.entries(LAYOUT)) {
    const found = koffi.type(structs[name]).members;
    const same = koffi.sizeof(structs[name]) === size && Object.keys(found).join() === Object.keys(fields).join()
      && Object.keys(fields).every((field) => koffi.offsetof(structs[name], field) === fields[field]);
    if (!same) throw new Error(`${name} lies in memory otherwise than in latzero.h`);
  }
}
"""


def generate(found):
    names = [short(one) for one in found.singles] + [group.name for group in found.groups]
    lines = HEAD.splitlines()
    for constant in found.singles:
        lines += ["", *_doc(constant.doc), f"const {short(constant)} = {_number(constant.value)};"]
    for group in found.groups:
        lines += ["", *_doc(group.doc or f"{group.prefix}*."), f"const {group.name} = Object.freeze({{"]
        for member in group.members:
            lines += [*_doc(member.doc, "  "), f"  {group.short(member)}: {member.value},"]
        lines.append("});")
    lines += ["", "const INITIAL = {"]
    for struct in found.structs:
        values = [f"{field.name}: {field.init}" for field in initial(struct)]
        lines += listed(f"  {struct.name}: {{ ", values, " },", "    ") if values else []
    lines += ["};", "", "const STRUCTS = {"]
    for struct in found.structs:
        lines += _struct(found, struct)
    lines += ["};", "", "const LAYOUT = {"]
    for struct in found.structs:
        fields = [f"{field.name}: {field.offset}" for field in struct.fields]
        lines += [f"  {struct.name}: {{", f"    size: {struct.size},"]
        lines += [*listed("    fields: { ", fields, " },", " " * 6), "  },"]
    lines += ["};", "", "// Those that no struct has.", "const CALLBACKS = ["]
    for callback in found.callbacks:
        if not any(callback.name == field.type.base for struct in found.structs for field in struct.fields):
            lines += [*_doc(callback.doc, "  "), f"  '{_prototype(found, callback)}',"]
    lines += ["];", "", "const FUNCTIONS = {"]
    for function in found.functions:
        lines += [*_doc(function.doc, "  "), *_function(found, function)]
    exports = listed("module.exports = { ", [*names, "checkLayout", "declare"], " };", "  ")
    return "\n".join([*lines, "};", "", *TAIL.splitlines(), "", *exports]) + "\n"


def _doc(text, indent=""):
    return wrapped(text, indent + "// ") if text else []


def _number(value):
    return f"{value}n" if value > EXACT else str(value)


def _struct(found, struct):
    """The members; where one is a callback, what gives them once koffi is there."""
    callbacks = [one for one in found.callbacks if any(one.name == field.type.base for field in struct.fields)]
    arrays = any(field.type.count for field in struct.fields)
    yield from _doc(struct.doc, "  ")
    yield f"  {struct.name}: {'(koffi) => (' if callbacks or arrays else ''}{{"
    for field in struct.fields:
        yield from _doc(field.doc, "    ")
        yield f"    {field.name}: {_member(found, field)},"
    yield "  })," if callbacks or arrays else "  },"


def _member(found, field):
    callback = next((one for one in found.callbacks if one.name == field.type.base), None)
    if callback:
        return f"koffi.pointer(koffi.proto(\n      '{_prototype(found, callback)}'))"
    if field.type.count:
        hint = "'String'" if field.type.base == "char" else "'Array'"
        return f"koffi.array('{field.type.base}', {field.type.count}, {hint})"
    if field.type.pointers and found.kind_of(field.type.base) == "struct":
        return f"'{field.type.base} *'"
    return f"'{_type(found, field)}'"


def _prototype(found, one):
    parameters = [f"{_type(found, parameter)} {parameter.name}".replace("* ", "*") for parameter in one.parameters]
    result = "const char *" if one.result.pointers else _plain(found, one.result.base) + " "
    return f"{result}{one.name}({', '.join(parameters)})"


def _function(found, function):
    text = _prototype(found, function)
    before, _, parameters = text.partition("(")
    one = f"  {function.name}: '{text}',"
    if len(one) <= 120:
        return [one]
    lines = listed(f"{before}(", parameters.split(", "), "", "", 108)
    lines = [line + " " for line in lines[:-1]] + lines[-1:]
    return [f"  {function.name}:", *(f"    '{line}'{' +' if line is not lines[-1] else ','}" for line in lines)]


def _type(found, member):
    """What koffi is told. Results go into a Buffer, so that 64-bit numbers stay whole; pointers that C gives come in an
    array of one."""
    type_, kind = member.type, found.kind_of(member.type.base)
    if kind == "callback":
        return type_.base + " *"
    if not type_.pointers:
        return _plain(found, type_.base)
    if type_.pointers == 2:
        return "_Out_ void **"
    if kind == "struct":
        return ("const " if type_.const else "_Inout_ ") + type_.base + " *"
    return "const char *" if type_.base == "char" and not member.length else "void *"


def _plain(found, base):
    return next((one.type for one in found.integers if one.name == base), base)

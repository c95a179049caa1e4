"""The generated part of the .NET assembly, for P/Invoke, in C# 7.0. It has pointers, which cost no conversion."""

from languages.text import MARK, camel, initial, listed, short, wrapped

PATH = "abi/bindings/dotnet/Native.cs"
NAMES = {"char": "byte", "int": "int", "uint8_t": "byte", "int32_t": "int", "uint32_t": "uint", "int64_t": "long", "uint64_t": "ulong",
         "size_t": "UIntPtr", "intptr_t": "IntPtr", "double": "double", "void": "void"}
# Words of the language that are names in the header.
KEYWORDS = {"event"}
HEAD = f"""\
// {MARK}
using System;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Latzero
{{"""

CHECK = """\
        static void Check(Type type, int found, int size, params object[] fields)
        {
            const BindingFlags members = BindingFlags.Public | BindingFlags.Instance;
            var sound = found == size && 2 * type.GetFields(members).Length == fields.Length;
            for (var i = 0; i < fields.Length; i += 2)
                sound &= (int)Marshal.OffsetOf(type, (string)fields[i]) == (int)fields[i + 1];
            if (!sound) throw new InvalidOperationException($"{type} lies in memory otherwise than in latzero.h");
        }
"""


def generate(found):
    lines = HEAD.splitlines()
    for group in found.groups:
        lines += [*_group(group), ""]
    for callback in found.callbacks:
        before = f"    public unsafe delegate {_type(found, callback.result)} {callback.name}("
        lines += [*_doc(callback.doc, " " * 4), "    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]",
                  *listed(before, _parameters(found, callback), ");", " " * 8), ""]
    for struct in found.structs:
        lines += [*_struct(found, struct), ""]
    lines += ["    /// <summary>The functions and limits of latzero.h, under their names.</summary>",
              "    public static unsafe class Native", "    {", '        const string Library = "latzero";']
    for constant in found.singles:
        lines += ["", *_doc(constant.doc), f"        public const {_constant(constant)};"]
    for function in found.functions:
        lines += ["", *_doc(function.doc),
                  "        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]",
                  *listed(f"        public static extern {_type(found, function.result)} {function.name}(",
                          _parameters(found, function), ");", " " * 12)]
    return "\n".join([*lines, "", *_layout(found), "    }", "}"]) + "\n"


def _doc(text, indent=" " * 8):
    if not text:
        return []
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return wrapped(f"<summary>{text}</summary>", indent + "/// ")


def _group(group):
    yield from _doc(group.doc or f"{group.prefix}*.", " " * 4)
    if group.flags:
        yield "    [Flags]"
    yield f"    public enum {group.name} : {NAMES[group.type]}"
    yield "    {"
    for member in group.members:
        yield from _doc(member.doc)
        yield f"        {camel(group.short(member))} = {member.value},"
    yield "    }"


def _constant(constant):
    type_ = "ulong" if constant.type == "size_t" else NAMES[constant.type]
    return f"{type_} {short(constant)} = {constant.value}"


def _struct(found, struct):
    yield from _doc(struct.doc, " " * 4)
    yield "    [StructLayout(LayoutKind.Sequential)]"
    yield f"    public unsafe struct {struct.name}"
    yield "    {"
    for field in struct.fields:
        yield from _doc(field.doc)
        array = f"[{field.type.count}]" if field.type.count else ""
        yield f"        public {'fixed ' if array else ''}{_type(found, field.type)} {field.name}{array};"
    values = [f"{field.name} = {field.init}" for field in initial(struct)]
    if struct.versioned:
        values.insert(0, f"struct_size = (uint)sizeof({struct.name})")
    yield ""
    yield from _doc("As its _INIT; where there is none, its size and zeros.")
    yield from listed(f"        public static {struct.name} Init => new {struct.name} {{ ", values, " };", " " * 12)
    yield "    }"


def _parameters(found, one):
    names = (("@" if parameter.name in KEYWORDS else "") + parameter.name for parameter in one.parameters)
    return [f"{_type(found, parameter.type)} {name}" for parameter, name in zip(one.parameters, names)]


def _type(found, type_):
    kind = found.kind_of(type_.base)
    if kind in ("opaque", "callback"):
        return "IntPtr" + "*" * (type_.pointers - (kind == "opaque"))
    group = next((group.name for group in found.groups if f"latzero_{group.name.lower()}" == type_.base), None)
    return (group or NAMES.get(type_.base, type_.base)) + "*" * type_.pointers


def _layout(found):
    yield from _doc("Throws unless the structs lie in memory as the header's do, where pointers have 64 bits.")
    yield "        public static void CheckLayout()"
    yield "        {"
    for struct in found.structs:
        fields = [f'"{field.name}", {field.offset}' for field in struct.fields]
        before = f"            Check(typeof({struct.name}), sizeof({struct.name}), {struct.size}, "
        yield from listed(before, fields, ");", " " * 16)
    yield "        }"
    yield ""
    yield from CHECK.splitlines()

"""A C file that compiles only if the compiler finds in the header what the parser has found."""

from languages.text import MARK, listed

PATH = "tests/bindings/c/declared.c"
HEAD = f"""\
/* {MARK} */
/* clang-format off */
#include <latzero/latzero.h>
#include <stddef.h>

#define SAME(a, b) _Static_assert((a) == (b), #a)
#define TYPED(expression, type) _Static_assert(_Generic((expression), type: 1, default: 0), #expression)

"""


def generate(found):
    lines = HEAD.splitlines()
    for constant in found.constants:
        lines.append(f"SAME({constant.name}, {constant.value}{'u' if constant.value >= 1 << 63 else ''});")
        lines.append(f"TYPED({constant.name}, {constant.type});")
    for integer in found.integers:
        lines.append(f"TYPED(({integer.name})0, {integer.type});")
    for struct in found.structs:
        lines += ["", *_struct(struct)]
    lines += ["", *_functions(found)]
    return "\n".join(lines) + "\n"


def _struct(struct):
    yield f"SAME(sizeof({struct.name}), {struct.size});"
    yield f"SAME(_Alignof({struct.name}), {struct.alignment});"
    for field in struct.fields:
        member = f"(({struct.name} *)0)->{field.name}"
        yield f"SAME(offsetof({struct.name}, {field.name}), {field.offset});"
        yield f"SAME(sizeof({member}), {field.size});"
        if not field.type.count:
            yield f"TYPED({member}, {field.type.c});"
    if struct.init:
        yield f"extern const {struct.name} {struct.name}_initial;"
        yield f"const {struct.name} {struct.name}_initial = {struct.init};"


def _functions(found):
    for callback in found.callbacks:
        types = ", ".join(parameter.type.c for parameter in callback.parameters)
        yield f"TYPED(({callback.name})0, {callback.result.c} (*)({types}));"
    for function in found.functions:
        types = [parameter.type.c for parameter in function.parameters] or ["void"]
        star = "" if function.result.pointers else " "
        yield from listed(f"TYPED(&{function.name}, {function.result.c}{star}(*)(", types, "));", " " * 6)

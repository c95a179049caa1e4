"""latzero.json: the header for programs. ../latzero.json.md describes it."""

import json

PATH = "abi/bindings/latzero.json"
FORMAT = 1


def generate(found):
    return _written({
        "format": FORMAT,
        "version": found.version,
        "header": "latzero/latzero.h",
        "doc": found.doc,
        "sections": [{"name": section.name, "notes": section.notes} for section in found.sections],
        "integers": [{"name": one.name, "type": one.type, "doc": one.doc} for one in found.integers],
        "constants": [{"name": one.name, "value": one.value, "type": one.type, "doc": one.doc}
                      for one in found.constants],
        "groups": [{"name": group.name, "prefix": group.prefix, "type": group.type, "flags": group.flags,
                    "doc": group.doc, "constants": [one.name for one in group.members]} for group in found.groups],
        "opaques": [{"name": one.name, "doc": one.doc} for one in found.opaques],
        "callbacks": [{"name": one.name, "doc": one.doc, **_signature(one)} for one in found.callbacks],
        "structs": [_struct(struct) for struct in found.structs],
        "functions": [{"name": one.name, "section": one.section, "doc": one.doc, **_signature(one)}
                      for one in found.functions],
    }, 0) + "\n"


def _type(type_):
    return {"c": type_.c, "base": type_.base, "const": type_.const, "pointers": type_.pointers, "count": type_.count}


def _signature(one):
    return {"result": _type(one.result),
            "parameters": [{"name": parameter.name, "type": _type(parameter.type), "length": parameter.length}
                           for parameter in one.parameters]}


def _struct(struct):
    return {"name": struct.name, "doc": struct.doc, "size": struct.size, "alignment": struct.alignment,
            "init": struct.init,
            "fields": [{"name": one.name, "type": _type(one.type), "offset": one.offset, "size": one.size,
                        "length": one.length, "init": one.init, "doc": one.doc} for one in struct.fields]}


def _written(value, depth):
    """JSON in which an object or array stands in one line if it has no other one of several in it."""
    line = json.dumps(value, ensure_ascii=False)
    nested = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    if not any(isinstance(one, list) and one for one in nested) and not (isinstance(value, list) and len(line) > 100):
        return line
    inner, outer = "\n" + " " * (depth + 1), "\n" + " " * depth
    if isinstance(value, dict):
        parts = [f"{json.dumps(name)}: {_written(one, depth + 1)}" for name, one in value.items()]
        return "{" + inner + ("," + inner).join(parts) + outer + "}"
    return "[" + inner + ("," + inner).join(_written(one, depth + 1) for one in value) + outer + "]"

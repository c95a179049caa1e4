"""What a header declares, as header.parse() finds it. Sizes and offsets are those of LP64, where a pointer and a size_t
have 8 bytes."""

from dataclasses import dataclass, field
from typing import Optional, Union

@dataclass(frozen=True)
class Type:
    """`const` speaks of the base: `const void **` is a pointer to a pointer to const void."""
    base: str
    const: bool = False
    pointers: int = 0
    count: int = 0  # elements of an array, 0 for none

    @property
    def c(self):
        """As C spells it, without the array's bounds."""
        text = ("const " if self.const else "") + self.base
        return f"{text} {'*' * self.pointers}" if self.pointers else text


@dataclass
class Constant:
    name: str
    value: int
    type: str  # "int" for an enumerator, else what the macro casts to
    doc: str


@dataclass
class Group:
    """The constants of one enum, which has two or more. `prefix` is what their names have in common."""
    name: str
    prefix: str
    type: str
    flags: bool  # they may be combined: each is one bit
    doc: str
    members: list

    def short(self, constant):
        return constant.name[len(self.prefix):]


@dataclass
class Integer:
    """A typedef of an integer."""
    name: str
    type: str
    doc: str


@dataclass
class Field:
    name: str
    type: Type
    doc: str
    length: Optional[str]  # the field that has the bytes' length
    offset: int = 0
    size: int = 0
    init: Union[int, float, None] = None  # by the struct's _INIT; None for a NULL pointer or without an _INIT


@dataclass
class Struct:
    name: str
    doc: str
    fields: list
    init: Optional[str] = None  # the macro that initialises it
    size: int = 0
    alignment: int = 1

    @property
    def versioned(self):
        """It begins with its own size, so that it can grow."""
        return self.fields[0].name == "struct_size"


@dataclass
class Opaque:
    name: str
    doc: str


@dataclass
class Parameter:
    name: str
    type: Type
    length: Optional[str]  # the parameter that has the bytes' length; without, a `const char *` ends with NUL


@dataclass
class Callback:
    name: str
    doc: str
    result: Type
    parameters: list


@dataclass
class Function:
    name: str
    doc: str
    section: str
    result: Type
    parameters: list


@dataclass
class Section:
    name: str
    notes: list  # comments that belong to no declaration


@dataclass
class Header:
    doc: str
    sections: list = field(default_factory=list)
    constants: list = field(default_factory=list)
    groups: list = field(default_factory=list)
    integers: list = field(default_factory=list)
    structs: list = field(default_factory=list)
    opaques: list = field(default_factory=list)
    callbacks: list = field(default_factory=list)
    functions: list = field(default_factory=list)

    def of(self, kind, name):
        """The declaration of that kind ("structs", say) and name."""
        return next(found for found in getattr(self, kind) if found.name == name)

    def kind_of(self, base):
        """Of a type's base: "integer", "struct", "opaque", "callback", or "plain" for C's own."""
        kinds = {"integer": self.integers, "struct": self.structs, "opaque": self.opaques, "callback": self.callbacks}
        return next((kind for kind, members in kinds.items() if any(base == one.name for one in members)), "plain")

    @property
    def singles(self):
        """The constants outside of groups."""
        grouped = {member.name for group in self.groups for member in group.members}
        return [constant for constant in self.constants if constant.name not in grouped]

    @property
    def version(self):
        parts = (self.of("constants", f"LATZERO_VERSION_{part}") for part in ("MAJOR", "MINOR", "PATCH"))
        return ".".join(str(part.value) for part in parts)



// MessagePack, the bytes of lists, tuples and dicts, and the form in which other languages exchange values.
//
// A tuple inside a container is an extension of type 'T' (0x54) whose payload is one array, so that it is a tuple again
// in every language; any other extension passes as it is. On its own a tuple is stored as the bare array: the record's
// type says the rest.
//
// All bytes are hostile: every function checks what it reads. Nothing recurses, and nothing is allocated for a length
// before as many bytes were seen to be there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "value/fault.hpp"
#include "value/value.hpp"

namespace latzero::value {

// Exactly one well-formed value, and nothing behind it. Map keys may be of any kind and occur twice.
Fault check_msgpack(std::string_view bytes);

// A value from its MessagePack, in whatever widths that is written. Integers must fit an int64; of extensions only a
// tuple is a value.
Fault from_msgpack(std::string_view msgpack, TypedValue &out);

// The MessagePack of a value in `out`, scalars in the smallest encoding of their type (a double keeps its 8 bytes). A
// list, tuple or dict is MessagePack already; so a tuple becomes an array. false for opaque bytes, for what is
// malformed (see check()) and for what exceeds MessagePack's 4 GiB; `out` is then as it was.
bool to_msgpack(std::uint32_t type, std::string_view bytes, Bytes &out);

// Appends a value to `out` as an element of a container: a tuple stays one. false as above, and for what would be
// nested too deep inside one more container.
bool append_element(std::uint32_t type, std::string_view bytes, Bytes &out);

// The same of opaque bytes and their tag, which become an extension. false for what exceeds 4 GiB.
bool append_opaque(std::uint32_t tag, std::string_view bytes, Bytes &out);
// The same of one MessagePack value as it is, of any kind. false for what is malformed or nested too deep.
bool append_packed(std::string_view msgpack, Bytes &out);

// A value that was an element of a container.
struct Element {
    TypedValue value;
    std::uint32_t tag = 0;  // of an opaque one
    std::size_t size = 0;   // of the element that it was
};

// 'MPCK': of opaque bytes that are the MessagePack of what no type of ours holds: integers above INT64_MAX, and other
// extensions than tuples and opaque values.
inline constexpr std::uint32_t kPackedTag = 0x4d50434b;

// The element at the front of `bytes` as a value on its own: append_element() and append_opaque() reversed.
Fault take_element(std::string_view bytes, Element &element);
// Where the last of `count` elements begins, which are all of `bytes`. Precondition: count is not 0.
Fault find_last_element(std::string_view bytes, std::uint32_t count, std::size_t &at);

// The head of an array: its number of elements, and the bytes before the first. Looks at no more than that head, so the
// count is a claim. false if no whole head of an array is there.
bool read_array_header(std::string_view bytes, std::uint32_t &count, std::uint32_t &header_size);

// The smallest head for that many elements: 1, 3 or 5 bytes.
std::uint32_t array_header_size(std::uint32_t count);
void write_array_header(char *out, std::uint32_t count);

// A map with the entries of both, in `merged`: each key once, at its first place, with the value that it had last; also
// if one map names it twice. Keys are the same if they are the same value, in whatever width; but a double is never the
// same as an integer, and containers are compared byte by byte. Values are not merged within. false unless both are
// sound maps; `merged` is then as it was. Cost: n log n of the entries.
bool merge_dicts(std::string_view into, std::string_view updates, Bytes &merged);

}  // namespace latzero::value

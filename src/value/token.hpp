// MessagePack, one token at a time: a scalar whole, or what stands before the elements of a container. Only the files
// of this floor read and write by tokens; whole values are in msgpack.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "value/fault.hpp"

namespace latzero::value {

// The type of the extension that a tuple is, its payload being exactly one array: 'T'.
inline constexpr std::uint8_t kTupleExt = 0x54;
// And of the one that an opaque value is, its payload being the tag, big-endian, and the bytes: 'O'. It passes unread.
inline constexpr std::uint8_t kOpaqueExt = 0x4f;

// Containers come last.
enum class Kind : std::uint8_t { nil, boolean, integer, natural, real, text, binary, extension, array, tuple, map };

struct Token {
    Kind kind = Kind::nil;
    // boolean: 0 or 1; integer: in two's complement; natural: an integer above INT64_MAX; real: the bits of a double;
    // extension: its type; containers: how many elements, or entries of a map.
    std::uint64_t number = 0;
    std::string_view bytes;  // of text, binary and extension; of a tuple its array
    std::size_t size = 0;    // of the whole scalar, or up to the first element

    bool is_container() const { return kind >= Kind::array; }
    // Keys and values counted singly.
    std::uint64_t elements() const { return kind == Kind::map ? number * 2 : number; }
};

// Reads the token at the front of `rest`. What it accepts
// - has 1 <= size <= rest.size();
// - has bytes that lie in `rest`, and text that is UTF-8;
// - has, if a container, at least as many bytes behind its head as elements (a tuple: within its payload). So whoever
//   counts elements down has as many steps before him as bytes, whatever a hostile head claims.
Fault read_token(std::string_view rest, Token &token);

// Reads no more than the head of that: of text, binary and extension the lead byte and the length (as `number`), of a
// container the number of elements, which is a claim only.
Fault read_head(std::string_view rest, Token &token);

// Moves `at` behind the whole value that begins there, checking all of it, if it lies within `depth` containers. Where
// it fails, `at` is of no use.
Fault skip_value(std::string_view bytes, std::size_t &at, std::uint32_t depth);

// Whether all of the bytes are one value, within `depth` containers.
Fault check_whole(std::string_view bytes, std::uint32_t depth);

// The smallest encoding of a scalar's head or a container's: lead byte, number, an extension's type.
class Head {
public:
    static Head nil() { return {0xc0, 0, 0}; }
    static Head boolean(bool value) { return {value ? 0xc3u : 0xc2u, 0, 0}; }
    static Head integer(std::int64_t value);
    static Head natural(std::uint64_t value);
    static Head real(double value);
    // Of so many bytes, elements or entries, which follow.
    static Head text(std::uint32_t size);
    static Head binary(std::uint32_t size);
    static Head extension(std::uint8_t type, std::uint32_t size);
    static Head array(std::uint32_t count);
    static Head map(std::uint32_t count);

    std::uint32_t size() const { return size_; }
    operator std::string_view() const { return {bytes_, size_}; }

private:
    // `width` bytes of the number, big-endian, behind the lead byte.
    Head(unsigned lead, std::uint64_t number, unsigned width);
    // Of a length or count: in the lead byte itself below `inline_limit`, else in 1, 2 or 4 bytes behind `lead`, whose
    // neighbours stand for the next widths. `narrowest` is the first width there is.
    static Head counted(std::uint32_t number, unsigned inline_lead, unsigned inline_limit, unsigned lead,
                        unsigned narrowest);

    char bytes_[9] = {};
    std::uint8_t size_;
};

}  // namespace latzero::value

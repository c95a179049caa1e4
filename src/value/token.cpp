#include "value/token.hpp"

#include <bit>
#include <limits>

#include "base/assert.hpp"
#include "value/utf8.hpp"
#include "value/value.hpp"

namespace latzero::value {
namespace {

constexpr const char *kCutOff = "it ends too early";

// What a lead byte stands for, and the number that comes with it: in the lead byte, or in `width` bytes behind it.
struct Form {
    Kind kind;
    std::uint8_t width;
    std::uint8_t number;
};

// The lead bytes 0xc0 to 0xdf in their order. 0xc1 is none.
constexpr Form kForms[] = {
    {Kind::nil, 0, 0},        {Kind::nil, 0, 0},       {Kind::boolean, 0, 0},   {Kind::boolean, 0, 1},
    {Kind::binary, 1, 0},     {Kind::binary, 2, 0},    {Kind::binary, 4, 0},    {Kind::extension, 1, 0},
    {Kind::extension, 2, 0},  {Kind::extension, 4, 0}, {Kind::real, 4, 0},      {Kind::real, 8, 0},
    {Kind::natural, 1, 0},    {Kind::natural, 2, 0},   {Kind::natural, 4, 0},   {Kind::natural, 8, 0},
    {Kind::integer, 1, 0},    {Kind::integer, 2, 0},   {Kind::integer, 4, 0},   {Kind::integer, 8, 0},
    {Kind::extension, 0, 1},  {Kind::extension, 0, 2}, {Kind::extension, 0, 4}, {Kind::extension, 0, 8},
    {Kind::extension, 0, 16}, {Kind::text, 1, 0},      {Kind::text, 2, 0},      {Kind::text, 4, 0},
    {Kind::array, 2, 0},      {Kind::array, 4, 0},     {Kind::map, 2, 0},       {Kind::map, 4, 0},
};
static_assert(sizeof kForms / sizeof *kForms == 0xe0 - 0xc0);

Form form_of(unsigned char lead) {
    if (lead < 0x80) return {Kind::natural, 0, lead};
    if (lead < 0x90) return {Kind::map, 0, static_cast<std::uint8_t>(lead & 0x0f)};
    if (lead < 0xa0) return {Kind::array, 0, static_cast<std::uint8_t>(lead & 0x0f)};
    if (lead < 0xc0) return {Kind::text, 0, static_cast<std::uint8_t>(lead & 0x1f)};
    if (lead < 0xe0) return kForms[lead - 0xc0];
    return {Kind::integer, 0, lead};
}

std::uint64_t big_endian(const char *from, unsigned width) {
    LATZERO_ASSERT(width <= 8);
    std::uint64_t number = 0;
    for (unsigned i = 0; i < width; i++) number = number << 8 | static_cast<unsigned char>(from[i]);
    return number;
}

// A number of 1, 2, 4 or 8 bytes in two's complement.
std::uint64_t sign_extended(std::uint64_t number, unsigned width) {
    LATZERO_ASSERT(width >= 1 && width <= 8);
    const unsigned above = 64 - 8 * width;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(number << above) >> above);
}

std::uint64_t double_bits(std::uint64_t number, unsigned width) {
    if (width == 8) return number;
    return std::bit_cast<std::uint64_t>(static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(number))));
}

// Takes the bytes of text, binary or extension, as many as token.number says, from behind the head.
bool take_bytes(std::string_view rest, Token &token) {
    LATZERO_ASSERT(token.size <= rest.size());
    if (rest.size() - token.size < token.number) return false;
    token.bytes = rest.substr(token.size, token.number);
    token.size += token.number;
    return true;
}

Fault take_text(std::string_view rest, Token &token) {
    const std::size_t head = token.size;
    if (!take_bytes(rest, token)) return {0, kCutOff};
    const std::size_t sound = sound_utf8(token.bytes);
    return sound == token.bytes.size() ? Fault{} : Fault{head + sound, "a MessagePack string must be UTF-8"};
}

Fault take_extension(std::string_view rest, Token &token) {
    if (rest.size() == token.size) return {0, kCutOff};
    const auto type = static_cast<std::uint8_t>(rest[token.size++]);
    const std::size_t head = token.size;
    if (!take_bytes(rest, token)) return {0, kCutOff};
    token.number = type;
    if (type != kTupleExt) return {};
    Token array;
    if (read_head(token.bytes, array) || array.kind != Kind::array || token.bytes.size() - array.size < array.number)
        return {head, "a tuple's extension holds one array"};
    token.kind = Kind::tuple;
    token.number = array.number;
    token.size = head + array.size;
    return {};
}

// A container that is being read.
struct Level {
    std::uint64_t left;  // elements still to come
    std::size_t limit;   // none of them reaches beyond this
    bool exact;          // and the last one ends there
};

}  // namespace

Fault read_head(std::string_view rest, Token &token) {
    if (rest.empty()) return {0, kCutOff};
    const auto lead = static_cast<unsigned char>(rest[0]);
    if (lead == 0xc1) return {0, "the byte 0xc1 begins no MessagePack value"};
    const Form form = form_of(lead);
    token.kind = form.kind;
    token.size = 1u + form.width;
    if (rest.size() < token.size) return {0, kCutOff};
    token.number = form.width == 0 ? form.number : big_endian(rest.data() + 1, form.width);
    if (form.kind == Kind::integer) token.number = sign_extended(token.number, form.width == 0 ? 1 : form.width);
    if (form.kind == Kind::real) token.number = double_bits(token.number, form.width);
    if (form.kind == Kind::natural && token.number <= std::numeric_limits<std::int64_t>::max())
        token.kind = Kind::integer;
    return {};
}

Fault read_token(std::string_view rest, Token &token) {
    if (const Fault fault = read_head(rest, token)) return fault;
    switch (token.kind) {
    case Kind::text: return take_text(rest, token);
    case Kind::binary: return {0, take_bytes(rest, token) ? nullptr : kCutOff};
    case Kind::extension: return take_extension(rest, token);
    case Kind::array:
    case Kind::map: return {0, rest.size() - token.size < token.elements() ? kCutOff : nullptr};
    default: return {};
    }
}

Fault skip_value(std::string_view bytes, std::size_t &at, std::uint32_t depth) {
    LATZERO_ASSERT(depth <= kDeepest && at <= bytes.size());
    Level levels[kDeepest + 1];
    Level *const bottom = levels + depth;
    Level *level = bottom;
    *level = {1, bytes.size(), false};
    for (;;) {
        for (; level->left == 0; level--) {
            if (level->exact && at != level->limit) return {at, "a tuple's extension holds more than its array"};
            if (level == bottom) return {};
        }
        LATZERO_ASSERT(level >= bottom && level <= levels + kDeepest && at <= level->limit);
        level->left--;
        Token token;
        if (const Fault fault = read_token(bytes.substr(at, level->limit - at), token)) return fault.behind(at);
        if (token.is_container()) {
            if (level == levels + kDeepest) return {at, "it is nested more than 64 deep"};
            const bool tuple = token.kind == Kind::tuple;
            const auto limit = tuple ? static_cast<std::size_t>(token.bytes.end() - bytes.begin()) : level->limit;
            *++level = {token.elements(), limit, tuple};
        }
        at += token.size;
    }
}

Fault check_whole(std::string_view bytes, std::uint32_t depth) {
    std::size_t at = 0;
    if (const Fault fault = skip_value(bytes, at, depth)) return fault;
    return {at, at == bytes.size() ? nullptr : "there is more behind the value"};
}

Head::Head(unsigned lead, std::uint64_t number, unsigned width) : size_(static_cast<std::uint8_t>(1 + width)) {
    LATZERO_ASSERT(lead <= 0xff && width <= 8);
    bytes_[0] = static_cast<char>(lead);
    for (unsigned i = width; i > 0; i--, number >>= 8) bytes_[i] = static_cast<char>(number);
}

Head Head::counted(std::uint32_t number, unsigned inline_lead, unsigned inline_limit, unsigned lead,
                   unsigned narrowest) {
    if (number < inline_limit) return {inline_lead | number, 0, 0};
    for (unsigned width = narrowest; width < 4; width *= 2, lead++)
        if (number >> 8 * width == 0) return {lead, number, width};
    return {lead, number, 4};
}

Head Head::integer(std::int64_t value) {
    const auto number = static_cast<std::uint64_t>(value);
    if (value >= 0) return natural(number);
    if (value >= -32) return {static_cast<unsigned char>(number), 0, 0};
    if (value >= std::numeric_limits<std::int8_t>::min()) return {0xd0, number, 1};
    if (value >= std::numeric_limits<std::int16_t>::min()) return {0xd1, number, 2};
    if (value >= std::numeric_limits<std::int32_t>::min()) return {0xd2, number, 4};
    return {0xd3, number, 8};
}

Head Head::natural(std::uint64_t value) {
    if (value <= std::numeric_limits<std::uint32_t>::max())
        return counted(static_cast<std::uint32_t>(value), 0, 0x80, 0xcc, 1);
    return {0xcf, value, 8};
}

Head Head::real(double value) { return {0xcb, std::bit_cast<std::uint64_t>(value), 8}; }
Head Head::text(std::uint32_t size) { return counted(size, 0xa0, 0x20, 0xd9, 1); }
Head Head::binary(std::uint32_t size) { return counted(size, 0, 0, 0xc4, 1); }
Head Head::array(std::uint32_t count) { return counted(count, 0x90, 0x10, 0xdc, 2); }
Head Head::map(std::uint32_t count) { return counted(count, 0x80, 0x10, 0xde, 2); }

Head Head::extension(std::uint8_t type, std::uint32_t size) {
    const bool fixed = size <= 16 && std::has_single_bit(size);
    Head head =
        fixed ? Head{0xd4u + static_cast<unsigned>(std::countr_zero(size)), 0, 0} : counted(size, 0, 0, 0xc7, 1);
    LATZERO_ASSERT(head.size_ < sizeof head.bytes_);
    head.bytes_[head.size_++] = static_cast<char>(type);
    return head;
}

}  // namespace latzero::value

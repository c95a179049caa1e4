#include "value/base64.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace latzero::value {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNone = 0xff;

// What each character stands for.
constexpr std::array<std::uint8_t, 256> kDigits = [] {
    std::array<std::uint8_t, 256> digits{};
    digits.fill(kNone);
    for (std::uint8_t i = 0; i < 64; i++) digits[static_cast<unsigned char>(kAlphabet[i])] = i;
    return digits;
}();

// Four characters without padding, or kNone << 24 and more if one of them is no digit.
std::uint32_t group_of(const char *text) {
    std::uint32_t group = 0;
    std::uint8_t seen = 0;
    for (int i = 0; i < 4; i++) {
        const std::uint8_t digit = kDigits[static_cast<unsigned char>(text[i])];
        seen |= digit;
        group = group << 6 | (digit & 63u);
    }
    return seen == kNone ? std::uint32_t{kNone} << 24 : group;
}

}  // namespace

void append_base64(std::string_view bytes, Bytes &out) {
    std::size_t at = out.size();
    out.resize(at + (bytes.size() + 2) / 3 * 4, '=');
    for (; !bytes.empty(); at += 4) {
        const std::size_t size = bytes.size() < 3 ? bytes.size() : 3;
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; i++) group = group << 8 | (i < size ? static_cast<unsigned char>(bytes[i]) : 0u);
        for (std::size_t i = 0; i <= size; i++) out[at + i] = kAlphabet[group >> (18 - 6 * i) & 63];
        bytes.remove_prefix(size);
    }
}

bool append_from_base64(std::string_view text, Bytes &out) {
    if (text.size() % 4 != 0) return false;
    out.reserve(out.size() + text.size() / 4 * 3);
    for (std::size_t at = 0; at < text.size(); at += 4) {
        char four[4];
        text.copy(four, sizeof four, at);
        std::size_t size = 3;
        if (at + 4 == text.size())
            for (; size > 1 && four[size] == '='; size--) four[size] = kAlphabet[0];
        const std::uint32_t group = group_of(four);
        const bool spare_bits = (group & ((1u << 8 * (3 - size)) - 1)) != 0;
        if (group >> 24 != 0 || spare_bits) return false;
        const char three[] = {static_cast<char>(group >> 16), static_cast<char>(group >> 8), static_cast<char>(group)};
        out.append(three, size);
    }
    return true;
}

}  // namespace latzero::value

#include "value/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace latzero::value {
namespace {

struct Lead {
    unsigned length;  // of the whole sequence
    unsigned char low,
        high;  // bounds of the second byte: they shut out overlong forms, surrogates and what is too high
};

// length 0: no sequence begins with this byte.
Lead lead_of(unsigned char byte) {
    if (byte >= 0xc2 && byte <= 0xdf) return {2, 0x80, 0xbf};
    if (byte == 0xe0) return {3, 0xa0, 0xbf};
    if (byte == 0xed) return {3, 0x80, 0x9f};
    if (byte >= 0xe1 && byte <= 0xef) return {3, 0x80, 0xbf};
    if (byte == 0xf0) return {4, 0x90, 0xbf};
    if (byte >= 0xf1 && byte <= 0xf3) return {4, 0x80, 0xbf};
    if (byte == 0xf4) return {4, 0x80, 0x8f};
    return {0, 0, 0};
}

// The length of the sound sequence at the front of what is left, 0 if there is none.
unsigned sequence(const unsigned char *at, std::size_t left) {
    const Lead lead = lead_of(*at);
    if (lead.length == 0 || left < lead.length || at[1] < lead.low || at[1] > lead.high) return 0;
    for (unsigned i = 2; i < lead.length; i++)
        if ((at[i] & 0xc0) != 0x80) return 0;
    return lead.length;
}

}  // namespace

std::size_t sound_utf8(std::string_view text) {
    const auto *const begin = reinterpret_cast<const unsigned char *>(text.data());
    const auto *const end = begin + text.size();
    const auto *at = begin;
    while (at < end) {
        // Eight ASCII bytes at a time: most text.
        std::uint64_t eight = 0;
        while (end - at >= 8 && (std::memcpy(&eight, at, 8), (eight & 0x8080808080808080) == 0)) at += 8;
        if (at == end) break;
        const unsigned length = *at < 0x80 ? 1 : sequence(at, static_cast<std::size_t>(end - at));
        if (length == 0) break;
        at += length;
    }
    return static_cast<std::size_t>(at - begin);
}

}  // namespace latzero::value

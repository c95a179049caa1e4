// UTF-8, strictly: shortest forms only, no surrogates, nothing above U+10FFFF (Unicode, table 3-7).
#pragma once

#include <cstddef>

#include "base/assert.hpp"

namespace latzero {

struct Utf8Lead {
    unsigned length;  // of the whole sequence; 0: none begins with this byte
    // Bounds of the second byte: they shut out overlong forms, surrogates and what is too high.
    unsigned char low, high;
};

inline Utf8Lead utf8_lead(unsigned char byte) {
    if (byte < 0x80) return {1, 0, 0};
    if (byte >= 0xc2 && byte <= 0xdf) return {2, 0x80, 0xbf};
    if (byte == 0xe0) return {3, 0xa0, 0xbf};
    if (byte == 0xed) return {3, 0x80, 0x9f};
    if (byte >= 0xe1 && byte <= 0xef) return {3, 0x80, 0xbf};
    if (byte == 0xf0) return {4, 0x90, 0xbf};
    if (byte >= 0xf1 && byte <= 0xf3) return {4, 0x80, 0xbf};
    if (byte == 0xf4) return {4, 0x80, 0x8f};
    return {0, 0, 0};
}

// How many of the `left` bytes at the front belong to the sequence that begins there: all of its length if it is whole.
inline unsigned utf8_begun(const unsigned char *at, std::size_t left, Utf8Lead lead) {
    LATZERO_ASSERT(left > 0);
    unsigned sound = 1;
    if (lead.length < 2 || left < 2 || at[1] < lead.low || at[1] > lead.high) return sound;
    for (sound = 2; sound < lead.length && sound < left && (at[sound] & 0xc0) == 0x80;) sound++;
    return sound;
}

// The length of the whole sequence at the front of at least one byte, 0 if there is none.
inline unsigned utf8_sequence(const unsigned char *at, std::size_t left) {
    const Utf8Lead lead = utf8_lead(*at);
    if (lead.length == 0 || left < lead.length) return 0;
    return utf8_begun(at, left, lead) == lead.length ? lead.length : 0;
}

}  // namespace latzero

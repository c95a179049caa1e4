#include "value/utf8.hpp"

#include <cstdint>
#include <cstring>

#include "base/utf8.hpp"

namespace latzero::value {

std::size_t sound_utf8(std::string_view text) {
    const auto *const begin = reinterpret_cast<const unsigned char *>(text.data());
    const auto *const end = begin + text.size();
    const auto *at = begin;
    while (at < end) {
        // Eight ASCII bytes at a time: most text.
        std::uint64_t eight = 0;
        while (end - at >= 8 && (std::memcpy(&eight, at, 8), (eight & 0x8080808080808080) == 0)) at += 8;
        if (at == end) break;
        const unsigned length = *at < 0x80 ? 1 : utf8_sequence(at, static_cast<std::size_t>(end - at));
        if (length == 0) break;
        at += length;
    }
    return static_cast<std::size_t>(at - begin);
}

}  // namespace latzero::value

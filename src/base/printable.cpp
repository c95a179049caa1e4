#include "base/printable.hpp"

#include <cstring>

#include "base/assert.hpp"
#include "base/utf8.hpp"

namespace latzero {
namespace {

constexpr std::size_t kDots = 3;

// Whether a whole character would act on a terminal rather than show: C0, DEL, C1, what breaks lines or turns the
// direction of writing.
bool is_control(const unsigned char *at, unsigned length) {
    if (length == 1) return at[0] < 0x20 || at[0] == 0x7f;
    if (length == 2) return at[0] == 0xc2 && at[1] < 0xa0;
    if (length != 3 || at[0] != 0xe2) return false;
    return at[1] == 0x80 ? at[2] >= 0xa8 && at[2] <= 0xae : at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9;
}

char *write_escape(char *out, unsigned char byte) {
    constexpr char kDigits[] = "0123456789abcdef";
    *out++ = '\\';
    *out++ = 'x';
    *out++ = kDigits[byte >> 4];
    *out++ = kDigits[byte & 15];
    return out;
}

}  // namespace

std::size_t print(char *out, std::size_t room, std::string_view bytes, bool cut) {
    LATZERO_ASSERT(room > kDots);
    const auto *at = reinterpret_cast<const unsigned char *>(bytes.data());
    const auto *const end = at + bytes.size();
    char *const begin = out;
    const char *const most = begin + room - kDots - 1;
    while (at < end) {
        const auto left = static_cast<std::size_t>(end - at);
        const unsigned length = utf8_sequence(at, left);
        if (length == 0 && cut && utf8_begun(at, left, utf8_lead(*at)) == left && utf8_lead(*at).length > left) break;
        const unsigned taken = length == 0 ? 1 : length;
        const bool as_it_is = length != 0 && !is_control(at, length);
        if (most - out < static_cast<std::ptrdiff_t>(as_it_is ? taken : 4 * taken)) {
            cut = true;
            break;
        }
        for (const auto *const behind = at + taken; at < behind; at++) {
            if (as_it_is)
                *out++ = static_cast<char>(*at);
            else
                out = write_escape(out, *at);
        }
    }
    if (cut) {
        std::memcpy(out, "...", kDots);
        out += kDots;
    }
    LATZERO_ASSERT(out >= begin && out < begin + room);
    *out = 0;
    return static_cast<std::size_t>(out - begin);
}

}  // namespace latzero

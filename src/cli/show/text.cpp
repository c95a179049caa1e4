#include "show/text.hpp"

#include <cstdio>

namespace latzero::cli {

namespace {

// Length of the well-formed UTF-8 character at the front, 0 if there is none (Unicode, table 3-7).
std::size_t utf8_character(std::string_view bytes) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) {
        return 1;
    }
    const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                               : (lead & 0xF0) == 0xE0        ? 3
                               : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                              : 0;
    if (length == 0 || bytes.size() < length) {
        return 0;
    }
    // The second byte's range keeps out overlong forms, surrogates and what lies over U+10FFFF.
    const unsigned char least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned char most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (byte(1) < least || byte(1) > most) {
        return 0;
    }
    for (std::size_t at = 2; at < length; ++at) {
        if ((byte(at) & 0xC0) != 0x80) {
            return 0;
        }
    }
    return length;
}

// A character that would move the cursor, or worse: C0, DEL, C1.
bool is_control(std::string_view character) {
    const auto first = static_cast<unsigned char>(character[0]);
    return character.size() == 1 ? first < 0x20 || first == 0x7F
                                 : first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

std::string escaped(std::string_view character) {
    if (character == "\n") {
        return "\\n";
    }
    if (character == "\t") {
        return "\\t";
    }
    std::string text;
    for (const char byte : character) {
        char escape[8];
        std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(byte)));
        text += escape;
    }
    return text;
}

}  // namespace

bool is_utf8(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t length = utf8_character(bytes);
        if (length == 0) {
            return false;
        }
        bytes.remove_prefix(length);
    }
    return true;
}

std::string printable(std::string_view bytes, std::size_t limit) {
    std::string text;
    while (!bytes.empty()) {
        const std::size_t length = utf8_character(bytes);
        const std::string_view character = bytes.substr(0, length == 0 ? 1 : length);
        const std::string shown = length == 0 || is_control(character) ? escaped(character) : std::string(character);
        if (text.size() + shown.size() > limit) {
            return text + "...";
        }
        text += shown;
        bytes.remove_prefix(character.size());
    }
    return text;
}

std::string human_bytes(std::uint64_t bytes) {
    static constexpr const char *kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double amount = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (amount >= 1024 && unit + 1 < sizeof kUnits / sizeof kUnits[0]) {
        amount /= 1024;
        ++unit;
    }
    char text[32];
    std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", amount, kUnits[unit]);
    return text;
}

std::string grouped(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3;) {
        at -= 3;
        text.insert(at, 1, ',');
    }
    return text;
}

}  // namespace latzero::cli

// Random values as MessagePack: every kind, nested, its heads as small as they can be, each key once.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "random_json.hpp"
#include "value/token.hpp"

namespace latzero::test {

class RandomPacked {
public:
    explicit RandomPacked(std::uint64_t seed) : random_(seed) {}

    std::uint64_t below(std::uint64_t limit) { return random_.below(limit); }

    std::string value(unsigned depth = 5) {
        if (depth == 0 || below(3) == 0) return scalar();
        switch (below(4)) {
        case 0: return tuple(depth - 1);
        case 1: return array(depth - 1);
        default: return map(depth - 1);
        }
    }

    std::string array(unsigned depth) {
        const auto count = static_cast<std::uint32_t>(below(8) == 0 ? below(40) : below(4));
        std::string packed(std::string_view(value::Head::array(count)));
        for (std::uint32_t i = 0; i < count; i++) packed += value(depth);
        return packed;
    }

    std::string tuple(unsigned depth) {
        const std::string packed = array(depth);
        return extension(value::kTupleExt, packed);
    }

    std::string map(unsigned depth) {
        std::set<std::string> keys;
        std::string packed;
        for (std::uint64_t left = below(8) == 0 ? below(40) : below(4); left > 0; left--) {
            const std::string next = key(depth);
            if (keys.insert(next).second) packed += next + value(depth);
        }
        return std::string(std::string_view(value::Head::map(static_cast<std::uint32_t>(keys.size())))) + packed;
    }

private:
    static std::string extension(std::uint8_t type, const std::string &bytes) {
        return std::string(std::string_view(value::Head::extension(type, static_cast<std::uint32_t>(bytes.size())))) +
               bytes;
    }
    static std::string text(const std::string &said) {
        return std::string(std::string_view(value::Head::text(static_cast<std::uint32_t>(said.size())))) + said;
    }

    std::string key(unsigned depth) {
        static constexpr const char *kNames[] = {"$bytes", "$double", "$tuple", "$ext", "$dict", "$", "$ref"};
        switch (below(6)) {
        case 0: return value(depth);
        case 1: return text(kNames[below(std::size(kNames))]);
        default: return text(random_.text());
        }
    }

    std::string bytes() {
        std::string made(below(20), '\0');
        for (char &byte : made) byte = static_cast<char>(below(256));
        return made;
    }

    // With the bits of any, and of those that are no numbers.
    std::string real() {
        static constexpr std::uint64_t kBits[] = {
            0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000, 0xfff8000000000000,
            0x7ff8000000000001, 0x7ff0000000000001, 0x8000000000000000, 0x0000000000000001,
        };
        const std::uint64_t bits =
            below(2) ? kBits[below(std::size(kBits))] : below(256) << 56 | below(std::uint64_t{1} << 56);
        return std::string(std::string_view(value::Head::real(std::bit_cast<double>(bits))));
    }

    std::string scalar() {
        switch (below(8)) {
        case 0: return "\xc0";
        case 1: return below(2) ? "\xc3" : "\xc2";
        case 2: return std::string(std::string_view(value::Head::natural(random_.number())));
        case 3: {
            const auto number = -static_cast<std::int64_t>(random_.number() >> 1);
            return std::string(std::string_view(value::Head::integer(number)));
        }
        case 4: return real();
        case 5: return text(random_.text());
        case 6: {
            const std::string made = bytes();
            return std::string(std::string_view(value::Head::binary(static_cast<std::uint32_t>(made.size())))) + made;
        }
        default: {
            const auto type = static_cast<std::uint8_t>(below(256));
            return extension(type == value::kTupleExt ? value::kOpaqueExt : type, bytes());
        }
        }
    }

    RandomJson random_;
};

}  // namespace latzero::test

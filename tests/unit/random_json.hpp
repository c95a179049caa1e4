// Random values, from nlohmann::json, which knows nothing of the library and so can judge it.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

class RandomJson {
public:
    explicit RandomJson(std::uint64_t seed) : random_(seed) {}

    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

    // As many bits as come: small numbers and large ones alike.
    std::uint64_t number() { return random_() >> below(64); }

    // None that a float could hold, in which nlohmann::json would write it.
    double real() {
        const double bits = std::bit_cast<double>(random_());
        return std::isfinite(bits) && below(2) ? bits : static_cast<double>(below(1000)) + 0.1;
    }

    // UTF-8 with sequences of every length, and everything that JSON escapes.
    std::string text() {
        static constexpr const char *kPieces[] = {"a",
                                                  "Z",
                                                  "\"",
                                                  "\\",
                                                  "/",
                                                  "\x01",
                                                  "\x1f",
                                                  "\n",
                                                  "\x7f",
                                                  "\xc3\xa4",
                                                  "\xe2\x82\xac",
                                                  "\xf0\x9f\x98\x80",
                                                  "long enough to be no inline head"};
        std::string text;
        for (std::uint64_t left = below(12); left > 0; left--) text += kPieces[below(std::size(kPieces))];
        return text;
    }

    nlohmann::json scalar() {
        switch (below(6)) {
        case 0: return nullptr;
        case 1: return below(2) == 0;
        case 2: return number();
        case 3: return -static_cast<std::int64_t>(number() >> 1);
        case 4: return real();
        default: return text();
        }
    }

    nlohmann::json value(unsigned depth = 5) {
        if (depth == 0 || below(3) == 0) return scalar();
        nlohmann::json made = below(2) ? nlohmann::json::array() : nlohmann::json::object();
        // Now and then more than 15, where heads grow.
        for (std::uint64_t left = below(8) == 0 ? below(40) : below(5); left > 0; left--) {
            if (made.is_array())
                made.push_back(value(depth - 1));
            else
                made[text()] = value(depth - 1);
        }
        return made;
    }

private:
    std::mt19937_64 random_;
};

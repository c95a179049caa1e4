// What a text of JSON says, by another reading: nlohmann::json takes it apart, libsodium reads base64.
#pragma once

#include <sodium.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace latzero::test {

using nlohmann::ordered_json;

class JsonOracle {
public:
    // Appends the MessagePack of that, its forms among it, with heads as small as they can be. false if an object of
    // one member has the name of a form, and is not of it.
    static bool pack(const ordered_json &json, std::string &out) {
        if (json.is_array()) return pack_array(json, out);
        if (json.is_object()) return pack_object(json, out);
        if (json.is_number_float())
            pack_real(std::bit_cast<std::uint64_t>(json.get<double>()), out);
        else
            ordered_json::to_msgpack(json, out);
        return true;
    }

private:
    using Pairs = std::vector<std::pair<std::string, std::string>>;

    static void pack_head(std::size_t count, unsigned small, unsigned wide, std::string &out) {
        if (count < 16) {
            out += static_cast<char>(small | count);
            return;
        }
        const int width = count < 0x10000 ? 2 : 4;
        out += static_cast<char>(wide + (width == 4));
        for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) out += static_cast<char>(count >> shift);
    }
    static void pack_real(std::uint64_t bits, std::string &out) {
        out += '\xcb';
        for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(bits >> shift);
    }
    static bool pack_array(const ordered_json &json, std::string &out) {
        pack_head(json.size(), 0x90, 0xdc, out);
        for (const ordered_json &element : json)
            if (!pack(element, out)) return false;
        return true;
    }
    static void pack_map(const Pairs &pairs, std::string &out) {
        pack_head(pairs.size(), 0x80, 0xde, out);
        for (const auto &[key, value] : pairs) out += key + value;
    }
    // A key that is there already gets that value.
    static void join(Pairs &pairs, const std::string &key, const std::string &value) {
        for (auto &pair : pairs)
            if (pair.first == key) return static_cast<void>(pair.second = value);
        pairs.emplace_back(key, value);
    }
    static bool pack_object(const ordered_json &json, std::string &out) {
        if (json.size() == 1) {
            const std::string &name = json.begin().key();
            const ordered_json &content = json.front();
            if (name == "$bytes") return pack_bytes(content, nullptr, out);
            if (name == "$double") return content.is_string() && pack_no_number(content.get<std::string>(), out);
            if (name == "$tuple") return pack_tuple(content, out);
            if (name == "$ext") return content.is_array() && content.size() == 2 && pack_extension(content, out);
            if (name == "$dict") return content.is_array() && pack_dict(content, out);
        }
        Pairs pairs;
        for (const auto &[name, value] : json.items()) {
            std::string key, packed;
            ordered_json::to_msgpack(name, key);
            if (!pack(value, packed)) return false;
            pairs.emplace_back(key, packed);
        }
        pack_map(pairs, out);
        return true;
    }
    static bool pack_bytes(const ordered_json &text, const std::uint8_t *type, std::string &out) {
        if (!text.is_string()) return false;
        const auto &base64 = text.get_ref<const std::string &>();
        std::vector<std::uint8_t> bytes(base64.size() + 1);
        std::size_t size = 0;
        if (sodium_base642bin(bytes.data(), bytes.size(), base64.data(), base64.size(), nullptr, &size, nullptr,
                              sodium_base64_VARIANT_ORIGINAL) != 0)
            return false;
        bytes.resize(size);
        ordered_json::to_msgpack(type ? ordered_json::binary(bytes, *type) : ordered_json::binary(bytes), out);
        return true;
    }
    static bool pack_no_number(const std::string &text, std::string &out) {
        constexpr std::uint64_t kNan = 0x7ff8000000000000;
        const double infinity = std::numeric_limits<double>::infinity();
        std::uint64_t bits = kNan;
        if (text == "Infinity" || text == "-Infinity") {
            bits = std::bit_cast<std::uint64_t>(text[0] == '-' ? -infinity : infinity);
        } else if (text != "NaN") {
            if (text.size() != 23 || !text.starts_with("NaN(0x") || text[22] != ')') return false;
            if (text.find_first_not_of("0123456789abcdef", 6) != 22) return false;
            std::from_chars(text.data() + 6, text.data() + 22, bits, 16);
            if (!std::isnan(std::bit_cast<double>(bits)) || bits == kNan) return false;
        }
        pack_real(bits, out);
        return true;
    }
    static bool pack_tuple(const ordered_json &content, std::string &out) {
        std::string array;
        if (!content.is_array() || !pack_array(content, array)) return false;
        const std::vector<std::uint8_t> bytes(array.begin(), array.end());
        ordered_json::to_msgpack(ordered_json::binary(bytes, 'T'), out);
        return true;
    }
    static bool pack_extension(const ordered_json &content, std::string &out) {
        if (!content[0].is_number_integer()) return false;
        const auto type = content[0].get<std::int64_t>();
        if (type < -128 || type > 127 || type == 'T') return false;
        const auto byte = static_cast<std::uint8_t>(type);
        return pack_bytes(content[1], &byte, out);
    }
    static bool pack_dict(const ordered_json &content, std::string &out) {
        Pairs pairs;
        for (const ordered_json &pair : content) {
            std::string key, value;
            if (!pair.is_array() || pair.size() != 2 || !pack(pair[0], key) || !pack(pair[1], value)) return false;
            join(pairs, key, value);
        }
        pack_map(pairs, out);
        return true;
    }
};

}  // namespace latzero::test

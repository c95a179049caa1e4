// Values out of the pool: from a call that fills a buffer to a T.
#pragma once

#include <latzero/cpp/codec.hpp>

#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace latzero::detail {

inline ValueView view_of(const void *memory, const latzero_value_info &info) noexcept {
    return {static_cast<Type>(info.type),
            {static_cast<const std::byte *>(memory), static_cast<std::size_t>(info.size)},
            info.tag};
}

// A key as the library's own sentences show it.
inline std::string shown(std::string_view key) {
    constexpr std::size_t most = 64;
    std::string text;
    for (const char c : key.substr(0, most)) {
        const auto byte = static_cast<unsigned char>(c);
        std::array<char, 8> shape{c};
        if (byte < 0x20 || byte == 0x7f) std::snprintf(shape.data(), shape.size(), "\\x%02x", byte);
        text += shape.data();
    }
    return key.size() > most ? text + "..." : text;
}

// Throws again what a Codec threw, now with the pool and the key.
[[noreturn]] inline void throw_about(latzero_client *client, std::string_view key, const Error &cause) {
    latzero_pool_stats stats = LATZERO_POOL_STATS_INIT;
    std::string where = "key '" + shown(key) + "'";
    if (latzero_stats(client, &stats) == LATZERO_OK) where += " in pool '" + std::string(stats.name) + "'";
    throw Error(cause.status(), where + ": " + cause.what());
}

// Runs work(), which calls a Codec for that key.
template <typename Work>
decltype(auto) for_key(latzero_client *client, std::string_view key, Work work) {
    try {
        return work();
    } catch (const Error &cause) {
        throw_about(client, key, cause);
    }
}

template <typename T>
T decode(latzero_client *client, std::string_view key, ValueView view) {
    return for_key(client, key, [&] { return Codec<T>::decode(view); });
}

// Most values fit here, and need neither a second call nor memory.
inline constexpr std::size_t first_room = 512;

// Runs call(buffer, capacity, &info), which answers as latzero_get() does, until the value fits. Text and bytes are
// read into the T itself if they are not small.
template <typename T, typename Call>
std::optional<T> fetch(latzero_client *client, std::string_view key, latzero_value_info &info, Call call) {
    std::array<std::byte, first_room> small;
    latzero_status status = call(small.data(), small.size(), &info);
    if constexpr (Buffer<T>) {
        if (status == LATZERO_TOO_SMALL) {
            T buffer;
            while (status == LATZERO_TOO_SMALL) {
                for_key(client, key, [&] { expect(static_cast<Type>(info.type), type_of_buffer<T>); });
                buffer.resize(static_cast<std::size_t>(info.size));
                status = call(buffer.data(), buffer.size(), &info);
            }
            if (!check_unless(LATZERO_NOT_FOUND, status)) return std::nullopt;
            for_key(client, key, [&] { expect(static_cast<Type>(info.type), type_of_buffer<T>); });
            buffer.resize(static_cast<std::size_t>(info.size));
            return buffer;
        }
    }
    std::unique_ptr<std::byte[]> large;
    while (status == LATZERO_TOO_SMALL) {
        const auto size = static_cast<std::size_t>(info.size);
        large = std::make_unique_for_overwrite<std::byte[]>(size);
        status = call(large.get(), size, &info);
    }
    if (!check_unless(LATZERO_NOT_FOUND, status)) return std::nullopt;
    return decode<T>(client, key, view_of(large ? large.get() : small.data(), info));
}

}  // namespace latzero::detail

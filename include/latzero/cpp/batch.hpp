// Many keys in one call.
#pragma once

#include <latzero/cpp/fetch.hpp>
#include <latzero/cpp/options.hpp>
#include <latzero/cpp/pool.hpp>

#include <concepts>
#include <cstring>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace latzero {

// Keys of a batch: what converts to std::string_view, and stays where it is meanwhile.
template <typename R>
concept KeyRange = std::ranges::forward_range<R> &&
    std::convertible_to<std::ranges::range_reference_t<R>, std::string_view> &&
    (std::is_lvalue_reference_v<std::ranges::range_reference_t<R>> ||
     std::same_as<std::ranges::range_value_t<R>, std::string_view>);

// Pairs of a key and a value to store: those of a map, a vector of pairs, any structs of two members.
template <typename R>
concept PairRange =
    std::ranges::forward_range<R> && std::is_lvalue_reference_v<std::ranges::range_reference_t<R>> && !KeyRange<R>;

namespace detail {

inline latzero_entry entry_for(std::string_view key) noexcept {
    latzero_entry entry = {};
    entry.key = key.data();
    entry.key_len = key.size();
    return entry;
}

template <KeyRange R>
std::vector<latzero_entry> entries_for(R &&keys) {
    std::vector<latzero_entry> entries;
    if constexpr (std::ranges::sized_range<R>) entries.reserve(std::ranges::size(keys));
    for (auto &&key : keys) entries.push_back(entry_for(key));
    return entries;
}

template <PairRange R>
void store_all(latzero_client *client, R &&pairs, const SetOptions &options) {
    const std::int64_t ttl = ttl_ms(options.ttl);
    auto encode = [](const auto &value) { return Codec<std::remove_cvref_t<decltype(value)>>::encode(value); };
    auto value_of = [](auto &pair) -> const auto & {
        auto &[key, value] = pair;
        return value;
    };
    std::vector<decltype(encode(value_of(*std::ranges::begin(pairs))))> encodings;
    std::vector<latzero_entry> entries;
    for (auto &pair : pairs) {
        const auto &[key, value] = pair;
        const std::string_view name = key;
        encodings.push_back(for_key(client, name, [&v = value, &encode] { return encode(v); }));
        entries.push_back(entry_for(name));
    }
    for (std::size_t at = 0; at < entries.size(); at++) {
        const ValueView view = encodings[at];
        entries[at].value = const_cast<std::byte *>(view.bytes.data());
        entries[at].size = view.size();
        entries[at].type = static_cast<std::uint32_t>(view.type);
        entries[at].tag = view.tag;
        entries[at].ttl_ms = ttl;
    }
    check(latzero_mset(client, sizeof(latzero_entry), entries.data(), entries.size()));
}

// Each key behind its length, as latzero_mget_copy() takes them. One that is too long stays so, and is refused there.
template <KeyRange R>
std::string packed_keys(R &&keys) {
    std::string packed;
    for (auto &&key : keys) {
        const std::string_view name = std::string_view(key).substr(0, LATZERO_KEY_MAX + 1);
        const auto size = static_cast<std::uint32_t>(name.size());
        packed.append(reinterpret_cast<const char *>(&size), sizeof size).append(name);
    }
    return packed;
}

// The value of the item that begins there; nullopt if its key is absent.
template <typename T>
std::optional<T> read_item(latzero_client *client, const std::byte *at, const latzero_item &item) {
    if (item.status == LATZERO_NOT_FOUND) return std::nullopt;
    const std::byte *const key = at + item.struct_size;
    const std::string_view name(reinterpret_cast<const char *>(key), item.key_len);
    if (item.status != LATZERO_OK)
        throw_about(client, name, Error(static_cast<Status>(item.status), "its sealed record does not verify"));
    const std::byte *const value = key + (item.key_len / 8 + 1) * 8;
    return decode<T>(client, name,
                     {static_cast<Type>(item.type), {value, static_cast<std::size_t>(item.size)}, item.tag});
}

template <typename T, KeyRange R>
std::vector<std::optional<T>> read_all(latzero_client *client, R &&keys) {
    const std::string packed = packed_keys(keys);
    void *items = nullptr;
    std::size_t size = 0;
    check(latzero_mget_copy(client, packed.data(), packed.size(), &items, &size, nullptr));
    const Given<void> memory(items);
    std::vector<std::optional<T>> values;
    if constexpr (std::ranges::sized_range<R>) values.reserve(std::ranges::size(keys));
    latzero_item item = LATZERO_ITEM_INIT;
    for (std::size_t at = 0; at < size; at += static_cast<std::size_t>(item.item_size)) {
        const std::byte *const head = static_cast<const std::byte *>(items) + at;
        std::memcpy(&item, head, sizeof item);
        values.push_back(read_item<T>(client, head, item));
    }
    return values;
}

template <KeyRange R>
std::size_t erase_all(latzero_client *client, R &&keys) {
    std::vector<latzero_entry> entries = entries_for(keys);
    std::size_t erased = 0;
    check(latzero_delete_many(client, sizeof(latzero_entry), entries.data(), entries.size(), &erased));
    return erased;
}

}  // namespace detail
}  // namespace latzero

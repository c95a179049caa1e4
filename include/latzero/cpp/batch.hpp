// Many keys in one call.
#pragma once

#include <latzero/cpp/fetch.hpp>
#include <latzero/cpp/options.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <ranges>
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

// Reads the entries that `wanted` names; those that had too little room are left in it.
inline void read_some(latzero_client *client, std::vector<latzero_entry> &entries, std::vector<std::size_t> &wanted,
                      std::vector<std::unique_ptr<std::byte[]>> &memory) {
    std::size_t total = 0;
    for (const std::size_t at : wanted) total += entries[at].capacity;
    memory.push_back(std::make_unique_for_overwrite<std::byte[]>(total));
    std::byte *room = memory.back().get();
    std::vector<latzero_entry> some;
    some.reserve(wanted.size());
    for (const std::size_t at : wanted) {
        entries[at].value = std::exchange(room, room + entries[at].capacity);
        some.push_back(entries[at]);
    }
    const latzero_status status = latzero_mget(client, sizeof(latzero_entry), some.data(), some.size(), nullptr);
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < some.size(); i++) {
        entries[wanted[i]] = some[i];
        if (some[i].status == LATZERO_OK || some[i].status == LATZERO_NOT_FOUND) continue;
        if (some[i].status == LATZERO_TOO_SMALL) entries[wanted[i]].capacity = static_cast<std::size_t>(some[i].size);
        left.push_back(wanted[i]);
    }
    // Another failure behind a TOO_SMALL comes again when that is gone, and then with its sentence.
    if (status != LATZERO_TOO_SMALL) check(status);
    wanted = std::move(left);
}

template <typename T, KeyRange R>
std::vector<std::optional<T>> read_all(latzero_client *client, R &&keys) {
    constexpr std::size_t room = sizeof(T) <= 8 ? 8 : 64;
    std::vector<latzero_entry> entries = entries_for(keys);
    std::vector<std::size_t> wanted(entries.size());
    for (std::size_t at = 0; at < entries.size(); at++) {
        wanted[at] = at;
        entries[at].capacity = room;
    }
    std::vector<std::unique_ptr<std::byte[]>> memory;
    while (!wanted.empty()) read_some(client, entries, wanted, memory);
    std::vector<std::optional<T>> values;
    values.reserve(entries.size());
    for (const latzero_entry &entry : entries) {
        if (entry.status == LATZERO_NOT_FOUND) {
            values.emplace_back();
            continue;
        }
        const ValueView view{static_cast<Type>(entry.type),
                             {static_cast<const std::byte *>(entry.value), static_cast<std::size_t>(entry.size)},
                             entry.tag};
        values.emplace_back(decode<T>(client, {entry.key, entry.key_len}, view));
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

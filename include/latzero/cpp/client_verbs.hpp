// The longer verbs of Client.
#pragma once

#include <latzero/cpp/client.hpp>

namespace latzero {

namespace detail {

inline ValueInfo info_of(const latzero_value_info &info) {
    return {static_cast<Type>(info.type),
            info.tag,
            info.size,
            info.version,
            ttl_left(info.ttl_ms),
            (info.flags & LATZERO_VALUE_COMPRESSED) != 0};
}

}  // namespace detail

template <typename T, typename Work>
auto Client::encoded(std::string_view key, const T &value, const SetOptions &options, Work work) {
    const auto encoding = detail::for_key(handle_, key, [&] { return Codec<T>::encode(value); });
    const ValueView view = encoding;
    const latzero_set_options given = detail::c_options(options, view.tag);
    return work(static_cast<std::uint32_t>(view.type), view.bytes.data(), view.size(), &given);
}

template <typename T, typename Verb>
latzero_status Client::call(Verb verb, std::string_view key, const T &value, const SetOptions &options) {
    return encoded(key, value, options, [&](auto type, auto bytes, auto size, auto given) {
        return verb(handle_, key.data(), key.size(), type, bytes, size, given);
    });
}

template <typename T>
std::optional<T> Client::read(std::string_view key, latzero_value_info &info) const {
    return detail::fetch<T>(handle_, key, info, [&](void *buffer, std::size_t capacity, latzero_value_info *filled) {
        return latzero_get(handle_, key.data(), key.size(), buffer, capacity, filled);
    });
}

template <Readable T>
std::optional<Versioned<T>> Client::get_versioned(std::string_view key) const {
    for (;;) {
        latzero_value_info info = LATZERO_VALUE_INFO_INIT;
        std::optional<T> value = read<T>(key, info);
        if (!value) return std::nullopt;
        if ((info.flags & LATZERO_VALUE_PENDING) == 0)
            return Versioned<T>{*std::move(value), info.version, detail::ttl_left(info.ttl_ms)};
        detail::check(latzero_flush(handle_));
    }
}

inline std::optional<ValueInfo> Client::info(std::string_view key) const {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    if (!detail::check_unless(LATZERO_NOT_FOUND, latzero_info(handle_, key.data(), key.size(), &info)))
        return std::nullopt;
    return detail::info_of(info);
}

inline std::optional<ValueView> Client::get_into(std::string_view key, std::span<std::byte> buffer) const {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    const latzero_status status = latzero_get(handle_, key.data(), key.size(), buffer.data(), buffer.size(), &info);
    if (status == LATZERO_TOO_SMALL) throw TooSmall(info.size, latzero_last_error());
    if (!detail::check_unless(LATZERO_NOT_FOUND, status)) return std::nullopt;
    return detail::view_of(buffer.data(), info);
}

inline std::optional<Borrowed> Client::borrow(std::string_view key) const {
    const void *memory = nullptr;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_borrowed *handle = nullptr;
    const latzero_status status = latzero_borrow(handle_, key.data(), key.size(), &memory, &info, &handle);
    if (!detail::check_unless(LATZERO_NOT_FOUND, status)) return std::nullopt;
    return Borrowed(handle, memory, info);
}

inline Reserved Client::reserve(std::string_view key, std::size_t size, const ReserveOptions &options) {
    const latzero_set_options given = detail::c_options(SetOptions{options.ttl}, options.tag);
    void *memory = nullptr;
    latzero_reserved *handle = nullptr;
    detail::check(latzero_reserve(handle_, key.data(), key.size(), static_cast<std::uint32_t>(options.type), size,
                                  &given, &memory, &handle));
    return {handle, memory, size};
}

inline std::optional<std::string> Client::get_json(std::string_view key) const {
    char *text = nullptr;
    std::size_t size = 0;
    const latzero_status status = latzero_get_json(handle_, key.data(), key.size(), &text, &size);
    const detail::Given<char> memory(text);
    if (!detail::check_unless(LATZERO_NOT_FOUND, status)) return std::nullopt;
    return std::string(text, size);
}

inline std::optional<Bytes> Client::get_msgpack(std::string_view key) const {
    void *first = nullptr;
    std::size_t size = 0;
    const latzero_status status = latzero_get_msgpack(handle_, key.data(), key.size(), &first, &size);
    const detail::Given<void> memory(first);
    if (!detail::check_unless(LATZERO_NOT_FOUND, status)) return std::nullopt;
    const auto *bytes = static_cast<const std::byte *>(first);
    return Bytes(bytes, bytes + size);
}

template <Storable T>
std::uint64_t Client::append(std::string_view key, const T &element) {
    std::uint64_t length = 0;
    detail::check(encoded(key, element, {}, [&](auto type, auto bytes, auto size, auto) {
        return latzero_append(handle_, key.data(), key.size(), type, bytes, size, &length);
    }));
    return length;
}

inline std::uint64_t Client::append_json(std::string_view key, std::string_view json) {
    std::uint64_t length = 0;
    detail::check(latzero_append_json(handle_, key.data(), key.size(), json.data(), json.size(), &length));
    return length;
}

inline std::uint64_t Client::append_msgpack(std::string_view key, std::span<const std::byte> msgpack) {
    std::uint64_t length = 0;
    detail::check(latzero_append_msgpack(handle_, key.data(), key.size(), msgpack.data(), msgpack.size(), &length));
    return length;
}

inline std::uint64_t Client::append_opaque(std::string_view key, const Opaque &element) {
    std::uint64_t length = 0;
    detail::check(latzero_append_opaque(handle_, key.data(), key.size(), element.tag, element.bytes.data(),
                                        element.bytes.size(), &length));
    return length;
}

template <Storable T>
void Client::update(std::string_view key, const T &dict) {
    detail::check(encoded(key, dict, {}, [&](auto type, auto bytes, auto size, auto) {
        if (type != LATZERO_TYPE_DICT)
            throw Error(Status::invalid_argument, "key '" + detail::shown(key) +
                                                      "' is to be updated with a value of type " +
                                                      name_of(static_cast<Type>(type)) + ": give a dict");
        return latzero_update(handle_, key.data(), key.size(), bytes, size);
    }));
}

template <Storable T>
std::optional<std::uint64_t> Client::compare_and_set(std::string_view key, std::uint64_t version, const T &value,
                                                     const SetOptions &options) {
    std::uint64_t stored = 0;
    const latzero_status status = encoded(key, value, options, [&](auto type, auto bytes, auto size, auto given) {
        return latzero_compare_and_set(handle_, key.data(), key.size(), version, type, bytes, size, given, &stored);
    });
    if (!detail::check_unless(LATZERO_CONFLICT, status)) return std::nullopt;
    return stored;
}

template <Storable T>
std::optional<std::uint64_t> Client::add_versioned(std::string_view key, const T &value, const SetOptions &options) {
    std::uint64_t version = 0;
    const latzero_status status = encoded(key, value, options, [&](auto type, auto bytes, auto size, auto given) {
        return latzero_add_versioned(handle_, key.data(), key.size(), type, bytes, size, given, &version);
    });
    if (!detail::check_unless(LATZERO_EXISTS, status)) return std::nullopt;
    return version;
}

template <Readable Old, Storable T>
std::optional<Old> Client::swap(std::string_view key, const T &value, const SetOptions &options) {
    return encoded(key, value, options, [&](auto type, auto bytes, auto size, auto given) {
        latzero_value_info old = LATZERO_VALUE_INFO_INIT;
        return detail::fetch<Old>(handle_, key, old, [&](void *buffer, std::size_t capacity, latzero_value_info *info) {
            const latzero_status status =
                latzero_swap(handle_, key.data(), key.size(), type, bytes, size, given, buffer, capacity, info);
            // Where nothing was, there is nothing to read.
            return status == LATZERO_OK && info->version == 0 ? LATZERO_NOT_FOUND : status;
        });
    });
}

template <Readable T>
std::optional<T> Client::take(std::string_view key) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    return detail::fetch<T>(handle_, key, info, [&](void *buffer, std::size_t capacity, latzero_value_info *filled) {
        return latzero_take(handle_, key.data(), key.size(), buffer, capacity, filled);
    });
}

template <typename T, typename Verb>
std::optional<T> Client::pop(Verb verb, std::string_view key, std::chrono::milliseconds timeout) {
    const auto began = std::chrono::steady_clock::now();
    for (;;) {
        latzero_value_info info = LATZERO_VALUE_INFO_INIT;
        std::optional<T> element =
            detail::fetch<T>(handle_, key, info, [&](void *buffer, std::size_t capacity, latzero_value_info *filled) {
                return verb(handle_, key.data(), key.size(), buffer, capacity, filled, nullptr);
            });
        if (element || timeout == std::chrono::milliseconds(0)) return element;
        const auto passed =
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
        if (timeout != forever && passed >= timeout) return std::nullopt;
        (void)wait(key, info.version, timeout == forever ? forever : timeout - passed);
    }
}

inline std::uint64_t Client::size(const Keyed &keys) const {
    std::uint64_t count = 0;
    const std::string_view pattern = keys.pattern();
    detail::check(latzero_size_match(handle_, pattern.data(), pattern.size(), keys.flags(), &count));
    return count;
}

inline std::uint64_t Client::clear(const Keyed &keys) {
    std::uint64_t removed = 0;
    const std::string_view pattern = keys.pattern();
    detail::check(latzero_clear_match(handle_, pattern.data(), pattern.size(), keys.flags(), &removed));
    return removed;
}

inline PoolStats Client::stats() const { return detail::stats_of(handle_); }

inline std::vector<ClientInfo> Client::clients() const { return detail::clients_of(handle_); }

}  // namespace latzero

// Values as text and back, and values and names on streams.
#pragma once

#include <latzero/cpp/fetch.hpp>
#include <latzero/cpp/pool.hpp>
#include <latzero/cpp/value.hpp>

#include <ostream>
#include <string>
#include <string_view>

namespace latzero {

// The JSON text of a value, whatever it comes from: get(), a walk, a borrow, an event. What JSON has no words for has
// the forms that latzero_to_json() says. Throws UNSUPPORTED: opaque.
inline std::string to_json(ValueView view) {
    char *json = nullptr;
    std::size_t size = 0;
    const auto type = static_cast<std::uint32_t>(view.type);
    detail::check(latzero_to_json(type, view.bytes.data(), view.size(), &json, &size));
    const detail::Given<char> memory(json);
    return std::string(json, size);
}

// What a JSON text says. Throws INVALID_ARGUMENT: malformed, deeper than 64.
inline Value from_json(std::string_view json) {
    std::uint32_t type = 0;
    void *value = nullptr;
    std::size_t size = 0;
    detail::check(latzero_from_json(json.data(), json.size(), &type, &value, &size));
    const detail::Given<void> memory(value);
    return Value(ValueView{static_cast<Type>(type), {static_cast<const std::byte *>(value), size}});
}

inline std::ostream &operator<<(std::ostream &stream, Status status) { return stream << name_of(status); }
inline std::ostream &operator<<(std::ostream &stream, Type type) { return stream << name_of(type); }

// As JSON; bytes on their own, and opaque ones, by their number: `bytes (3)`, `opaque 7 (3)`.
inline std::ostream &operator<<(std::ostream &stream, ValueView view) {
    char *json = nullptr;
    std::size_t size = 0;
    const auto type = static_cast<std::uint32_t>(view.type);
    if (view.type != Type::bytes && latzero_to_json(type, view.bytes.data(), view.size(), &json, &size) == LATZERO_OK) {
        const detail::Given<char> memory(json);
        return stream << std::string_view(json, size);
    }
    stream << view.type;
    if (view.type == Type::opaque) stream << ' ' << view.tag;
    return stream << " (" << view.size() << ')';
}
inline std::ostream &operator<<(std::ostream &stream, const Value &value) { return stream << value.view(); }

}  // namespace latzero

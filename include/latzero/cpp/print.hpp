// Values and names on streams.
#pragma once

#include <latzero/cpp/fetch.hpp>
#include <latzero/cpp/pool.hpp>
#include <latzero/cpp/value.hpp>

#include <ostream>

namespace latzero {

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

#include "value/value.hpp"

#include "value/utf8.hpp"

namespace latzero::value {

const char *why_malformed_typed(std::uint32_t type, std::string_view bytes) {
    switch (type) {
    case static_cast<std::uint32_t>(Type::null): return bytes.empty() ? nullptr : "a null has no bytes";
    case static_cast<std::uint32_t>(Type::boolean):
        return bytes.size() == 1 && (bytes[0] == 0 || bytes[0] == 1) ? nullptr : "a bool is one byte, 0 or 1";
    case static_cast<std::uint32_t>(Type::int64): return bytes.size() == 8 ? nullptr : "an int64 has 8 bytes";
    case static_cast<std::uint32_t>(Type::float64): return bytes.size() == 8 ? nullptr : "a double has 8 bytes";
    case static_cast<std::uint32_t>(Type::string):
        return is_utf8(bytes) ? nullptr : "a string must be UTF-8: store it as bytes";
    case static_cast<std::uint32_t>(Type::bytes): return nullptr;
    default: return "there is no such type";
    }
}

}  // namespace latzero::value

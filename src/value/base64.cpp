#include "value/base64.hpp"

#include <sodium.h>

#include <cstddef>

namespace latzero::value {

void append_base64(std::string_view bytes, Bytes &out) {
    const std::size_t at = out.size(), size = (bytes.size() + 2) / 3 * 4;
    out.resize(at + size);
    // With room for the NUL that it writes, where the string has its own.
    sodium_bin2base64(out.data() + at, size + 1, reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size(),
                      sodium_base64_VARIANT_ORIGINAL);
}

bool append_from_base64(std::string_view text, Bytes &out) {
    const std::size_t at = out.size(), most = text.size() / 4 * 3;
    std::size_t size = 0;
    out.resize(at + most);
    if (sodium_base642bin(reinterpret_cast<unsigned char *>(out.data()) + at, most, text.data(), text.size(), nullptr,
                          &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    out.resize(at + size);
    return true;
}

}  // namespace latzero::value

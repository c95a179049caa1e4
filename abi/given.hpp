// Values as callers hand them over.
#pragma once

#include "guard.hpp"

namespace latzero::abi {

// Adds to `given` what the options say.
Status read_set_options(const latzero_set_options *options, client::Given &given);

// Puts a value's type and bytes together, with what the options say.
inline Status read_given(std::uint32_t type, const void *value, std::size_t size, const latzero_set_options *options,
                         client::Given &given) {
    if (value == nullptr && size != 0) [[unlikely]]
        return null_argument("the value");
    const auto *bytes = static_cast<const char *>(value);
    given.type = type;
    if (size == LATZERO_CSTR && type == LATZERO_TYPE_STRING) size = std::strlen(bytes);
    given.bytes = {bytes, size};
    return options == nullptr ? Status::ok : read_set_options(options, given);
}

// Runs work(connection, key, given) on a handle's connection, a key and a value.
template <typename Work>
latzero_status with_given(const latzero_client *handle, const char *key, std::size_t key_len, std::uint32_t type,
                          const void *value, std::size_t size, const latzero_set_options *options, Work work) noexcept {
    return with_key(handle, key, key_len, [&](client::Connection &connection, std::string_view checked) -> Status {
        client::Given given;
        const Status read = read_given(type, value, size, options, given);
        if (read != Status::ok) [[unlikely]]
            return read;
        return work(connection, checked, given);
    });
}

}  // namespace latzero::abi

#include "keys/protection.hpp"

#include <latzero/latzero.h>
#include <nlohmann/json.hpp>

namespace latzero::cli {

std::uint32_t cipher_named(const std::string &name) {
    if (name == "aes256gcm") {
        return LATZERO_CIPHER_AES256GCM;
    }
    return name == "xchacha20poly1305" ? LATZERO_CIPHER_XCHACHA20POLY1305 : LATZERO_CIPHER_NONE;
}

std::string cipher_name(std::uint32_t cipher) {
    switch (cipher) {
    case LATZERO_CIPHER_AES256GCM: return "aes256gcm";
    case LATZERO_CIPHER_XCHACHA20POLY1305: return "xchacha20poly1305";
    default: return "cipher " + std::to_string(cipher);  // of a newer library
    }
}

std::string protection(std::uint32_t flags, std::uint32_t cipher) {
    if ((flags & LATZERO_POOL_AUTH_KEY) == 0) {
        return "none";
    }
    return (flags & LATZERO_POOL_ENCRYPTED) == 0 ? "auth key" : "auth key, " + cipher_name(cipher);
}

void add_protection(nlohmann::ordered_json &pool, std::uint32_t flags, std::uint32_t cipher) {
    const bool encrypted = (flags & LATZERO_POOL_ENCRYPTED) != 0;
    pool["auth"] = (flags & LATZERO_POOL_AUTH_KEY) != 0;
    pool["encrypted"] = encrypted;
    pool["cipher"] = encrypted ? nlohmann::ordered_json(cipher_name(cipher)) : nlohmann::ordered_json();
}

}  // namespace latzero::cli

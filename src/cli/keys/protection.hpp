// How a pool is protected, by an auth key and by encryption: in words and in JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>

namespace latzero::cli {

// The cipher that --cipher calls by this name; LATZERO_CIPHER_NONE if there is none.
std::uint32_t cipher_named(const std::string &name);

// The other way round.
std::string cipher_name(std::uint32_t cipher);

// "none", "auth key" or "auth key, aes256gcm". flags: LATZERO_POOL_*; cipher: LATZERO_CIPHER_*.
std::string protection(std::uint32_t flags, std::uint32_t cipher);

// "auth", "encrypted" and "cipher" of a pool's object; see README.md.
void add_protection(nlohmann::ordered_json &pool, std::uint32_t flags, std::uint32_t cipher);

}  // namespace latzero::cli

// BLAKE2b-256 of a file's bytes, which tells a whole file from one that was cut or changed.
#pragma once

#include <sodium.h>

#include <array>
#include <memory>
#include <string_view>

#include "value/secret.hpp"

namespace latzero::snapshot {

inline constexpr std::size_t kDigestBytes = 32;

// In hexadecimal digits.
using HexDigest = std::array<char, 2 * kDigestBytes>;

class Digest {
public:
    Digest() {
        value::start_crypto();
        reset();
    }

    void reset() { crypto_generichash_init(state_.get(), nullptr, 0, kDigestBytes); }
    void add(std::string_view bytes) {
        crypto_generichash_update(state_.get(), reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size());
    }
    // Of what was added so far; more may be added.
    HexDigest hex() const {
        crypto_generichash_state copy = *state_;
        unsigned char digest[kDigestBytes];
        char text[2 * kDigestBytes + 1];
        crypto_generichash_final(&copy, digest, sizeof digest);
        sodium_bin2hex(text, sizeof text, digest, sizeof digest);
        HexDigest hex;
        std::string_view(text).copy(hex.data(), hex.size());
        return hex;
    }

private:
    struct Wiper {
        void operator()(crypto_generichash_state *state) const {
            sodium_memzero(state, sizeof *state);
            delete state;
        }
    };

    // It has bytes of what was added, and an alignment that not every place on the stack gets from the compiler.
    std::unique_ptr<crypto_generichash_state, Wiper> state_{new crypto_generichash_state};
};

}  // namespace latzero::snapshot

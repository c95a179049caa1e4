#include "value/cipher.hpp"

#include <sodium.h>

#include <bit>
#include <cstring>

#include "base/assert.hpp"

namespace latzero::value {
namespace {

static_assert(std::endian::native == std::endian::little, "the number of a message is stored little-endian");
static_assert(kTagSize == crypto_aead_aes256gcm_ABYTES);
static_assert(kTagSize == crypto_aead_xchacha20poly1305_ietf_ABYTES);
static_assert(SealingKey::size() == crypto_aead_aes256gcm_KEYBYTES);
static_assert(SealingKey::size() == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

const crypto_aead_aes256gcm_state *expanded(const SecretBytes &context) {
    return reinterpret_cast<const crypto_aead_aes256gcm_state *>(context.data());
}

// A nonce: the number, then zeros.
template <std::size_t kSize>
struct Nonce {
    explicit Nonce(std::uint64_t number) { std::memcpy(bytes, &number, sizeof number); }
    std::uint8_t bytes[kSize] = {};
};
using AesNonce = Nonce<crypto_aead_aes256gcm_NPUBBYTES>;
using XChaChaNonce = Nonce<crypto_aead_xchacha20poly1305_ietf_NPUBBYTES>;

const std::uint8_t *bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t *>(text.data()); }

}  // namespace

bool available(Cipher cipher) {
    start_crypto();
    if (cipher == Cipher::aes256gcm) return crypto_aead_aes256gcm_is_available() == 1;
    return cipher == Cipher::xchacha20poly1305;
}

Cipher best_cipher() { return available(Cipher::aes256gcm) ? Cipher::aes256gcm : Cipher::xchacha20poly1305; }

MessageKey::MessageKey(Cipher cipher)
    : cipher_(cipher),
      context_(cipher == Cipher::aes256gcm ? sizeof(crypto_aead_aes256gcm_state) : SealingKey::size()) {}

void MessageKey::derive(const SealingKey &key, const Prefix &prefix) noexcept {
    LATZERO_ASSERT(context_.size() >= SealingKey::size());
    std::uint8_t derived[SealingKey::size()];
    crypto_generichash(derived, sizeof derived, prefix.data(), prefix.size(), key.data(), key.size());
    if (cipher_ == Cipher::aes256gcm)
        crypto_aead_aes256gcm_beforenm(reinterpret_cast<crypto_aead_aes256gcm_state *>(context_.data()), derived);
    else
        std::memcpy(context_.data(), derived, sizeof derived);
    wipe(derived, sizeof derived);
    wipe_stack();
}

void MessageKey::encrypt(std::uint64_t number, std::string_view ad, std::uint8_t *bytes, std::size_t size) const {
    if (cipher_ == Cipher::aes256gcm)
        crypto_aead_aes256gcm_encrypt_detached_afternm(bytes, bytes + size, nullptr, bytes, size, bytes_of(ad),
                                                       ad.size(), nullptr, AesNonce(number).bytes, expanded(context_));
    else
        crypto_aead_xchacha20poly1305_ietf_encrypt_detached(bytes, bytes + size, nullptr, bytes, size, bytes_of(ad),
                                                            ad.size(), nullptr, XChaChaNonce(number).bytes,
                                                            context_.data());
}

bool MessageKey::decrypt(std::uint64_t number, std::string_view ad, const std::uint8_t *bytes, std::size_t size,
                         std::uint8_t *out) const {
    if (cipher_ == Cipher::aes256gcm)
        return crypto_aead_aes256gcm_decrypt_detached_afternm(out, nullptr, bytes, size, bytes + size, bytes_of(ad),
                                                              ad.size(), AesNonce(number).bytes,
                                                              expanded(context_)) == 0;
    return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(out, nullptr, bytes, size, bytes + size, bytes_of(ad),
                                                               ad.size(), XChaChaNonce(number).bytes,
                                                               context_.data()) == 0;
}

}  // namespace latzero::value

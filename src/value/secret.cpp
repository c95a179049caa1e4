#include "value/secret.hpp"

#include <sodium.h>

#include <cstring>
#include <new>
#include <stdexcept>

#include "platform/secret_memory.hpp"

namespace latzero::value {

void wipe(void *memory, std::size_t size) { sodium_memzero(memory, size); }

// More than any call of the cryptographic library leaves behind.
void wipe_stack() { sodium_stackzero(8 * 1024); }

void start_crypto() {
    static const bool started = sodium_init() >= 0;
    if (!started) throw std::runtime_error("libsodium does not start");
}

SecretBytes::SecretBytes(std::size_t size) : size_(size) {
    if (size == 0) return;
    data_ = static_cast<std::uint8_t *>(platform::take_secret_memory(size));
    if (data_ == nullptr) throw std::bad_alloc();
}

SecretBytes::SecretBytes(std::string_view bytes) : SecretBytes(bytes.size()) {
    if (data_ != nullptr) std::memcpy(data_, bytes.data(), bytes.size());
}

SecretBytes::~SecretBytes() {
    if (data_ != nullptr) platform::give_secret_memory(data_, size_);
}

}  // namespace latzero::value

#include "value/secret.hpp"

#include <sodium.h>

#include <atomic>
#include <cstring>
#include <new>
#include <stdexcept>

#include "base/assert.hpp"
#include "platform/fork.hpp"
#include "platform/secret_memory.hpp"

namespace latzero::value {

void wipe(void *memory, std::size_t size) { sodium_memzero(memory, size); }

// More than any call of the cryptographic library leaves behind.
void wipe_stack() { sodium_stackzero(8 * 1024); }

// Under the lock that fork() takes: a child finds it started, or not begun. What another thread of its parent was just
// starting, it would wait for in vain.
void start_crypto() {
    static constinit std::atomic<bool> is_started{false};
    if (is_started.load(std::memory_order_acquire)) return;
    {
        const platform::ForkLock lock;
        is_started.store(sodium_init() >= 0, std::memory_order_release);
    }
    if (!is_started.load(std::memory_order_relaxed)) throw std::runtime_error("libsodium does not start");
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
    LATZERO_ASSERT((data_ == nullptr) == (size_ == 0));
    if (data_ != nullptr) platform::give_secret_memory(data_, size_);
}

}  // namespace latzero::value

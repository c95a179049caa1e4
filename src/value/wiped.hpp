// Memory that keys and values pass through. Those of a sealed pool lie in shared memory as ciphertext alone; what this
// process has of them besides is overwritten when it is freed, so that nobody finds it in its heap later.
//
// A process that never opened a sealed pool has nothing to hide: it pays one load for each piece that it frees.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "value/secret.hpp"

namespace latzero::value {

extern std::atomic<bool> secrets_noted;

// Before the first secret is there; for good.
inline void note_secrets() { secrets_noted.store(true, std::memory_order_relaxed); }
inline bool has_secrets() { return secrets_noted.load(std::memory_order_relaxed); }

// For memory on the stack that a key or value was in.
inline void wipe_if_secret(void *memory, std::size_t size) {
    if (has_secrets()) [[unlikely]]
        wipe(memory, size);
}

// Frees what malloc() gave, or nullptr.
void free_wiped(void *memory) noexcept;

template <typename T>
struct WipingAllocator {
    using value_type = T;

    WipingAllocator() = default;
    template <typename Other>
    WipingAllocator(const WipingAllocator<Other> &) noexcept {}

    T *allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
    void deallocate(T *memory, std::size_t count) noexcept {
        if (has_secrets()) [[unlikely]]
            wipe(memory, count * sizeof(T));
        std::allocator<T>().deallocate(memory, count);
    }
    bool operator==(const WipingAllocator &) const = default;
};

// A key, a value or a text on its way. What is short lies in the object itself, where no allocator sees it go: so the
// object wipes itself too. To be kept under this name, for the string below does not.
class Bytes : public std::basic_string<char, std::char_traits<char>, WipingAllocator<char>> {
public:
    using basic_string::basic_string;
    using basic_string::operator=;

    Bytes() = default;
    Bytes(const Bytes &) = default;
    Bytes(Bytes &&) = default;
    Bytes &operator=(const Bytes &) = default;
    Bytes &operator=(Bytes &&) = default;
    ~Bytes() {
        if (has_secrets()) [[unlikely]]
            wipe_itself();
    }

private:
    void wipe_itself() noexcept;
};

using Names = std::vector<Bytes>;

}  // namespace latzero::value

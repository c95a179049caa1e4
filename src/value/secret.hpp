// Bytes that nobody else may see: keys, and what the library makes from them.
//
// They lie in memory that is locked, left out of core dumps, zeroed in a forked child and wiped when they go
// (platform/secret_memory.hpp). They are moved, never copied by accident, and never put into a std::string.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace latzero::value {

// Overwrites memory in a way that no compiler leaves out.
void wipe(void *memory, std::size_t size);

// Overwrites what the calls before this one left of the stack below the caller.
void wipe_stack();

// The cryptographic library is started, once per process. Whatever calls it does this first.
void start_crypto();

class SecretBytes {
public:
    SecretBytes() = default;
    // Zeros. Throws std::bad_alloc.
    explicit SecretBytes(std::size_t size);
    // A copy; the original is its owner's to wipe.
    explicit SecretBytes(std::string_view bytes);
    ~SecretBytes();
    SecretBytes(SecretBytes &&other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    SecretBytes &operator=(SecretBytes &&other) noexcept {
        SecretBytes taken(std::move(other));
        std::swap(data_, taken.data_);
        std::swap(size_, taken.size_);
        return *this;
    }
    SecretBytes(const SecretBytes &) = delete;
    SecretBytes &operator=(const SecretBytes &) = delete;

    std::uint8_t *data() { return data_; }
    const std::uint8_t *data() const { return data_; }
    std::size_t size() const { return size_; }
    std::string_view view() const { return {reinterpret_cast<const char *>(data_), size_}; }

private:
    std::uint8_t *data_ = nullptr;
    std::size_t size_ = 0;
};

// Of a size that is part of the type. One that was moved from has no bytes: only to be assigned to or destroyed.
template <std::size_t kSize>
class Secret {
public:
    Secret() : bytes_(kSize) {}

    static constexpr std::size_t size() { return kSize; }
    std::uint8_t *data() { return bytes_.data(); }
    const std::uint8_t *data() const { return bytes_.data(); }

private:
    SecretBytes bytes_;
};

}  // namespace latzero::value

#include "client/spool.hpp"

#include <cstdlib>
#include <cstring>
#include <new>

#include "platform/secret_memory.hpp"
#include "value/secret.hpp"

namespace latzero::client {

void Spool::clear() {
    if (secret_) value::wipe(bytes_, size_);
    size_ = 0;
}

void Spool::grow(std::size_t count) {
    const std::size_t capacity = 2 * (size_ + count);
    void *memory = secret_ ? platform::take_secret_memory(capacity) : std::malloc(capacity);
    if (memory == nullptr) throw std::bad_alloc();
    if (size_ != 0) std::memcpy(memory, bytes_, size_);
    give_back();
    bytes_ = static_cast<char *>(memory);
    capacity_ = capacity;
}

void Spool::give_back() {
    if (secret_ && bytes_ != nullptr)
        platform::give_secret_memory(bytes_, capacity_);
    else
        std::free(bytes_);
}

}  // namespace latzero::client

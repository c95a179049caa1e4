// Bytes behind one another that wait to be written, in ordinary memory or in memory for secrets.
#pragma once

#include <cstddef>

namespace latzero::client {

class Spool {
public:
    Spool() = default;
    Spool(const Spool &) = delete;
    Spool &operator=(const Spool &) = delete;
    ~Spool() { give_back(); }

    // Before anything is added.
    void keep_secret() { secret_ = true; }

    const char *data() const { return bytes_; }
    std::size_t size() const { return size_; }
    // Room for so many more, good until the next call. Throws std::bad_alloc.
    char *add(std::size_t count) {
        if (capacity_ - size_ < count) [[unlikely]]
            grow(count);
        size_ += count;
        return bytes_ + size_ - count;
    }
    // Keeps the memory, but nothing secret in it.
    void clear();

private:
    void grow(std::size_t count);
    void give_back();

    char *bytes_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
    bool secret_ = false;
};

}  // namespace latzero::client

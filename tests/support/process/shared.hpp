// An object in memory that processes share: made by one, and opened by others by its handle, which is text.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <new>
#include <string>

namespace latzero::test {

// Zeroed memory that children inherit; a failure to get it ends the process.
class SharedMemory {
public:
    explicit SharedMemory(std::size_t size);
    SharedMemory(const char *handle, std::size_t size);
    ~SharedMemory();
    SharedMemory(const SharedMemory &) = delete;
    SharedMemory &operator=(const SharedMemory &) = delete;

    void *bytes() const { return bytes_; }
    // For children of this process, and for theirs.
    std::string handle() const { return std::to_string(file_); }

private:
    int file_;
    std::size_t size_;
    void *bytes_;
};

// A short text for all of them. Who reads it while it is being written may see parts of two.
class Label {
public:
    Label &operator=(const char *text) {
        std::size_t at = 0;
        for (; text[at] != 0 && at + 1 < bytes_.size(); at++) bytes_[at].store(text[at], std::memory_order_relaxed);
        bytes_[at].store(0, std::memory_order_relaxed);
        return *this;
    }
    std::string text() const {
        std::string copy;
        for (const std::atomic<char> &byte : bytes_) {
            const char letter = byte.load(std::memory_order_relaxed);
            if (letter == 0) break;
            copy += letter;
        }
        return copy;
    }

private:
    std::array<std::atomic<char>, 32> bytes_ = {};
};

// T has no pointers: each process has the object at another address.
template <typename T>
class Shared {
public:
    Shared() : memory_(sizeof(T)), object_(new (memory_.bytes()) T()) {}
    explicit Shared(const char *handle)
        : memory_(handle, sizeof(T)), object_(std::launder(static_cast<T *>(memory_.bytes()))) {}

    T *operator->() const { return object_; }
    T &operator*() const { return *object_; }
    std::string handle() const { return memory_.handle(); }

private:
    SharedMemory memory_;
    T *object_;
};

}  // namespace latzero::test

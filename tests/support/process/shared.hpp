// An object in memory that processes share: made by one, and opened by others by its handle, which is text.
#pragma once

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

// Memory that this process shares with the children that it forks.
#pragma once

#include <cstddef>

namespace latzero::cli {

class SharedMemory {
public:
    // All zeroes, aligned to a page. Throws if there is none to be had.
    explicit SharedMemory(std::size_t size);
    ~SharedMemory();
    SharedMemory(const SharedMemory &) = delete;
    SharedMemory &operator=(const SharedMemory &) = delete;

    void *data() const { return data_; }

private:
    void *data_;
    std::size_t size_;
};

}  // namespace latzero::cli

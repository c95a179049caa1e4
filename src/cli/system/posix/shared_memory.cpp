#include "system/shared_memory.hpp"

#include "failure.hpp"

#include <sys/mman.h>

namespace latzero::cli {

SharedMemory::SharedMemory(std::size_t size)
    : data_(mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)), size_(size) {
    if (data_ == MAP_FAILED) {
        throw system_failure("share memory with the measuring processes");
    }
}

SharedMemory::~SharedMemory() { munmap(data_, size_); }

}  // namespace latzero::cli

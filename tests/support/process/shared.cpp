#include "shared.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace latzero::test {
namespace {

void *map(int file, std::size_t size) {
    void *bytes = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (bytes != MAP_FAILED) return bytes;
    std::perror("memory that processes share");
    std::abort();
}

// Not closed by exec: its number is the handle.
int make_file(std::size_t size) {
    const int file = memfd_create("shared by a test", 0);
    if (file >= 0 && ftruncate(file, static_cast<off_t>(size)) == 0) return file;
    std::perror("a file that processes share");
    std::abort();
}

}  // namespace

SharedMemory::SharedMemory(std::size_t size) : file_(make_file(size)), size_(size), bytes_(map(file_, size)) {}

SharedMemory::SharedMemory(const char *handle, std::size_t size)
    : file_(std::atoi(handle)), size_(size), bytes_(map(file_, size)) {}

SharedMemory::~SharedMemory() {
    munmap(bytes_, size_);
    close(file_);
}

}  // namespace latzero::test

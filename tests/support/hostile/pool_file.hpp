// The bytes of a pool, for who writes into them without being a client.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "../process/stage.hpp"

namespace latzero::test {

// The file behind a pool, mapped by somebody who is no client.
class PoolFile {
public:
    PoolFile(const std::string &pool, std::uint64_t max_bytes)
        : path_(file_of(pool)), max_bytes_(max_bytes), file_(open(path_.c_str(), O_RDWR | O_CLOEXEC)) {
        if (file_ < 0) return;
        void *memory = mmap(nullptr, max_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file_, 0);
        if (memory != MAP_FAILED) bytes_ = static_cast<std::byte *>(memory);
    }
    ~PoolFile() {
        if (bytes_ != nullptr) munmap(bytes_, max_bytes_);
        if (file_ >= 0) close(file_);
    }
    PoolFile(const PoolFile &) = delete;
    PoolFile &operator=(const PoolFile &) = delete;

    bool is_open() const { return bytes_ != nullptr; }
    std::byte *bytes() const { return bytes_; }
    std::uint64_t size() const {
        struct stat status = {};
        fstat(file_, &status);
        return std::min(static_cast<std::uint64_t>(status.st_size), max_bytes_);
    }

    // A client that comes alone cuts the file, also between a look at its size and an edit. What lay behind its new end
    // is this process's own memory from then on.
    static void survive_cuts() {
        struct sigaction action = {};
        action.sa_flags = SA_SIGINFO;
        action.sa_sigaction = [](int, siginfo_t *info, void *) {
            constexpr std::uintptr_t kPage = 4096;
            const std::uintptr_t page = reinterpret_cast<std::uintptr_t>(info->si_addr) / kPage * kPage;
            mmap(reinterpret_cast<void *>(page), kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
                 -1, 0);
        };
        sigaction(SIGBUS, &action, nullptr);
    }

private:
    std::string path_;
    std::uint64_t max_bytes_;
    int file_;
    std::byte *bytes_ = nullptr;
};

}  // namespace latzero::test

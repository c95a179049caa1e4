// What a core dump of this process would show: a search of its own memory.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace latzero::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

// Bytes to look for, kept inverted, so that they themselves are never found.
class Needle {
public:
    Needle(const void *bytes, std::size_t size) : inverted_(static_cast<const char *>(bytes), size) {
        for (char &byte : inverted_) byte = static_cast<char>(~byte);
    }
    // Where it begins between `from` and `end`; nullptr: nowhere.
    const char *find(const char *from, const char *end) const {
        while (end - from >= static_cast<std::ptrdiff_t>(size())) {
            const std::size_t places = static_cast<std::size_t>(end - from) - size() + 1;
            from = static_cast<const char *>(std::memchr(from, ~inverted_[0] & 0xff, places));
            if (from == nullptr || at(from)) return from;
            from++;
        }
        return nullptr;
    }
    std::size_t size() const { return inverted_.size(); }

private:
    bool at(const char *bytes) const {
        for (std::size_t i = 0; i < inverted_.size(); i++)
            if (static_cast<char>(~inverted_[i]) != bytes[i]) return false;
        return true;
    }

    std::string inverted_;
};

struct Region {
    std::uintptr_t begin, end;
    bool writable;
    std::string flags;  // the kernel's: " lo" locked, " dd" not dumped, " wf" wiped on fork

    bool has(const char *flag) const { return flags.find(flag) != std::string::npos; }
    bool is_secret() const { return has(" dd") && has(" wf"); }
};

inline std::vector<Region> regions() {
    std::vector<Region> found;
    std::ifstream maps("/proc/self/smaps");
    for (std::string line; std::getline(maps, line);) {
        unsigned long begin = 0, end = 0;
        char access[5] = {};
        if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, access) == 3)
            found.push_back({begin, end, access[1] == 'w', {}});
        else if (line.rfind("VmFlags:", 0) == 0 && !found.empty())
            found.back().flags = line;
    }
    return found;
}

inline Region region_of(const void *address) {
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    for (const Region &region : regions())
        if (at >= region.begin && at < region.end) return region;
    return {};
}

inline std::size_t secret_bytes() {
    std::size_t bytes = 0;
    for (const Region &region : regions())
        if (region.is_secret()) bytes += region.end - region.begin;
    return bytes;
}

// Registers keep the end of what was copied last, and find their way to the stack when a function is called for the
// first time; so other copies come before a search.
inline void fill_registers() {
    static char zeros[4096 + 1], to[4096];
    for (std::size_t size = 1; size <= sizeof to; size++) {
        std::memmove(to, zeros, size);
        std::memmove(zeros, zeros + 1, size);
        std::memmove(zeros + 1, zeros, size);
    }
}

// How often it lies in memory for secrets, and elsewhere.
struct Sightings {
    unsigned secret = 0;
    unsigned open = 0;
};

// Not under a sanitizer, whose own memory is beyond searching.
class OwnMemory {
public:
    OwnMemory() : fd_(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC)) {}
    ~OwnMemory() { ::close(fd_); }
    OwnMemory(const OwnMemory &) = delete;
    OwnMemory &operator=(const OwnMemory &) = delete;

    Sightings search(const Needle &needle) const {
        Sightings seen;
        for (const Region &region : regions()) {
            if (!region.writable) continue;
            (region.is_secret() ? seen.secret : seen.open) += count(region, needle);
        }
        return seen;
    }

private:
    static constexpr std::size_t kWindow = 1 << 16;

    unsigned count(const Region &region, const Needle &needle) const {
        static char window[kWindow];  // not searched itself: it holds copies of what was
        const auto own = reinterpret_cast<std::uintptr_t>(window);
        unsigned seen = 0;
        for (std::uintptr_t at = region.begin; at < region.end; at += kWindow - needle.size() + 1) {
            const std::size_t wanted = std::min<std::size_t>(kWindow, region.end - at);
            const ssize_t got = pread(fd_, window, wanted, static_cast<off_t>(at));
            const char *end = window + std::max<ssize_t>(got, 0);
            for (const char *hit = needle.find(window, end); hit != nullptr; hit = needle.find(hit + 1, end)) {
                const std::uintptr_t here = at + static_cast<std::uintptr_t>(hit - window);
                if (here < own || here >= own + kWindow) seen++;
            }
        }
        std::memset(window, 0, sizeof window);
        return seen;
    }

    int fd_;
};

}  // namespace latzero::test

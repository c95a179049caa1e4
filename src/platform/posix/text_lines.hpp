// The small text files by which the system tells of itself, line by line.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string_view>

#include "platform/posix/fork_table.hpp"

namespace latzero::platform {

// Reads in memory of its own, so also where there is none left. A file that does not open, or that the host has closed
// meanwhile, has no further lines.
class TextLines {
public:
    explicit TextLines(const char *path);
    ~TextLines();
    TextLines(const TextLines &) = delete;
    TextLines &operator=(const TextLines &) = delete;

    // The next line without its end, which is NUL instead; false behind the last one. Valid until the next call. A line
    // of over 1 KiB comes in parts.
    bool next(std::string_view &line);

private:
    const char *find_end() const;
    bool fill();

    ForkEntry entry_;
    std::size_t size_ = 0, taken_ = 0;
    char bytes_[1024 + 1];  // room for a NUL behind all of them
};

}  // namespace latzero::platform

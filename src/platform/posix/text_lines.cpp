#include "platform/posix/text_lines.hpp"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "platform/cancellation.hpp"
#include "platform/errno_keeper.hpp"
#include "platform/posix/open_file.hpp"

namespace latzero::platform {

TextLines::TextLines(const char *path) {
    const ErrnoKeeper keeper;
    (void)open_listed(entry_, [path] { return open_file(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW); });
}

TextLines::~TextLines() {
    const ErrnoKeeper keeper;
    unlist_and_close(entry_);
}

bool TextLines::next(std::string_view &line) {
    std::memmove(bytes_, bytes_ + taken_, size_ - taken_);
    size_ -= taken_;
    taken_ = 0;
    const char *end;
    while ((end = find_end()) == nullptr && fill()) {
    }
    if (size_ == 0) return false;
    const std::size_t length = end != nullptr ? static_cast<std::size_t>(end - bytes_) : size_;
    taken_ = end != nullptr ? length + 1 : length;
    bytes_[length] = 0;
    line = {bytes_, length};
    return true;
}

const char *TextLines::find_end() const { return static_cast<const char *>(std::memchr(bytes_, '\n', size_)); }

bool TextLines::fill() {
    const std::size_t room = sizeof bytes_ - 1 - size_;
    if (room == 0) return false;
    const CancellationGuard not_now;
    const ErrnoKeeper keeper;
    ssize_t got;
    do {
        if (!is_still_open(entry_)) return false;
        got = ::read(entry_.fd, bytes_ + size_, room);
    } while (got < 0 && errno == EINTR);
    if (got <= 0) return false;
    size_ += static_cast<std::size_t>(got);
    return true;
}

}  // namespace latzero::platform

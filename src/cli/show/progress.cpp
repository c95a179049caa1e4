#include "show/progress.hpp"

#include "system/terminal.hpp"

#include <chrono>
#include <cstdio>
#include <utility>

namespace latzero::cli {

Progress::Progress(std::string what) : what_(std::move(what)) {
    if (is_terminal(Stream::error)) {
        teller_ = std::thread(&Progress::tell, this);
    }
}

Progress::~Progress() {
    if (!teller_.joinable()) {
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        over_ = true;
    }
    end_.notify_all();
    teller_.join();
}

void Progress::tell() {
    constexpr const char *kClearLine = "\r\x1b[K";
    std::unique_lock lock(mutex_);
    int seconds = 0;
    while (!end_.wait_for(lock, std::chrono::seconds(1), [this] { return over_; })) {
        std::fprintf(stderr, "%s%s: %d s", kClearLine, what_.c_str(), ++seconds);
    }
    if (seconds > 0) {
        std::fputs(kClearLine, stderr);
    }
}

}  // namespace latzero::cli

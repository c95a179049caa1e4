#include "clock.hpp"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace latzero::test {

std::uint64_t now_ns() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

void sleep_ns(std::uint64_t ns) {
    timespec left = {static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
    while (nanosleep(&left, &left) != 0) {
    }
}

Stopwatch::Stopwatch() : account_(open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)) {}

Stopwatch::~Stopwatch() {
    if (account_ >= 0) close(account_);
}

std::uint64_t Stopwatch::delayed() const {
    char text[96] = {};
    if (account_ < 0 || pread(account_, text, sizeof text - 1, 0) <= 0) return 0;
    char *end = nullptr;
    (void)std::strtoull(text, &end, 10);
    return std::strtoull(end, nullptr, 10);
}

void Stopwatch::start() {
    began_ = now_ns();
    if (began_ - asked_ < kStale) return;
    delayed_ = delayed();
    began_ = asked_ = now_ns();
}

std::uint64_t Stopwatch::stop() {
    const std::uint64_t took = now_ns() - began_;
    if (took < kShort) return took;
    const std::uint64_t before = delayed_;
    delayed_ = delayed();
    asked_ = now_ns();
    return took - std::min(took, delayed_ - before);
}

}  // namespace latzero::test

// The longest call of one worker in each stage: how long it waited when another process was killed.
#pragma once

#include "demo/ledger.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace latzero::cli::demo {

class Stopwatch {
public:
    explicit Stopwatch(std::string worker) : worker_(std::move(worker)) {}

    template <typename Call>
    auto read(Call call) {
        return timed(longest_read_, call);
    }
    template <typename Call>
    auto write(Call call) {
        return timed(longest_write_, call);
    }

    // Publishes the times of the stage that ends, and starts anew. Does nothing if the stage is the same.
    void enter(Stage stage, Ledger &ledger) {
        if (stage == stage_) {
            return;
        }
        ledger.set(keys::longest(worker_, stage_, false), longest_read_.count());
        ledger.set(keys::longest(worker_, stage_, true), longest_write_.count());
        longest_read_ = longest_write_ = std::chrono::nanoseconds::zero();
        stage_ = stage;
    }

private:
    using Clock = std::chrono::steady_clock;

    template <typename Call>
    static auto timed(std::chrono::nanoseconds &longest, Call call) {
        const Clock::time_point start = Clock::now();
        const auto result = call();
        longest = std::max<std::chrono::nanoseconds>(longest, Clock::now() - start);
        return result;
    }

    std::string worker_;
    Stage stage_ = Stage::gather;
    std::chrono::nanoseconds longest_read_{};
    std::chrono::nanoseconds longest_write_{};
};

}  // namespace latzero::cli::demo

// The descriptor of a watch, which its connection's thread sets and the watch's reader clears.
#pragma once

#include <cstdint>
#include <mutex>

#include "platform/readiness.hpp"

namespace latzero::client {

class Alert {
public:
    Status open(std::int32_t &descriptor) {
        const std::lock_guard lock(mutex_);
        const Status opened = readiness_.open();
        if (opened == Status::ok) descriptor = readiness_.descriptor();
        return opened;
    }
    void set() {
        const std::lock_guard lock(mutex_);
        if (!is_set_) readiness_.set();
        is_set_ = true;
    }
    void clear() {
        const std::lock_guard lock(mutex_);
        if (is_set_) readiness_.clear();
        is_set_ = false;
    }

private:
    std::mutex mutex_;
    platform::Readiness readiness_;
    bool is_set_ = false;
};

}  // namespace latzero::client

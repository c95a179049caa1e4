// A pool's life lock, held. Whatever makes or ends a pool, or must not overlap with its end, takes one as a parameter:
// nobody can call it without the lock.
#pragma once

#include <cstdint>
#include <utility>

#include "base/assert.hpp"
#include "base/status.hpp"
#include "platform/liveness.hpp"

namespace latzero::pool {

class LifeLock {
public:
    LifeLock() = default;  // holds nothing
    ~LifeLock() { release(); }
    LifeLock(const LifeLock &) = delete;
    LifeLock &operator=(const LifeLock &) = delete;

    // Waits until the deadline (boot clock); timeout then.
    // Preconditions: this lock is not held. The object stays where it is as long as the lock is held, or follow() says
    // where it has gone.
    Status take(const platform::MemoryObject &object, std::uint64_t deadline_ns) {
        LATZERO_ASSERT(!held());
        const Status status = platform::lock_life(object, deadline_ns);
        if (status == Status::ok) object_ = &object;
        return status;
    }
    // The object was moved there. Precondition: this lock is held.
    void follow(const platform::MemoryObject &moved) { object_ = &moved; }
    // Takes over what another one holds, which holds nothing then. Precondition: this lock is not held.
    void adopt(LifeLock &other) {
        LATZERO_ASSERT(!held());
        object_ = std::exchange(other.object_, nullptr);
    }
    void release() {
        if (const auto *locked = std::exchange(object_, nullptr)) platform::unlock_life(*locked);
    }

    bool held() const { return object_ != nullptr; }
    // The object whose lock this is. Precondition: it is held.
    const platform::MemoryObject &object() const { return *object_; }

private:
    const platform::MemoryObject *object_ = nullptr;
};

}  // namespace latzero::pool

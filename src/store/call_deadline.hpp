// How long one call waits for what the living hold: its session's timeout in all, whatever it waits for.
//
// A call that takes one lock after another opens a CallDeadline first; all its waits share the one timeout. A Wait is
// one of them; a wait that begins within another, as when a waiter recovers the dead, ends with it. Both belong to the
// thread, as calls do, and the outermost counts. Only waiting counts, not the time that a walk takes.
#pragma once

#include <cstdint>

#include "base/assert.hpp"
#include "base/last_error.hpp"
#include "platform/clock.hpp"

namespace latzero::store {

class CallDeadline {
public:
    CallDeadline() : outermost_(!is_open) {
        if (outermost_) is_open = true, has_waited = false;
    }
    // With that limit instead of the sessions' timeouts.
    explicit CallDeadline(std::uint64_t limit_ns) : CallDeadline() {
        if (outermost_) has_waited = true, left_ns = limit_ns;
    }
    ~CallDeadline() {
        LATZERO_ASSERT(is_open);
        if (outermost_) is_open = false;
    }
    CallDeadline(const CallDeadline &) = delete;
    CallDeadline &operator=(const CallDeadline &) = delete;

private:
    friend class Wait;

    static inline constinit thread_local bool is_open = false;
    static inline constinit thread_local bool has_waited = false;
    static inline constinit thread_local std::uint64_t left_ns = 0;  // once it has waited

    bool outermost_;
};

class Wait {
public:
    explicit Wait(std::uint64_t timeout_ns) : outermost_(until_ns == 0) {
        if (!outermost_) return;
        note_holder(0);  // forgets the one of an earlier wait
        const bool goes_on = CallDeadline::is_open && CallDeadline::has_waited;
        until_ns = platform::boot_ns() + (goes_on ? CallDeadline::left_ns : timeout_ns);
    }
    ~Wait() {
        LATZERO_ASSERT(until_ns != 0);
        if (!outermost_) return;
        CallDeadline::left_ns = left();
        LATZERO_ASSERT(CallDeadline::left_ns <= until_ns);
        CallDeadline::has_waited = true;
        until_ns = 0;
    }
    Wait(const Wait &) = delete;
    Wait &operator=(const Wait &) = delete;

    std::uint64_t left() const {
        const std::uint64_t now = platform::boot_ns();
        return until_ns > now ? until_ns - now : 0;
    }
    bool is_over() const { return left() == 0; }

private:
    static inline constinit thread_local std::uint64_t until_ns = 0;  // of the wait that goes on

    bool outermost_;
};

}  // namespace latzero::store

// Sleeping until stripes of a pool change. One thread sleeps at a time; any other may wake it.
//
// A read-only client cannot write into its mapping that it sleeps. It asks through another handle, byte by byte, so
// that a wild write of its process still finds no mapping that takes it. Where the system refuses such a handle, it
// looks again every kPollNs.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "platform/memory_object.hpp"
#include "pool/pool.hpp"
#include "store/bell.hpp"

namespace latzero::client {

// When a wait of so many milliseconds from now ends, by the boot clock; the end of time for a negative one.
std::uint64_t deadline_ns(std::int64_t timeout_ms);
// A time in milliseconds as nanoseconds; the end of time for one that is too far.
constexpr std::uint64_t to_ns(std::uint64_t ms) {
    constexpr std::uint64_t kNsEach = 1'000'000;
    return std::min(ms, ~std::uint64_t{0} / kNsEach) * kNsEach;
}

class Sleeper {
public:
    static constexpr std::uint64_t kPollNs = 10'000'000;

    explicit Sleeper(const pool::Pool &pool);

    // Whether writers can wake it.
    bool is_heard() const { return pool_.segment().writable() || asks_; }

    // For stripes whose ring is off: has the next unlock of each ring the bell. One that runs at this moment may not.
    void ask(std::uint64_t stripes) const;

    // What was waited for came: behind it more may, so that the next rests are short.
    void note_found() { is_busy_ = true; }
    // sleep(); but as long as things come, pauses instead: so a burst of them costs its writers one wake-up.
    template <typename IsDue>
    void rest(std::uint64_t stripes, std::uint64_t most_ns, IsDue is_due) {
        if (is_busy_)
            pause(most_ns);
        else
            sleep(stripes, most_ns, is_due);
    }

    // Sleeps until one of the stripes, a bit each, changes, somebody calls wake(), or that long; not at all if is_due()
    // says that there is something already. It may return early. Precondition: the bells of these stripes are on, by
    // the ring or by ask().
    template <typename IsDue>
    void sleep(std::uint64_t stripes, std::uint64_t most_ns, IsDue is_due) {
        pause_ns_ = kFirstPauseNs;
        asleep_.store(true, std::memory_order_seq_cst);
        const std::uint32_t bell = store::read_bell(pool_.segment());
        const bool heard = announce(stripes);
        if (!woken_.load(std::memory_order_seq_cst) && !is_due()) nap(bell, stripes, most_ns, heard);
        asleep_.store(false, std::memory_order_seq_cst);
    }

    // Has the sleep that goes on return, or the next one. Any thread.
    void wake();
    // Whether somebody has, since the last time that this was asked.
    bool take_wake() {
        return woken_.load(std::memory_order_relaxed) && woken_.exchange(false, std::memory_order_seq_cst);
    }

private:
    static constexpr std::uint64_t kFirstPauseNs = 50'000, kLongestPauseNs = 1'000'000;

    void pause(std::uint64_t most_ns);
    bool announce(std::uint64_t stripes) const;
    void nap(std::uint32_t bell, std::uint64_t stripes, std::uint64_t most_ns, bool heard) const;
    template <typename Field>
    std::uint64_t offset_of(const Field &field) const;

    const pool::Pool &pool_;
    platform::MemoryObject asking_;  // of a read-only client, if asks_
    bool asks_ = false;
    bool is_busy_ = false;
    std::uint64_t pause_ns_ = kFirstPauseNs;
    std::atomic<bool> asleep_{false}, woken_{false};
};

}  // namespace latzero::client

#include "client/sleeper.hpp"

#include <algorithm>

#include "platform/clock.hpp"
#include "platform/pool_names.hpp"
#include "platform/sync.hpp"

namespace latzero::client {

using namespace store;

std::uint64_t deadline_ns(std::int64_t timeout_ms) {
    constexpr std::int64_t kLongestMs = std::int64_t{1} << 40;
    if (timeout_ms < 0) return ~std::uint64_t{0};
    return platform::boot_ns() + static_cast<std::uint64_t>(std::min(timeout_ms, kLongestMs)) * 1'000'000;
}

Sleeper::Sleeper(const pool::Pool &pool) : pool_(pool) {
    if (!pool.segment().writable()) asks_ = platform::open_for_writing(pool.segment().object(), asking_) == Status::ok;
}

template <typename Field>
std::uint64_t Sleeper::offset_of(const Field &field) const {
    return static_cast<std::uint64_t>(reinterpret_cast<const std::byte *>(&field) -
                                      reinterpret_cast<const std::byte *>(&pool_.segment().header()));
}

void Sleeper::ask(std::uint64_t stripes) const {
    constexpr std::uint8_t kAsked = 1;
    for (std::uint32_t stripe = 0; stripe < kStripes; stripe++) {
        if ((stripes >> stripe & 1) == 0) continue;
        if (pool_.segment().writable())
            ask_for_bell(pool_.segment(), stripe);
        else if (asks_)
            (void)asking_.write(offset_of(pool_.segment().stripe(stripe).lock.waiters) + kReadersByte, &kAsked, 1);
    }
}

void Sleeper::pause(std::uint64_t most_ns) {
    is_busy_ = false;
    platform::pause_for(std::min(most_ns, pause_ns_));
    pause_ns_ = std::min(pause_ns_ * 2, kLongestPauseNs);
}

// A read-only client sets all bits: the others' cost a wake-up too many, and none is lost.
bool Sleeper::announce(std::uint64_t stripes) const {
    if (pool_.segment().writable()) {
        announce_sleep(pool_.segment(), stripes);
        return true;
    }
    constexpr std::uint64_t kAll = ~std::uint64_t{0};
    return asks_ && asking_.write(offset_of(pool_.segment().header().sleepers), &kAll, sizeof kAll) == Status::ok;
}

void Sleeper::nap(std::uint32_t bell, std::uint64_t stripes, std::uint64_t most_ns, bool heard) const {
    if (heard)
        sleep_until_bell(pool_.segment(), bell, stripes, most_ns);
    else
        platform::pause_for(std::min(most_ns, kPollNs));
}

// Who is about to sleep has looked at woken_ before, and misses a call that comes then: so there are some. A thread
// that the system has stopped does not wake up for any of them.
void Sleeper::wake() {
    constexpr std::uint64_t kPauseNs = 50'000;
    constexpr int kMostCalls = 20;
    woken_.store(true, std::memory_order_seq_cst);
    for (int calls = 0; calls < kMostCalls && asleep_.load(std::memory_order_seq_cst); calls++) {
        wake_sleepers(pool_.segment());
        if (asleep_.load(std::memory_order_seq_cst)) platform::pause_for(kPauseNs);
    }
}

}  // namespace latzero::client

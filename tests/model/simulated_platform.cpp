// The system as far as a model needs another one: a clock that moves when somebody waits, and waits that give way to
// the other processes. Byte locks and mappings are the real ones.
#include "platform/clock.hpp"
#include "platform/sync.hpp"
#include "simulator.hpp"

namespace latzero::platform {
namespace {

std::uint64_t now_ns = 1'000'000'000;

}  // namespace

std::uint64_t boot_ns() { return now_ns; }
std::uint64_t thread_ns() { return now_ns; }
std::uint64_t coarse_ms() { return now_ns / 1'000'000; }
std::int64_t wall_ns() { return static_cast<std::int64_t>(now_ns); }

// As the system does it: sleeps only while the word is as expected, and wakes when it has changed, early or at the end
// of its time. That a wake-up comes at all is not relied upon: after some turns of the others the time is over.
void wait_on(const WaitChannel &, const std::atomic<std::uint32_t> &word, std::uint32_t expected,
             std::uint64_t max_wait_ns) {
    for (std::uint32_t turn = model::roll(8); turn > 0 && word.load(std::memory_order_seq_cst) == expected; turn--)
        model::yield();
    now_ns += max_wait_ns;
    model::yield();
}

void wake_all(const WaitChannel &, std::atomic<std::uint32_t> &) {}

void wait_on_groups(const WaitChannel &channel, const std::atomic<std::uint32_t> &word, std::uint32_t expected,
                    std::uint32_t, std::uint64_t max_wait_ns) {
    wait_on(channel, word, expected, max_wait_ns);
}

void wake_groups(const WaitChannel &, std::atomic<std::uint32_t> &, std::uint32_t) {}

}  // namespace latzero::platform

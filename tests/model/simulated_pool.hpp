// A pool for the models: one segment, mapped by each process through a handle of its own, as processes do. Its words
// are simulated from the first process's start to the last one's end; behind that the memory is as it was.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pool/pool.hpp"
#include "pool/value_info.hpp"
#include "simulator.hpp"

namespace latzero::model {

// Keys are chosen by what matters to the store: the stripe, and where in the index a key is at home.
inline store::Key make_key(const char (&name)[2], std::uint32_t hash) { return {name, 1, 0, hash}; }

// What one process has done, for the others to know without asking the pool: who reads a number of steps here sees all
// that was done in them.
class Progress {
public:
    void note(std::uint32_t steps) { done_.store(steps, std::memory_order_release); }
    std::uint32_t known() const { return done_.load(std::memory_order_acquire); }

private:
    alignas(8) store::HalfWord done_{0};
    store::HalfWord unused_{0};
};

class SimulatedPool {
public:
    // `read_only`: the number of the process that has no right to write.
    explicit SimulatedPool(int read_only = -1);

    pool::Pool &of(int process) { return *pools_[static_cast<std::size_t>(process)]; }
    Progress &progress() { return progress_; }
    store::Stripe &stripe() { return pools_[0]->session().segment.stripe(0); }

    // After a schedule that was abandoned: all processes attach anew.
    void renew();

private:
    void attach(int process, platform::MemoryObject &&object);

    int read_only_;
    // A schedule is abandoned when it fails; then it is run once more, for its history.
    std::array<std::array<platform::MemoryObject, kProcesses>, 2> handles_;
    std::size_t renewals_ = 0;
    store::PoolConstants constants_ = {};
    std::array<std::unique_ptr<pool::Pool>, kProcesses> pools_;
    Progress progress_;
};

// Values that tell whose they are: each word names the key, the write and its own place in the value.
struct Stamp {
    std::uint32_t key, write;

    std::uint64_t word(std::uint32_t at) const {
        return std::uint64_t{key} << 48 | std::uint64_t{write} << 16 | at << 1 | 1;
    }
    std::vector<std::uint64_t> value(std::uint32_t words) const;
    // Of a value's words; not `whole` if they are not all of one write.
    static Stamp of(const std::uint64_t *words, std::uint32_t count, bool &whole);
};

inline constexpr std::uint32_t kLedgerKeys = 3;
inline constexpr std::uint32_t kMostWords = 64;

// What the keys of one writer were after each of its steps; so what a reader may find is known. A step is entered
// before it is done, since a reader may see it at once.
class Ledger {
public:
    struct State {
        std::array<std::uint32_t, kLedgerKeys> write = {};  // 0: absent
        std::array<std::uint64_t, kLedgerKeys> version = {};
    };

    void reset(const State &first) { states_.assign(1, first); }
    State &next() { return states_.emplace_back(states_.back()); }
    std::uint32_t steps() const { return static_cast<std::uint32_t>(states_.size() - 1); }
    const State &at(std::uint32_t step) const { return states_[step]; }

    // What read() said of a key, and copied. Ends the schedule if that cannot be. `since` becomes the first step at
    // which it was true, from the one that it was.
    void judge(std::uint32_t key, Status status, const std::uint64_t *words, const pool::ValueInfo &info,
               std::uint32_t &since) const;

private:
    // Whether that was true of the key at a moment between two steps; `since` becomes the first such moment.
    bool had(std::uint32_t key, std::uint32_t write, std::uint32_t &since) const;

    std::vector<State> states_;
};

}  // namespace latzero::model

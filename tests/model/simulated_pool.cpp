#include "simulated_pool.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "platform/liveness.hpp"
#include "platform/pool_names.hpp"

namespace latzero::model {

using platform::Access;
using platform::MemoryObject;

namespace {

void must(Status status, const char *what) {
    if (status == Status::ok) return;
    std::fprintf(stderr, "cannot %s\n", what);
    std::exit(2);
}

}  // namespace

SimulatedPool::SimulatedPool(int read_only) : read_only_(read_only) {
    const std::string name = "model." + std::to_string(getpid());
    constants_.max_bytes = store::kFirstCapacity;
    MemoryObject object;
    must(platform::create_unseen(constants_.max_bytes, object), "create a pool");
    must(store::Segment::format(object, constants_), "format a pool");
    must(platform::publish(object, name), "publish a pool");
    for (auto &handles : handles_)
        for (int process = 0; process < kProcesses; process++)
            must(platform::open_object(name, process == read_only_ ? Access::read_only : Access::read_write,
                                       handles[static_cast<std::size_t>(process)]),
                 "open a pool");
    must(platform::remove_name(object), "unlink a pool");
    renew();
}

void SimulatedPool::renew() {
    forget_memory();
    simulate_memory(1, &progress_, sizeof progress_);
    for (int process = 0; process < kProcesses; process++) {
        const auto slot = static_cast<std::size_t>(process);
        pools_[slot].reset();
        attach(process, std::move(handles_[renewals_][slot]));
    }
    renewals_++;
}

void SimulatedPool::attach(int process, MemoryObject &&object) {
    const bool writes = process != read_only_;
    const auto slot = static_cast<std::uint32_t>(process);
    auto &pool = pools_[slot] = std::make_unique<pool::Pool>();
    store::Session &session = pool->session();
    must(session.segment.attach(std::move(object), writes ? Access::read_write : Access::read_only, constants_),
         "attach to a pool");
    session.timeout_ns = 5'000'000'000;
    simulate_memory(0, &session.segment.header(), constants_.max_bytes);
    if (!writes) return;
    must(platform::hold_byte(session.segment.object(), store::kWriterBytes + slot, platform::Hold::alone),
         "hold a byte");
    session.segment.client(slot).generation.store(1);
    session.segment.client(slot).in_use.store(1);
    session.owner = store::make_owner(slot, 1);
}

std::vector<std::uint64_t> Stamp::value(std::uint32_t words) const {
    std::vector<std::uint64_t> value(words);
    for (std::uint32_t at = 0; at < words; at++) value[at] = word(at);
    return value;
}

Stamp Stamp::of(const std::uint64_t *words, std::uint32_t count, bool &whole) {
    const Stamp stamp{static_cast<std::uint32_t>(words[0] >> 48), static_cast<std::uint32_t>(words[0] >> 16)};
    whole = true;
    for (std::uint32_t at = 0; at < count; at++) whole = whole && words[at] == stamp.word(at);
    return stamp;
}

bool Ledger::had(std::uint32_t key, std::uint32_t write, std::uint32_t &since) const {
    for (std::uint32_t step = since; step < states_.size(); step++) {
        if (states_[step].write[key] != write) continue;
        since = step;
        return true;
    }
    return false;
}

void Ledger::judge(std::uint32_t key, Status status, const std::uint64_t *words, const pool::ValueInfo &info,
                   std::uint32_t &since) const {
    if (status == Status::not_found) {
        require(had(key, 0, since), "a miss of a key that was there all the time");
        return;
    }
    require(status == Status::ok, "a read neither hits nor misses");
    bool whole = false;
    require(info.size >= 8 && info.size <= kMostWords * 8, "a size that no value has");
    const Stamp stamp = Stamp::of(words, static_cast<std::uint32_t>(info.size / 8), whole);
    require(whole, "a torn value");
    require(stamp.key == key, "another key's value");
    require(had(key, stamp.write, since), "a value that was not the key's during the call");
    require(states_[since].version[key] == info.version, "a value under another version");
}

}  // namespace latzero::model

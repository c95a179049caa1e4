// One writer, whose steps a ledger keeps, and readers without a lock, whose reads it judges: a hit is a whole value of
// that key, which was the key's at some moment of the call, under its own version; a miss was right at some moment of
// the call; no reader goes back in time.
#pragma once

#include <algorithm>

#include "pool/read.hpp"
#include "pool/remove.hpp"
#include "pool/write.hpp"
#include "short_read.hpp"
#include "simulated_pool.hpp"

namespace latzero::model {

class LedgerModel : public Model {
public:
    void begin(bool abandoned) override {
        if (abandoned) pool_.renew();
        ledger_.reset(first_);
    }

    void process(int number) override {
        constexpr std::uint32_t kWrites = 4, kReads = 2;
        if (number == 0)
            for (std::uint32_t write = 0; write < kWrites; write++) {
                change(3 + write);
                pool_.progress().note(ledger_.steps());
            }
        else
            for (std::uint32_t read = 0, since = 0; read < kReads; read++) look(number, since);
    }

protected:
    // The writer's next step, by a write of that number; it enters the step before it does it.
    virtual void change(std::uint32_t write) = 0;

    void put(std::uint32_t key, std::uint32_t write, std::uint32_t words, std::uint64_t &version) {
        const auto bytes = Stamp{key, write}.value(words);
        const pool::NewValue value{.bytes = bytes.data(), .size = words * 8};
        if (pool::put_fast(pool_.of(0), keys_[key], value, version)) return;
        require(pool::put(pool_.of(0), keys_[key], value, {}, version) == Status::ok, "the writer could not write");
    }
    void erase(std::uint32_t key) { (void)pool::erase(pool_.of(0), keys_[key], {}); }

    // Two of them have the same hash.
    const std::array<store::Key, kLedgerKeys> keys_ = {make_key("a", 5), make_key("b", 5), make_key("c", 6)};
    SimulatedPool pool_{2};
    Ledger::State first_;  // what the constructor has written
    Ledger ledger_;

private:
    void look(int number, std::uint32_t &since) {
        since = std::max(since, pool_.progress().known());
        const std::uint32_t key = roll(kLedgerKeys);
        std::array<std::uint64_t, kMostWords> words = {};
        pool::ValueInfo info;
        pool::Pool &pool = pool_.of(number);
        const pool::Tried by_short_way =
            roll(2) != 0 ? read_short(pool, keys_[key], words.data(), sizeof words, info) : pool::Tried();
        const Status status = by_short_way
                                  ? *by_short_way
                                  : pool::read(pool, keys_[key], pool::CopyValue{words.data(), sizeof words, info});
        ledger_.judge(key, status, words.data(), info, since);
    }
};

}  // namespace latzero::model

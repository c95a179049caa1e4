// What a pool should hold, and the commands that lead there: run on a pool by the victim, on a model by the judge.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/status.hpp"

namespace latzero::crash {

// Raw ones, so that opening a pool costs next to nothing.
inline constexpr char kFirstAuthKey[] = "the auth key that a pool has got";
inline constexpr char kOtherAuthKey[] = "the auth key that it is to have.";
static_assert(sizeof kFirstAuthKey == 33 && sizeof kOtherAuthKey == 33);

// TTLs: over before anybody can read the value, and so long that what a run takes of them does not tell them apart.
inline constexpr std::int64_t kMoment = 1, kWeek = 600'000'000, kMonth = 2'600'000'000, kTtlUnit = 100'000'000;

inline constexpr std::uint8_t kInt64Type = 2, kDoubleType = 3, kBytesType = 5, kListType = 6;

struct Entry {
    std::string key;
    std::string value = {};  // what is stored or appended, or the new auth key
    std::int64_t ttl_ms = 0;
};

struct Command {
    enum class Verb : std::uint8_t {
        set,
        set_if_present,
        compare_and_set,  // against the version that is there
        swap,
        erase,
        take,
        add,
        add_double,
        count,  // as add; what it makes ends
        append,
        pop_front,
        pop_back,
        expire,
        persist,
        reserve_and_commit,
        reserve_and_abandon,
        borrow_set_return,  // replaces the value while it is borrowed, then gives it back
        mset,
        set_fast_and_flush,
        clear,
        sweep,
        rekey,
        connect,  // delta times more
        disconnect,
        // Done by PoolUnderTest, not by a client of the pool.
        lend,       // a read-only client borrows the value
        give_back,  // it gives all back
        fill_up,    // large values until growth is due
        crumble,    // large values and then small ones to the cap, of which half stay
        wear_out    // keys that come and go until a rehash is due
    };
    Verb verb;
    std::vector<Entry> entries = {};
    std::int64_t delta = 0;  // add, add_double (whole numbers), count, connect

    const std::string &key() const { return entries.front().key; }
    bool is_batch() const { return verb == Verb::mset || verb == Verb::set_fast_and_flush; }
};

// What a command returns; of a batch, for each entry.
struct Outcome {
    static constexpr std::size_t kMostEntries = 16;

    Status status = Status::ok;
    std::array<Status, kMostEntries> entries = {};
};

// Bytes that copies share: each step of a pool that is full of large values is a copy of its model.
class Bytes {
public:
    Bytes() : Bytes(std::string()) {}
    Bytes(std::string text) : text_(std::make_shared<const std::string>(std::move(text))) {}

    const std::string &text() const { return *text_; }
    bool operator==(const Bytes &other) const { return text_ == other.text_ || *text_ == *other.text_; }

private:
    std::shared_ptr<const std::string> text_;
};

struct Value {
    std::uint8_t type = kBytesType;
    Bytes bytes;
    std::int64_t ttl_ms = 0;  // 0: none

    bool operator==(const Value &) const = default;
};

struct Model {
    std::map<std::string, Value> values;
    std::string auth_key = kFirstAuthKey;  // that opens the pool, if it is encrypted

    bool operator==(const Model &) const = default;
};

// A command is done in steps, each whole or not at all, in this order; before the first step and behind each one the
// pool holds one of these. `outcome` says which steps were refused.
std::vector<Model> steps_of(const Model &before, const Command &command, const Outcome &outcome);

// Whether the status belongs to a command that was done, or had nothing to do.
constexpr bool is_done(Status status) { return status == Status::ok || status == Status::not_found; }

}  // namespace latzero::crash

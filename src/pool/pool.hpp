// The verbs on one connected pool. Keys and values are opaque bytes here; types, namespaces and sentences belong to the
// client above.
//
// Invariants:
// - Reads take no lock and write nothing shared, unless a key changes during each of many attempts.
// - A write holds one stripe's lock; values too large for a size class are written before it is taken.
// - Whatever fails, fails before the commit of its exchange: nothing has changed then.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "store/index.hpp"
#include "store/session.hpp"
#include "store/stripe.hpp"

namespace latzero::pool {

using store::Key;
using store::NewValue;

// What a read learned of a value, beside its bytes.
struct ValueInfo {
    std::uint8_t type = 0;
    std::uint64_t size = 0;
    std::uint64_t version = 0;
    std::uint64_t expiry_ms = 0;  // boot clock; 0: none
};

// What is added to a number, or subtracted from it: the least number has no negative that could be added instead.
struct Delta {
    std::int64_t value;
    bool subtract;

    Delta(std::int64_t by, bool subtracted = false) : value(by), subtract(subtracted) {}

    // False if the sum does not fit.
    bool apply(std::int64_t before, std::int64_t &sum) const {
        return !(subtract ? __builtin_sub_overflow(before, value, &sum) : __builtin_add_overflow(before, value, &sum));
    }
};

struct PoolStats {
    std::uint64_t clients = 0;
    std::uint64_t keys = 0;
    std::uint64_t used_bytes = 0;  // blocks of records and tables
    std::uint64_t capacity_bytes = 0;
    std::uint64_t claimed_bytes = 0;  // pages in use for them
    std::uint64_t commits = 0;
};

class Pool {
public:
    store::Session &session() { return session_; }
    const store::Session &session() const { return session_; }

    bool destroyed() const {
        return session_.segment.header().state.load(std::memory_order_relaxed) != store::kStateLive;
    }

    Key key(std::string_view bytes) const;

    // Copies the value if it fits into `capacity` bytes; too_small otherwise, with info filled.
    Status get(const Key &key, void *buffer, std::size_t capacity, ValueInfo &info);
    Status put(const Key &key, const NewValue &value);
    Status erase(const Key &key);
    Status clear();
    // Changes an 8-byte number of the given type; an absent one counts as 0.
    Status add(const Key &key, std::uint8_t type, const Delta &delta, std::int64_t &sum);

    // Bytes that a record of this key and value would take, and the most that this pool can ever hold of one.
    static std::uint64_t record_bytes(const Key &key, const NewValue &value) { return value.shape(key.size).total(); }
    std::uint64_t largest_record() const;

    // The keys of one stripe as they stood at one moment of the call, except those changed during it.
    Status keys_of_stripe(std::uint32_t stripe, std::vector<std::string> &keys);

    std::uint64_t size() const;
    PoolStats stats() const;

private:
    // Without a lock, before the lock is taken or time is up.
    static constexpr int kReadAttempts = 16;

    store::Actor actor() { return {session_, session_.owner}; }
    [[gnu::cold]] Status read_again(const Key &key, void *buffer, std::size_t capacity, ValueInfo &info);
    template <typename Attempt>
    Status with_room(const Key &key, std::uint64_t bytes, Attempt attempt);
    Status make_room(std::uint32_t stripe, std::uint64_t bytes, int attempt);
    Status write_pending(const Key &key, const NewValue &value, store::Ref &prefilled);
    Status put_large(const Key &key, const NewValue &value, std::uint64_t &wanted);
    Status add_locked(const Key &key, std::uint8_t type, const Delta &delta, store::Ref &prefilled, std::int64_t &sum,
                      std::uint64_t &wanted);
    Status add_large(const Key &key, std::uint8_t type, const Delta &delta, std::int64_t &sum, std::uint64_t &wanted);
    Status put_locked(const Key &key, const NewValue &value, store::Ref prefilled, std::uint64_t &wanted);
    Status replace_locked(const Key &key, const NewValue &value, store::Ref prefilled, store::Table &table,
                          store::Place &place, std::uint64_t &wanted);
    Status erase_at(std::uint32_t stripe, const store::Table &table, const store::Place &place);
    bool try_list_keys(std::uint32_t stripe, std::vector<std::string> &keys) const;
    void touch();

    store::Session session_;
};

}  // namespace latzero::pool

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
#include "platform/clock.hpp"
#include "pool/key_hash.hpp"
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

// Copies a value if it fits, and what is known of it. Nothing of that is to be trusted before the read is known to be
// of one version.
struct CopyValue {
    void *buffer;
    std::size_t capacity;
    ValueInfo &info;

    void operator()(const store::RecordView &view, std::uint64_t version) const {
        info.type = view.shape.type;
        info.size = view.shape.value_size;
        info.expiry_ms = expiry_of(view);
        info.version = version;
        if (view.shape.has(store::kHasModified)) {
            // A counter's version is stored behind its value, so read before it: then a compare-and-set with this
            // version can never overwrite a value newer than the one read.
            const std::uint64_t modified = view.modified().load(std::memory_order_acquire);
            if (modified != 0) info.version = modified;
        }
        if (view.shape.value_size <= capacity) [[likely]]
            store::copy_from_shared(buffer, view.value, view.shape.value_size);
    }
};

inline bool expired(std::uint64_t expiry_ms) { return expiry_ms != 0 && platform::boot_ms() >= expiry_ms; }

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

    Key key(std::string_view bytes) const { return make_key(bytes, session_.segment.constants().hash_secret); }

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
    [[gnu::cold]] Status read_again(std::string_view key, void *buffer, std::size_t capacity, ValueInfo &info);
    template <typename Attempt>
    Status with_room(const Key &key, std::uint64_t bytes, Attempt attempt);
    Status make_room(std::uint32_t stripe, std::uint64_t bytes, int attempt);
    Status write_pending(const Key &key, const NewValue &value, store::Ref &prefilled);
    Status put_large(const Key &key, const NewValue &value, std::uint64_t &wanted);
    Status start_counter_locked(const Key &key, std::uint8_t type, const Delta &delta, store::Ref &prefilled,
                                std::int64_t &sum, const store::Table &table, const store::Place &place,
                                std::uint64_t &wanted);
    Status add_locked(const Key &key, std::uint8_t type, const Delta &delta, store::Ref &prefilled, std::int64_t &sum,
                      std::uint64_t &wanted);
    Status add_large(const Key &key, std::uint8_t type, const Delta &delta, std::int64_t &sum, std::uint64_t &wanted);
    Status put_locked(const Key &key, const NewValue &value, store::Ref prefilled, std::uint64_t &wanted);
    Status ensure_place(const Key &key, store::Table table, store::Place &place, std::uint64_t &wanted);
    Status replace_locked(const Key &key, const NewValue &value, store::Ref prefilled, const store::Table &table,
                          store::Place place, std::uint64_t &wanted);
    Status erase_at(std::uint32_t stripe, const store::Table &table, const store::Place &place);
    void give_all_back() noexcept;
    bool try_list_keys(std::uint32_t stripe, std::vector<std::string> &keys) const;
    void touch();

    store::Session session_;
};

// Inline, with all that it does: the call for which the library is there. The first attempt is almost always the last;
// what else there is stays out of its way, and has an info of its own, so that this one need not lie in memory.
inline Status Pool::get(const Key &key, void *buffer, std::size_t capacity, ValueInfo &info) {
    const auto outcome = store::try_read<true>(session_.segment, key, CopyValue{buffer, capacity, info});
    if (outcome == store::Attempt::miss) return Status::not_found;
    if (outcome != store::Attempt::hit) [[unlikely]] {
        ValueInfo again;
        const Status found = read_again({static_cast<const char *>(key.bytes), key.size}, buffer, capacity, again);
        if (found != Status::ok) return found;
        info = again;
    }
    if (expired(info.expiry_ms)) [[unlikely]]
        return Status::not_found;
    if (info.size > capacity) [[unlikely]]
        return Status::too_small;
    return Status::ok;
}

}  // namespace latzero::pool

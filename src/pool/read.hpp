// Reading a key's record, without a lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pool/find.hpp"
#include "pool/pool.hpp"
#include "pool/value_info.hpp"
#include "store/call_deadline.hpp"

namespace latzero::pool {

// Attempts without a lock, before the lock is taken or time is up.
inline constexpr int kReadAttempts = 16;

// Copies the value if it fits into `capacity` bytes; too_small otherwise, with info filled. Of an encoded value it
// fills the info alone, and returns ok.
Status get(Pool &pool, const Key &key, void *buffer, std::size_t capacity, ValueInfo &info);

// get() for the bytes as they are stored, encoded or not.
Status get_stored(Pool &pool, const Key &key, void *buffer, std::size_t capacity, ValueInfo &info);

// Fast path of get() for records with just these flags: a hit copies by copy(record, value, shape, version). For
// FastRead::met, get_met() goes on with the record.
template <std::uint8_t kFlags, typename Copy>
[[gnu::always_inline]] inline store::FastRead get_fast(const Pool &pool, const Key &key, Copy copy, store::Met &met) {
    return store::try_read_fast<kFlags>(pool.segment(), key, copy, met);
}

// get() of a record that was met. nullopt: it is another key's, or has changed since.
Tried get_met(const Pool &pool, const Key &key, const store::Met &met, void *buffer, std::size_t capacity,
              ValueInfo &info);

// Reads by whatever look(view, version) copies. Expired records are read too.
template <typename Look>
Status read(Pool &pool, const Key &key, Look look);

// Ask the processor for what the next verb on this key will wait for: first the slot, then what that leads to.
inline void fetch_slot(const Pool &pool, const Key &key) {
    const std::uint64_t word = pool.segment().stripe(key.stripe).table.load(std::memory_order_relaxed);
    const auto table = store::TableWord::unpack(word);
    const std::uint64_t mask = (std::uint64_t{1} << table.bits % 64) - 1;
    pool.segment().fetch(table.ref, (key.hash & mask) * sizeof(store::Word));
}

inline void fetch_record(const Pool &pool, const Key &key) {
    const store::Segment &segment = pool.segment();
    store::Table table;
    if (!open_table(segment, segment.stripe(key.stripe), table) || table.slots == nullptr) return;
    const store::Ref ref = store::slot_ref(table.slots[key.hash & table.mask].load(std::memory_order_relaxed));
    segment.fetch(ref, 0);
    segment.fetch(ref, 64);
}

// --- how -------------------------------------------------------------------------------------------------------------

// After many attempts a read-write client takes the lock; a read-only one goes on until its deadline.
template <typename Look>
Status read(Pool &pool, const Key &key, Look look) {
    const store::Session &session = pool.session();
    std::optional<store::Wait> wait;
    for (int attempt = 0, damaged = 0;; attempt++) {
        const store::Attempt outcome = store::try_read(session.segment, key, look);
        if (outcome == store::Attempt::hit) [[likely]]
            return Status::ok;
        if (outcome == store::Attempt::miss) return Status::not_found;
        // Once proves nothing: a block can be freed, looked at, and be the same key's again before the slot is.
        damaged = outcome == store::Attempt::damaged ? damaged + 1 : 0;
        if (damaged == kReadAttempts) return Status::corrupt;
        if (attempt < kReadAttempts) continue;
        if (session.segment.writable()) break;
        if (!wait) wait.emplace(session.timeout_ns);
        if (wait->is_over()) return Status::timeout;
    }
    const store::StripeLock lock(pool.actor(), key.stripe);
    if (lock.status() != Status::ok) return lock.status();
    Found found;
    const Status status = find_locked(lock, pool, key, found);
    if (status != Status::ok) return status;
    if (!found.place.found) return Status::not_found;
    look(found.place.view, found.place.view.version());
    return Status::ok;
}

}  // namespace latzero::pool

// The verbs on one connected pool. Keys and values are opaque bytes here; types, namespaces and sentences belong to the
// client above.
//
// Invariants:
// - Reads take no lock and write nothing shared, unless a key changes during each of many attempts.
// - A write holds one stripe's lock; values too large for a size class are written before it is taken.
// - Whatever fails, fails before the commit of its exchange: nothing has changed then.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/status.hpp"
#include "platform/clock.hpp"
#include "pool/delta.hpp"
#include "pool/key_hash.hpp"
#include "store/budget.hpp"
#include "store/call_deadline.hpp"
#include "store/index.hpp"
#include "store/remove.hpp"
#include "store/session.hpp"
#include "store/stripe.hpp"
#include "value/wiped.hpp"

namespace latzero::pool {

using store::expired;
using store::Key;
using store::NewValue;

// What a read learned of a value, beside its bytes.
struct ValueInfo {
    std::uint8_t type = 0;
    std::uint8_t flags = 0;  // of the record, see store/layout.hpp
    std::uint64_t size = 0;  // of the stored bytes
    std::uint64_t version = 0;
    std::uint64_t expiry_ms = 0;  // boot clock; 0: none
    std::uint64_t detail = 0;
    std::uint32_t elements = 0;  // of a list that is appended to
    bool pending = false;        // known to this process alone as yet
    std::uint64_t record = 0;    // version of the record, of a value that was sealed

    bool encoded() const { return (flags & store::kEncoded) != 0; }
};

// The part of describe() for a list that is appended to: kept out of the way of all other reads.
[[gnu::cold, gnu::noinline]] std::uint64_t describe_filled(const store::RecordView &view, ValueInfo &info);

// Returns at which byte of the record's value the value begins.
inline std::uint64_t describe(const store::RecordView &view, std::uint64_t version, ValueInfo &info) {
    info.type = view.shape.type;
    info.flags = view.shape.flags;
    info.size = view.shape.value_size;
    info.expiry_ms = expiry_of(view);
    info.version = version_of(view, version);
    info.detail = view.shape.has(store::kHasDetail) ? view.detail().load(std::memory_order_relaxed) : 0;
    info.elements = 0;
    if (!view.shape.has(store::kHasFilled)) [[likely]]
        return 0;
    return describe_filled(view, info);
}

// Copies a value if it fits, and what is known of it. Nothing of that is to be trusted before the read is known to be
// of one version. Encoded bytes are copied only for who asked for them.
struct CopyValue {
    void *buffer;
    std::size_t capacity;
    ValueInfo &info;
    bool stored = false;

    void operator()(const store::RecordView &view, std::uint64_t version) const {
        const std::uint64_t begin = describe(view, version, info);
        if (info.size > capacity || (info.encoded() && !stored)) [[unlikely]]
            return;
        if (begin == 0) [[likely]]
            store::copy_from_shared(buffer, view.value, info.size);
        else
            store::copy_from_shared_at(buffer, view.value, begin, info.size);
    }
};

// What must be true of a key for a write to happen: exists, not_found or conflict otherwise. A key past its expiry is
// absent, and has version 0.
struct Expect {
    enum class Kind : std::uint8_t { anything, absent, present, version, record };

    Kind kind = Kind::anything;
    std::uint64_t version = 0;

    static Expect absent() { return {Kind::absent, 0}; }
    static Expect present() { return {Kind::present, 0}; }
    static Expect this_version(std::uint64_t version) { return {Kind::version, version}; }
    // Of the record: also a new expiry is a change.
    static Expect this_record(std::uint64_t version) { return {Kind::record, version}; }
};

// A value that lies where it is until it is given back.
struct Borrowed {
    const void *bytes = nullptr;
    std::uint64_t page = 0;
};

// Pages with a record in them that nobody sees yet.
struct Reserved {
    store::Ref record = store::Ref::none;
    void *bytes = nullptr;
};

// Of all keys those of one stripe whose hashes end in these bits. That does not depend on the table, which may be
// replaced between two parts: all of them together have each key once.
struct KeysPart {
    std::uint32_t stripe = 0;
    std::uint32_t bits = 0, ending = 0;

    bool is_over() const { return stripe >= store::kStripes; }
    bool has(std::uint32_t hash) const { return ((hash ^ ending) & ((std::uint64_t{1} << bits) - 1)) == 0; }
    // Leaves the half with a 0 as its next bit. False if there is no such bit.
    bool split();
    void advance();
};

struct PoolStats {
    std::uint64_t clients = 0;
    std::uint64_t keys = 0;
    std::uint64_t used_bytes = 0;  // blocks of records and tables
    std::uint64_t capacity_bytes = 0;
    std::uint64_t claimed_bytes = 0;  // pages in use for them, but for what is kept for borrowers
    std::uint64_t limbo_bytes = 0;
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

    // The same of a key as a record has it; in an encrypted pool it is a hash already.
    Key stored_key(std::string_view bytes) const {
        return session_.segment.constants().encrypted() ? make_stored_key(bytes) : key(bytes);
    }

    // Copies the value if it fits into `capacity` bytes; too_small otherwise, with info filled. Of an encoded value it
    // fills the info alone, and says ok.
    Status get(const Key &key, void *buffer, std::size_t capacity, ValueInfo &info);
    // get() at its usual: false, and nothing said, if it is anything else. Fills type, size and version of the info.
    bool get_bare(const Key &key, void *buffer, std::size_t capacity, ValueInfo &info) const;
    // The same as get() for the bytes as they are stored, encoded or not.
    Status get_stored(const Key &key, void *buffer, std::size_t capacity, ValueInfo &info);
    // The same, by whatever look(view, version) copies. Expired records are looked at too.
    template <typename Look>
    Status read(const Key &key, Look look);
    // `version` becomes that of what was stored. busy: the value has a version that is not the next one any more.
    Status put(const Key &key, const NewValue &value, Expect expect, std::uint64_t &version);
    // put() at its usual, over another value that differs in its bytes alone: false, with nothing changed and nothing
    // said, if it is anything else.
    bool put_bare(const Key &key, const NewValue &value, std::uint64_t &version);
    // The version that the next change of a stripe will have, if no other comes before it; and one that no other change
    // will ever have.
    std::uint64_t next_version(std::uint32_t stripe) const {
        return store::make_version(session_.segment.stripe(stripe).version.load(std::memory_order_relaxed) + 1, stripe);
    }
    Status reserve_version(std::uint32_t stripe, std::uint64_t &version);
    Status erase(const Key &key, Expect expect);
    Status clear();

    // In place.
    Status add(const Key &key, const Delta &delta, std::uint64_t &sum);
    // add() at its usual, to a number that is there and never ends: false, with nothing changed and nothing said, if it
    // is anything else.
    bool add_bare(const Key &key, const Delta &delta, std::uint64_t &sum);
    // Appends an element to a list that has room for it; unsupported if this one has none, or is stored otherwise.
    Status append(const Key &key, std::uint8_t type, const void *element, std::uint32_t size, std::uint64_t &length);
    // Changes when a key ends, 0 for never; unsupported if its record has no place for that.
    Status set_expiry(const Key &key, std::uint64_t expiry_ms);

    // Ask the processor for what the next verb on this key will wait for: first the slot, then what that leads to.
    void fetch_slot(const Key &key) const;
    void fetch_record(const Key &key) const;

    // Zero-copy. A value that does not lie in pages of its own, or is encoded, cannot be borrowed: unsupported.
    Status borrow(const Key &key, Borrowed &borrowed, ValueInfo &info);
    void give_back(const Borrowed &borrowed);
    // Room for a value of value.size bytes, in pages of its own; unsupported if it is too small for that.
    Status reserve(const Key &key, const NewValue &value, Reserved &reserved);
    // What fails leaves the reservation as it was.
    Status publish(const Key &key, const NewValue &value, const Reserved &reserved);
    void abandon(const Reserved &reserved);

    // Bytes that a record of this key and value would take, and the most that this pool can ever hold of one.
    static std::uint64_t record_bytes(const Key &key, const NewValue &value) { return value.shape(key.size).total(); }
    std::uint64_t largest_record() const;

    // How many bytes more than `wanted` a growing list of that size gets: as many as its block has over.
    static std::uint32_t room_for(const Key &key, const NewValue &value, std::uint64_t wanted);

    // The keys of a part as they stood at one moment of the call, except those changed during it. It becomes the next
    // part. If its keys would take too much memory, it becomes smaller before.
    Status keys_of_part(KeysPart &part, value::Names &keys, store::Budget &walk);
    // Keys from a cursor on, about `count` of them; the cursor moves behind them, to 0 at the end.
    Status scan(std::uint64_t &cursor, std::size_t count, value::Names &keys);

    // Without the expired ones.
    std::uint64_t size() const;
    PoolStats stats() const;
    // Removes what has expired.
    void sweep() { store::sweep_all(actor()); }

private:
    // Without a lock, before the lock is taken or time is up.
    static constexpr int kReadAttempts = 16;

    store::Actor actor() { return {session_, session_.owner}; }
    [[gnu::cold]] Status read_again(std::string_view key, const CopyValue &copy);
    // Reads like get(), by whatever look(view, version) does.
    template <typename Look>
    Status read_with(const Key &key, Look look);
    template <typename Attempt>
    Status with_room(const Key &key, std::uint64_t bytes, Attempt attempt);
    template <typename Attempt>
    [[gnu::cold, gnu::noinline]] Status with_more_room(const Key &key, std::uint64_t bytes, std::uint64_t wanted,
                                                       Attempt attempt);
    Status make_room(std::uint32_t stripe, std::uint64_t bytes, int attempt);
    Status write_pending(const Key &key, const NewValue &value, store::Ref &prefilled);
    Status check_expectation_now(const Key &key, Expect expect);
    Status put_large(const Key &key, const NewValue &value, Expect expect, std::uint64_t &version,
                     std::uint64_t &wanted);
    Status put_locked(const Key &key, const NewValue &value, Expect expect, store::Ref prefilled,
                      std::uint64_t &version, std::uint64_t &wanted);
    Status ensure_place(const Key &key, store::Table table, store::Place &place, std::uint64_t &wanted);
    Status replace_locked(const Key &key, const NewValue &value, store::Ref prefilled, const store::Table &table,
                          store::Place place, std::uint64_t &version, std::uint64_t &wanted);
    void publish(const Key &key, const NewValue &value, const store::RecordView &view, const store::Place &place,
                 store::Exchange &exchange, std::uint64_t &version, bool is_filled);
    Status start_counter_locked(const Key &key, const Delta &delta, store::Ref &prefilled, std::uint64_t &sum,
                                const store::Table &table, const store::Place &place, std::uint64_t &wanted);
    Status add_locked(const Key &key, const Delta &delta, store::Ref &prefilled, std::uint64_t &sum,
                      std::uint64_t &wanted);
    Status add_large(const Key &key, const Delta &delta, std::uint64_t &sum, std::uint64_t &wanted);
    // The two that follow need the stripe's lock.
    // Whether a value has a version that is not the next one any more.
    bool comes_too_late(const NewValue &value, std::uint32_t stripe) const {
        return value.version != 0 && !value.reserved && value.version != next_version(stripe);
    }
    Status find(const Key &key, store::Table &table, store::Place &place) const;
    void give_all_back() noexcept;
    store::Attempt try_list_keys(KeysPart &part, value::Names &keys, store::Budget &walk) const;
    store::Attempt try_scan_home(std::uint32_t stripe, const store::Table &table, std::uint32_t home,
                                 value::Names &keys, store::Budget &steps, store::Budget &distinct) const;
    void touch();

    store::Session session_;
};

inline void Pool::touch() {
    const store::Segment &segment = session_.segment;
    if (segment.constants().idle_ttl_ms != 0) [[unlikely]]
        segment.header().last_use_ms.store(platform::boot_ms(), std::memory_order_relaxed);
}

// Inline, with all that it does: the call for which the library is there. The first attempt is almost always the last;
// what else there is stays out of its way, and has an info of its own, so that this one need not lie in memory.
inline Status Pool::get(const Key &key, void *buffer, std::size_t capacity, ValueInfo &info) {
    const auto outcome = store::try_read<store::Probe::first>(session_.segment, key, CopyValue{buffer, capacity, info});
    if (outcome == store::Attempt::miss) return Status::not_found;
    if (outcome != store::Attempt::hit) [[unlikely]] {
        ValueInfo again;
        const Status found = read_again({static_cast<const char *>(key.bytes), key.size}, {buffer, capacity, again});
        if (found != Status::ok) return found;
        info = again;
    }
    if (expired(info.expiry_ms)) [[unlikely]]
        return Status::not_found;
    if (info.size > capacity) [[unlikely]]
        return info.encoded() ? Status::ok : Status::too_small;
    return Status::ok;
}

template <typename Look>
Status Pool::read(const Key &key, Look look) {
    const auto outcome = store::try_read<store::Probe::first>(session_.segment, key, look);
    if (outcome == store::Attempt::hit) [[likely]]
        return Status::ok;
    return outcome == store::Attempt::miss ? Status::not_found : read_with(key, look);
}

inline Status Pool::find(const Key &key, store::Table &table, store::Place &place) const {
    const store::Segment &segment = session_.segment;
    if (!open_table(segment, segment.stripe(key.stripe), table)) return Status::corrupt;
    return find_locked(segment, table, key, place);
}

// After many attempts a read-write client takes the lock; a read-only one goes on until its deadline.
template <typename Look>
Status Pool::read_with(const Key &key, Look look) {
    using store::Attempt;
    const store::Segment &segment = session_.segment;
    std::optional<store::Wait> wait;
    for (int attempt = 0, damaged = 0;; attempt++) {
        const Attempt outcome = store::try_read<store::Probe::all>(segment, key, look);
        if (outcome == Attempt::hit) return Status::ok;
        if (outcome == Attempt::miss) return Status::not_found;
        // Once proves nothing: a block can be freed, looked at, and be the same key's again before the slot is.
        damaged = outcome == Attempt::damaged ? damaged + 1 : 0;
        if (damaged == kReadAttempts) return Status::corrupt;
        if (attempt < kReadAttempts) continue;
        if (segment.writable()) break;
        if (!wait) wait.emplace(session_.timeout_ns);
        if (wait->is_over()) return Status::timeout;
    }
    const store::StripeLock lock(actor(), key.stripe);
    if (lock.status() != Status::ok) return lock.status();
    store::Table table;
    store::Place place;
    const Status found = find(key, table, place);
    if (found != Status::ok) return found;
    if (!place.found) return Status::not_found;
    look(place.view, place.view.version());
    return Status::ok;
}

// Runs an attempt that may answer memory_full, and makes room between attempts, as long as there is hope. The attempt
// tells what it lacked, if that was not the record: a table.
template <typename Attempt>
Status Pool::with_room(const Key &key, std::uint64_t bytes, Attempt attempt) {
    touch();
    std::uint64_t wanted = bytes;
    const Status status = attempt(wanted);
    if (status != Status::memory_full) [[likely]]
        return status;
    return with_more_room(key, bytes, wanted, attempt);
}

template <typename Attempt>
Status Pool::with_more_room(const Key &key, std::uint64_t bytes, std::uint64_t wanted, Attempt attempt) {
    const store::CallDeadline all_attempts;
    for (int tries = 0;; tries++) {
        const Status made = make_room(key.stripe, wanted, tries);
        if (made != Status::ok) return made;
        wanted = bytes;
        const Status status = attempt(wanted);
        if (status != Status::memory_full) return status;
    }
}

inline void Pool::fetch_slot(const Key &key) const {
    const std::uint64_t word = session_.segment.stripe(key.stripe).table.load(std::memory_order_relaxed);
    const auto table = store::TableWord::unpack(word);
    const std::uint64_t mask = (std::uint64_t{1} << table.bits % 64) - 1;
    session_.segment.fetch(table.ref, (key.hash & mask) * sizeof(store::Word));
}

inline void Pool::fetch_record(const Key &key) const {
    store::Table table;
    if (!open_table(session_.segment, session_.segment.stripe(key.stripe), table) || table.slots == nullptr) return;
    const store::Ref ref = store::slot_ref(table.slots[key.hash & table.mask].load(std::memory_order_relaxed));
    session_.segment.fetch(ref, 0);
    session_.segment.fetch(ref, 64);
}

}  // namespace latzero::pool

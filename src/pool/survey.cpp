// Looking at a pool as a whole: its keys, stripe by stripe, and its figures.
#include "pool/survey.hpp"

#include <algorithm>

#include "platform/clock.hpp"
#include "pool/pool.hpp"
#include "store/pages.hpp"

namespace latzero::pool {

using namespace store;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr int kSlotAttempts = 16;

// The key that a slot points at, if there is one now. Bytes that make no sense, look after look, have no key: they are
// left out, and nobody waits for them.
bool copy_key(const Segment &segment, const Word &place, value::Bytes &key, Attempt &outcome) {
    std::uint64_t expiry = 0;
    for (int attempt = 0; attempt < kSlotAttempts; attempt++) {
        outcome = look_at(segment, place, [&](const RecordView &view) {
            key.resize(view.shape.key_size);
            copy_from_shared(key.data(), view.key, key.size());
            expiry = expiry_of(view);
        });
        if (outcome == Attempt::hit && expired(expiry)) outcome = Attempt::miss;
        if (outcome == Attempt::hit) return true;
        if (outcome == Attempt::miss) return false;
    }
    if (outcome == Attempt::damaged) outcome = Attempt::miss;
    return false;
}

std::uint32_t reversed(std::uint32_t bits) {
    std::uint32_t result = 0;
    for (int bit = 0; bit < 32; bit++) result |= (bits >> bit & 1) << (31 - bit);
    return result;
}

// The home positions of a table in the order of their reversed bits. A table of twice the size splits each position in
// two that follow each other in this order: so a walk that goes on in a larger or smaller table passes over no key,
// and in a larger one meets none again.
std::uint32_t next_home(std::uint32_t home, std::uint32_t mask) { return reversed(reversed(home | ~mask) + 1); }

}  // namespace

// One attempt without a lock; false if the table was replaced meanwhile. A record that changes is read again by its
// slot, which an overwrite does not move.
bool Pool::try_list_keys(std::uint32_t number, value::Names &keys) const {
    const Segment &segment = session_.segment;
    const Stripe &stripe = segment.stripe(number);
    Table table;
    keys.clear();
    if (!open_table(segment, stripe, table)) return false;
    value::Bytes key;
    for (std::uint64_t at = 0; table.slots != nullptr && at < table.size(); at++) {
        Attempt outcome = Attempt::miss;
        if (copy_key(segment, table.slots[at], key, outcome))
            keys.push_back(key);
        else if (outcome != Attempt::miss || stripe.table.load(kRelaxed) != table.word)
            return false;
    }
    acquire_fence();
    return stripe.table.load(kRelaxed) == table.word;
}

Status Pool::keys_of_stripe(std::uint32_t stripe, value::Names &keys) {
    const std::uint64_t deadline = platform::boot_ns() + session_.timeout_ns;
    for (int attempt = 0; !try_list_keys(stripe, keys); attempt++) {
        if (platform::boot_ns() > deadline) return Status::timeout;
        if (attempt < kReadAttempts || !session_.segment.writable()) continue;
        const StripeLock lock(actor(), stripe);
        if (lock.status() != Status::ok) return lock.status();
        return try_list_keys(stripe, keys) ? Status::ok : Status::corrupt;
    }
    return Status::ok;
}

// Adds the keys whose home position in the table is `home`; false if the table is not the stripe's any more.
bool Pool::try_scan_home(std::uint32_t number, const Table &table, std::uint32_t home, value::Names &keys) const {
    const Segment &segment = session_.segment;
    value::Bytes key;
    for (std::uint64_t step = 0; step < table.size(); step++) {
        const Word &place = table.slots[(home + step) & table.mask];
        const std::uint64_t slot = place.load(std::memory_order_acquire);
        if (slot == kEmptySlot) break;
        if (!is_live(slot) || (slot_hash(slot) & table.mask) != home) continue;
        Attempt outcome = Attempt::miss;
        if (copy_key(segment, place, key, outcome))
            keys.push_back(key);
        else if (outcome != Attempt::miss)
            return false;
    }
    acquire_fence();
    return segment.stripe(number).table.load(kRelaxed) == table.word;
}

// A cursor is stripe: 32 | home position: 32, of what comes next.
Status Pool::scan(std::uint64_t &cursor, std::size_t count, value::Names &keys) {
    const std::uint64_t deadline = platform::boot_ns() + session_.timeout_ns;
    auto number = static_cast<std::uint32_t>(cursor >> 32);
    auto home = static_cast<std::uint32_t>(cursor);
    std::uint64_t looked_at = 0;
    while (number < kStripes && looked_at < count) {
        const Segment &segment = session_.segment;
        Table table;
        const std::size_t before = keys.size();
        const bool sound = open_table(segment, segment.stripe(number), table);
        if (sound && table.slots == nullptr) {
            number++, home = 0;
            continue;
        }
        home &= table.mask;
        if (!sound || !try_scan_home(number, table, home, keys)) {
            keys.resize(before);
            if (platform::boot_ns() > deadline) return sound ? Status::timeout : Status::corrupt;
            continue;
        }
        looked_at += std::max<std::uint64_t>(keys.size() - before, 1);
        home = next_home(home, table.mask);
        if (home == 0) number++;
    }
    cursor = number < kStripes ? std::uint64_t{number} << 32 | home : 0;
    return Status::ok;
}

// Where nothing can have expired the stripe's own count is exact.
std::uint64_t count_live(const Segment &segment, std::uint32_t number) {
    const Stripe &stripe = segment.stripe(number);
    const std::uint64_t due = stripe.sweep_due.load(std::memory_order_acquire);
    const std::uint64_t keys = stripe.keys.load(kRelaxed), now = due != 0 ? platform::boot_ms() : 0;
    Table table;
    if (due == 0 || due > now || !open_table(segment, stripe, table) || table.slots == nullptr) return keys;
    std::uint64_t over = 0;
    for (std::uint64_t at = 0; at < table.size(); at++) {
        std::uint64_t expiry = 0;
        const auto outcome =
            look_at(segment, table.slots[at], [&](const RecordView &view) { expiry = expiry_of(view); });
        over += outcome == Attempt::hit && expiry != 0 && expiry <= now;
    }
    return keys - std::min(keys, over);
}

std::uint64_t Pool::size() const {
    std::uint64_t keys = 0;
    for (std::uint32_t number = 0; number < kStripes; number++) keys += count_live(session_.segment, number);
    return keys;
}

PoolStats Pool::stats() const {
    const Segment &segment = session_.segment;
    PoolStats stats;
    for (std::uint32_t number = 0; number < kStripes; number++) {
        const Stripe &stripe = segment.stripe(number);
        stats.keys += count_live(segment, number);
        stats.used_bytes += stripe.bytes.load(kRelaxed);
        stats.commits += stripe.version.load(kRelaxed);
    }
    stats.capacity_bytes = segment.usable();
    stats.limbo_bytes = segment.header().limbo_pages.load(kRelaxed) * kPageSize;
    const std::uint64_t used_pages = segment.header().used_pages.load(kRelaxed);
    stats.claimed_bytes = (used_pages - std::min(used_pages, segment.geometry().first_page())) * kPageSize;
    stats.claimed_bytes -= std::min(stats.claimed_bytes, stats.limbo_bytes);
    return stats;
}

}  // namespace latzero::pool

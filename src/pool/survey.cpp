// Looking at a pool as a whole: its keys, stripe by stripe, and its figures.
#include <algorithm>

#include "platform/clock.hpp"
#include "pool/pool.hpp"
#include "store/pages.hpp"

namespace latzero::pool {

using namespace store;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

}  // namespace

// One attempt without a lock; false if the table was replaced meanwhile. A record that changes is read again by its
// slot, which an overwrite does not move.
bool Pool::try_list_keys(std::uint32_t number, std::vector<std::string> &keys) const {
    const Segment &segment = session_.segment;
    const Stripe &stripe = segment.stripe(number);
    Table table;
    keys.clear();
    if (!open_table(segment, stripe, table)) return false;
    for (std::uint64_t at = 0; table.slots != nullptr && at < table.size(); at++) {
        for (int attempt = 0; attempt <= kReadAttempts; attempt++) {
            const std::uint64_t slot = table.slots[at].load(std::memory_order_acquire);
            if (!is_live(slot)) break;
            if (stripe.table.load(kRelaxed) != table.word || attempt == kReadAttempts) return false;
            auto *record = segment.at<Record>(slot_ref(slot), sizeof(Record));
            const std::uint64_t version = record != nullptr ? record->version.load(std::memory_order_acquire) : 0;
            if (table.slots[at].load(kRelaxed) != slot) continue;
            RecordView view;
            if (!is_version(version) || !open_record(segment, slot_ref(slot), view)) continue;
            std::string key(view.shape.key_size, 0);
            copy_from_shared(key.data(), view.key, key.size());
            acquire_fence();
            if (record->version.load(kRelaxed) != version) continue;
            keys.push_back(std::move(key));
            break;
        }
    }
    acquire_fence();
    return stripe.table.load(kRelaxed) == table.word;
}

Status Pool::keys_of_stripe(std::uint32_t stripe, std::vector<std::string> &keys) {
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

std::uint64_t Pool::size() const {
    std::uint64_t keys = 0;
    for (std::uint32_t number = 0; number < kStripes; number++)
        keys += session_.segment.stripe(number).keys.load(kRelaxed);
    return keys;
}

PoolStats Pool::stats() const {
    const Segment &segment = session_.segment;
    PoolStats stats;
    for (std::uint32_t number = 0; number < kStripes; number++) {
        const Stripe &stripe = segment.stripe(number);
        stats.keys += stripe.keys.load(kRelaxed);
        stats.used_bytes += stripe.bytes.load(kRelaxed);
        stats.commits += stripe.version.load(kRelaxed);
    }
    stats.capacity_bytes = segment.usable();
    const std::uint64_t used_pages = segment.header().used_pages.load(kRelaxed);
    stats.claimed_bytes = (used_pages - std::min(used_pages, segment.geometry().first_page())) * kPageSize;
    return stats;
}

}  // namespace latzero::pool

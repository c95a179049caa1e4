#include "pool/keys.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "pool/read.hpp"
#include "store/remove.hpp"

namespace latzero::pool {

using namespace store;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr unsigned kSlotAttempts = 16;

// Keys at one home position. Hashes are spread by a secret: even in a table that is full to its last slot no position
// has a quarter of that.
constexpr std::size_t kMostOfHome = 256;

// How many home positions a scan looks at for each key that is asked for: as many as a stripe with one key has.
constexpr std::uint64_t kHomesForKey = std::uint64_t{1} << kFirstTableBits;

// What the keys of a part may take of this process's memory: a 512th of the pool, so that a stripe has some parts at
// most, however large the pool is.
std::uint64_t most_of_part(const Segment &segment) {
    return std::max<std::uint64_t>(std::uint64_t{8} << 20, segment.usable() / 512);
}

// The key that a slot of a stripe points at, if there is one now. Bytes that make no sense, look after look, have no
// key: they are left out, and nobody waits for them. So are records of other stripes.
bool copy_key(const Segment &segment, std::uint32_t stripe, const Word &place, value::Bytes &key, Attempt &outcome,
              unsigned &looks) {
    std::uint64_t expiry = 0;
    bool is_own = false;
    key.clear();
    for (looks = 1; looks <= kSlotAttempts; looks++) {
        outcome = look_at(segment, place, [&](const RecordView &view) {
            is_own = view.version() % kStripes == stripe;
            if (!is_own) return;
            key.resize(view.shape.key_size);
            copy_from_shared(key.data(), view.key, key.size());
            expiry = expiry_of(view);
        });
        if (outcome == Attempt::hit && (!is_own || expired(expiry))) outcome = Attempt::miss;
        if (outcome == Attempt::hit) return true;
        if (outcome == Attempt::miss) return false;
    }
    if (outcome == Attempt::damaged) outcome = Attempt::miss;
    return false;
}

std::uint32_t reversed(std::uint32_t bits) {
    constexpr std::uint32_t kOdd = 0x55555555, kPairs = 0x33333333, kNibbles = 0x0f0f0f0f;
    bits = (bits >> 1 & kOdd) | (bits & kOdd) << 1;
    bits = (bits >> 2 & kPairs) | (bits & kPairs) << 2;
    bits = (bits >> 4 & kNibbles) | (bits & kNibbles) << 4;
    return __builtin_bswap32(bits);
}

// The home positions of a table in the order of their reversed bits. A table of twice the size splits each position in
// two that follow each other in this order: so a walk that goes on in a larger or smaller table passes over no key,
// and in a larger one meets none again.
std::uint32_t next_home(std::uint32_t home, std::uint32_t mask) { return reversed(reversed(home | ~mask) + 1); }

std::uint64_t memory_of(const value::Bytes &key) { return sizeof key + sizeof(std::uint32_t) + key.size(); }

// Leaves the keys of a part, and gives what they take.
std::uint64_t forget_others(const KeysPart &part, value::Names &keys, std::vector<std::uint32_t> &hashes) {
    std::uint64_t taken = 0;
    std::size_t left = 0;
    for (std::size_t at = 0; at < keys.size(); at++) {
        if (!part.has(hashes[at])) continue;
        taken += memory_of(keys[at]);
        if (left != at) keys[left] = std::move(keys[at]);
        hashes[left++] = hashes[at];
    }
    keys.resize(left);
    hashes.resize(left);
    return taken;
}

// One attempt without a lock: hit; changed if the table was replaced meanwhile. A record that changes is read again by
// its slot, which an overwrite does not move. damaged: there is no such table, or its keys, to which nobody writes, are
// more than can be. Each look costs of the walk, so that slots which lead nowhere do not make it long, and so does the
// table: its bytes at first, less for each further part. When a part takes too much it becomes smaller, and what is of
// the other half is forgotten.
Attempt try_list_keys(const Segment &segment, KeysPart &part, value::Names &keys, Budget &walk) {
    const Stripe &stripe = segment.stripe(part.stripe);
    const std::uint64_t most = most_of_part(segment);
    std::uint64_t taken = 0;
    std::vector<std::uint32_t> hashes;
    Table table;
    keys.clear();
    const bool sound = open_table(segment, stripe, table);
    const auto unchanged = [&] { return stripe.table.load(kRelaxed) == table.word; };
    const std::uint64_t version = stripe.version.load(std::memory_order_acquire);
    if (!sound) return unchanged() ? Attempt::damaged : Attempt::changed;
    if (!walk.spend(part.bits == 0 ? table.bytes() : table.size())) return Attempt::damaged;
    Budget budget(segment);
    value::Bytes key;
    for (std::uint64_t at = 0; table.slots != nullptr && at < table.size(); at++) {
        const std::uint64_t slot = table.slots[at].load(kRelaxed);
        if (!is_live(slot) || !part.has(slot_hash(slot))) continue;
        Attempt outcome = Attempt::miss;
        unsigned looks = 0;
        const bool found = copy_key(segment, part.stripe, table.slots[at], key, outcome, looks);
        if (!walk.spend(std::uint64_t{looks} * kClassSizes[0] + key.size())) return Attempt::damaged;
        if (!budget.spend(kClassSizes[0] + key.size())) {
            acquire_fence();
            return stripe.version.load(kRelaxed) == version ? Attempt::damaged : Attempt::changed;
        }
        if (found) {
            keys.push_back(key);
            hashes.push_back(slot_hash(slot));
            taken += memory_of(key);
            while (taken > most) {
                if (!part.split()) return Attempt::damaged;
                taken = forget_others(part, keys, hashes);
            }
        } else if (outcome != Attempt::miss || !unchanged())
            return Attempt::changed;
    }
    acquire_fence();
    return unchanged() ? Attempt::hit : Attempt::changed;
}

// Adds the keys whose home position in the table is `home`. changed: the table is not the stripe's any more; damaged:
// the keys are more than can be. Each step costs of `steps`, each key of `distinct`.
Attempt try_scan_home(const Segment &segment, std::uint32_t number, const Table &table, std::uint32_t home,
                      value::Names &keys, Budget &steps, Budget &distinct) {
    value::Bytes key;
    std::size_t of_home = 0;
    for (std::uint64_t step = 0; step < table.size(); step++) {
        steps.spend(sizeof(Word));
        const Word &place = table.slots[(home + step) & table.mask];
        const std::uint64_t slot = place.load(std::memory_order_acquire);
        if (slot == kEmptySlot) break;
        if (!is_live(slot) || (slot_hash(slot) & table.mask) != home) continue;
        Attempt outcome = Attempt::miss;
        unsigned looks = 0;
        const bool found = copy_key(segment, number, place, key, outcome, looks);
        steps.spend(std::uint64_t{looks - 1} * kClassSizes[0]);
        if (!distinct.spend(kClassSizes[0] + key.size())) return Attempt::damaged;
        if (found && ++of_home > kMostOfHome) return Attempt::damaged;
        if (found)
            keys.push_back(key);
        else if (outcome != Attempt::miss)
            return Attempt::changed;
    }
    acquire_fence();
    return segment.stripe(number).table.load(kRelaxed) == table.word ? Attempt::hit : Attempt::changed;
}

}  // namespace

bool KeysPart::split() {
    if (bits == 32) return false;
    bits++;
    return true;
}

// To the other half of what was split last and not gone through.
void KeysPart::advance() {
    while (bits > 0 && (ending >> (bits - 1) & 1) != 0) ending &= ~(1u << --bits);
    if (bits > 0) return void(ending |= 1u << (bits - 1));
    stripe++;
}

Status keys_of_part(Pool &pool, KeysPart &part, value::Names &keys, Budget &walk) {
    std::optional<Wait> wait;
    const Budget before = walk;
    for (int attempt = 0;; attempt++) {
        walk = before;
        const Attempt outcome = try_list_keys(pool.segment(), part, keys, walk);
        if (outcome == Attempt::hit) return part.advance(), Status::ok;
        if (outcome == Attempt::damaged) return Status::corrupt;
        if (attempt < kReadAttempts) continue;
        if (!wait) wait.emplace(pool.session().timeout_ns);
        if (wait->is_over()) return Status::timeout;
        if (!pool.segment().writable()) continue;
        const StripeLock lock(pool.actor(), part.stripe);
        if (lock.status() != Status::ok) return lock.status();
        if (try_list_keys(pool.segment(), part, keys, walk) != Attempt::hit) return Status::corrupt;
        return part.advance(), Status::ok;
    }
}

// A cursor is stripe: 32 | home position: 32, of what comes next. Where most positions are empty, or probes are long,
// as in a table that cannot grow, a call ends before it has met `count` keys.
Status scan(Pool &pool, std::uint64_t &cursor, std::size_t count, value::Names &keys) {
    const Segment &segment = pool.segment();
    std::optional<Wait> wait;
    auto number = static_cast<std::uint32_t>(cursor >> 32);
    auto home = static_cast<std::uint32_t>(cursor);
    const std::uint64_t most_homes = std::min<std::uint64_t>(count, UINT32_MAX) * kHomesForKey;
    std::uint64_t homes = 0;
    Budget steps(segment), distinct(segment);
    for (int damaged = 0; number < kStripes && keys.size() < count && homes < most_homes && !steps.is_spent();) {
        Table table;
        const std::size_t before = keys.size();
        const Budget distinct_before = distinct;
        Attempt outcome = Attempt::damaged;
        if (open_table(segment, segment.stripe(number), table)) {
            if (table.slots == nullptr) {
                number++, home = 0;
                continue;
            }
            home &= table.mask;
            outcome = try_scan_home(segment, number, table, home, keys, steps, distinct);
        }
        if (outcome == Attempt::hit) {
            damaged = 0;
            homes++;
            home = next_home(home, table.mask);
            if (home == 0) number++;
            continue;
        }
        keys.resize(before);
        // What came before is no worse for what comes now.
        if (distinct.is_spent() && homes > 0) break;
        distinct = distinct_before;
        damaged = outcome == Attempt::damaged ? damaged + 1 : 0;
        if (damaged == kReadAttempts) return Status::corrupt;
        if (!wait) wait.emplace(pool.session().timeout_ns);
        if (wait->is_over()) return Status::timeout;
    }
    cursor = number < kStripes ? std::uint64_t{number} << 32 | home : 0;
    return Status::ok;
}

}  // namespace latzero::pool

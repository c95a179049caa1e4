#include "mutator.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstddef>
#include <cstring>
#include <utility>

namespace latzero::test {

using namespace store;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

}  // namespace

void EditLog::print(std::FILE *to) const {
    const std::uint64_t count = edits_;
    for (std::uint64_t n = count - std::min(count, kKept); n < count; n++) {
        const Entry &edit = last_[n % kKept];
        std::fprintf(to, "  edit %" PRIu64 ": %s at %#" PRIx64 ", %" PRIu64 " bytes, %#" PRIx64 "\n", n,
                     edit.what.text().c_str(), edit.at, edit.size, edit.value);
    }
}

// --- places ----------------------------------------------------------------------------------------------------------

Word *Mutator::word(std::uint64_t offset) const {
    if (offset % sizeof(Word) != 0 || offset > size_ - sizeof(Word)) return nullptr;
    return reinterpret_cast<Word *>(bytes_ + offset);
}

std::uint64_t Mutator::offset_of(const Word &word) const {
    return static_cast<std::uint64_t>(reinterpret_cast<const std::byte *>(&word) - bytes_);
}

Stripe &Mutator::any_stripe() { return reinterpret_cast<Stripe *>(bytes_ + Geometry::stripes_at())[below(kStripes)]; }

std::uint64_t Mutator::stripe_at(const Stripe &stripe) const {
    return static_cast<std::uint64_t>(reinterpret_cast<const std::byte *>(&stripe) - bytes_);
}

Mutator::Slots Mutator::table_of(const Stripe &stripe) const {
    const TableWord table = TableWord::unpack(stripe.table.load(kRelaxed));
    const std::uint64_t at = store::offset_of(table.ref), count = std::uint64_t{1} << table.bits % 32;
    if (table.ref == Ref::none || at + count * sizeof(Word) > size_) return {};
    return {at, count};
}

Word *Mutator::any_slot() {
    for (int tries = 0; tries < 8; tries++) {
        const Slots slots = table_of(any_stripe());
        if (slots.count == 0) continue;
        const std::uint64_t from = below(slots.count);
        for (std::uint64_t step = 0; step < std::min<std::uint64_t>(slots.count, 256); step++) {
            Word *slot = word(slots.at + (from + step) % slots.count * sizeof(Word));
            if (static_cast<std::uint32_t>(slot->load(kRelaxed)) > kTombstone) return slot;
        }
    }
    return nullptr;
}

// With room for the longest head that a record has.
std::uint64_t Mutator::any_record() {
    const Word *slot = any_slot();
    if (slot == nullptr) return 0;
    const std::uint64_t at = store::offset_of(static_cast<Ref>(slot->load(kRelaxed)));
    return at + 64 <= size_ ? at : 0;
}

std::uint64_t Mutator::any_free_block() {
    const Stripe &stripe = any_stripe();
    std::uint64_t at = 0;
    for (std::uint64_t from = below(kClasses), n = 0; n < kClasses && at == 0; n++)
        at = store::offset_of(static_cast<Ref>(stripe.free_head[(from + n) % kClasses].load(kRelaxed)));
    for (std::uint64_t steps = below(4); steps > 0 && word(at) != nullptr; steps--)
        at = store::offset_of(static_cast<Ref>(word(at)->load(kRelaxed)));
    return word(at) != nullptr ? at : 0;
}

std::uint64_t Mutator::any_page() {
    const std::uint64_t first = geometry_.first_page(), end = size_ / kPageSize;
    return first < end && !one_in(16) ? first + below(end - first) : below(geometry_.max_pages());
}

// --- values ----------------------------------------------------------------------------------------------------------

std::uint64_t Mutator::nonsense(std::uint64_t before) {
    switch (below(14)) {
    case 0: return 0;
    case 1: return 1;
    case 2: return ~std::uint64_t{0};
    case 3: return std::uint64_t{1} << 63;
    case 4: return 0xffffffff;
    case 5: return dice_();
    case 6: return before + 1;
    case 7: return before - 1;
    case 8: return before ^ std::uint64_t{1} << below(64);
    case 9: return any_ref();
    case 10: return size_;
    case 11: return geometry_.max_bytes;
    case 12: return before * 2;
    default: return below(256);
    }
}

// Of the header, the control area, a record, a table, a free block, anywhere, past the end.
std::uint32_t Mutator::any_ref() {
    const auto ref = [](std::uint64_t offset) { return static_cast<std::uint32_t>(offset / kUnit); };
    switch (below(9)) {
    case 0: return 0;
    case 1: return ref(below(geometry_.data_at()));
    case 2: return ref(any_record());
    case 3: return ref(table_of(any_stripe()).at);
    case 4: return ref(any_free_block());
    case 5: return ref(size_ - kUnit * below(4));
    case 6: return ref(size_ + below(geometry_.max_bytes));
    case 7: return 0xffffffff;
    default: return ref(geometry_.data_at() + below(size_ - geometry_.data_at()));
    }
}

// Nobody possible, one who is gone, or one who lives (slots are taken from the first on).
std::uint32_t Mutator::any_owner() {
    const auto slot = static_cast<std::uint32_t>(one_in(2) ? below(4) : below(kClientLimit + 8));
    const auto &client = reinterpret_cast<ClientSlot *>(bytes_ + Geometry::clients_at())[slot % kClientLimit];
    const std::uint32_t generation = client.generation.load(kRelaxed);
    // As make_owner() does, but for any slot.
    const auto owner_of = [slot](std::uint32_t of) { return (slot + 1) | of << kOwnerSlotBits; };
    switch (below(4)) {
    case 0: return static_cast<std::uint32_t>(dice_());
    case 1: return owner_of(generation + 1);
    default: return owner_of(generation);
    }
}

void Mutator::put(const char *what, Word *word, std::uint64_t value) {
    if (word == nullptr) return;
    log_.note({what, offset_of(*word), sizeof *word, value});
    word->store(value, kRelaxed);
}

void Mutator::put_half(const char *what, std::uint64_t offset, std::uint32_t value) {
    if (offset + sizeof value > size_) return;
    log_.note({what, offset, sizeof value, value});
    reinterpret_cast<HalfWord *>(bytes_ + offset)->store(value, kRelaxed);
}

}  // namespace latzero::test

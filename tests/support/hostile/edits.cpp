// What a Mutator does to a pool, one kind of damage each.
#include <algorithm>
#include <cstddef>
#include <cstring>

#include "mutator.hpp"

namespace latzero::test {

using namespace store;

static constexpr auto kRelaxed = std::memory_order_relaxed;

void Mutator::scribble(std::uint64_t most) {
    const std::uint64_t at = below(size_);
    const std::uint64_t length = std::min(1 + below(most), size_ - at);
    log_.note({"random bytes", at, length, 0});
    for (std::uint64_t n = 0; n < length; n += sizeof(std::uint64_t)) {
        const std::uint64_t random = dice_();
        std::memcpy(bytes_ + at + n, &random, std::min<std::uint64_t>(sizeof random, length - n));
    }
}

void Mutator::flip_bit() {
    if (Word *chosen = word(below(size_) & ~std::uint64_t{7}))
        put("a bit", chosen, chosen->load(kRelaxed) ^ std::uint64_t{1} << below(64));
}

void Mutator::edit_word() {
    const std::uint64_t end = one_in(2) ? geometry_.page_table_at() : size_;
    if (Word *chosen = word(below(end) & ~std::uint64_t{7})) put("a word", chosen, nonsense(chosen->load(kRelaxed)));
}

void Mutator::edit_header() {
    static constexpr std::uint64_t kAt[] = {offsetof(Header, data_length), offsetof(Header, capacity),
                                            offsetof(Header, last_use_ms), offsetof(Header, first_free),
                                            offsetof(Header, used_pages),  offsetof(Header, limbo_pages),
                                            offsetof(Header, capacity),    offsetof(Header, integrity_failures)};
    Word *chosen = word(kAt[below(sizeof kAt / sizeof *kAt)]);
    put("a word of the header", chosen, nonsense(chosen->load(kRelaxed)));
}

// What never changes in a sound pool, and the word that says whether it lives.
void Mutator::edit_constants() {
    if (one_in(8)) return put_half("the pool's state", offsetof(Header, state), static_cast<std::uint32_t>(below(3)));
    constexpr std::uint64_t kFirst = offsetof(Header, constants), kEnd = offsetof(Header, state);
    Word *chosen = word(kFirst + below(kEnd - kFirst) / 8 * 8);
    put("a constant", chosen, nonsense(chosen->load(kRelaxed)));
}

void Mutator::edit_counters() {
    const std::uint64_t at = stripe_at(any_stripe());
    static constexpr std::uint64_t kWords[] = {offsetof(Stripe, version),   offsetof(Stripe, bytes),
                                               offsetof(Stripe, changing),  offsetof(Stripe, sweep_due),
                                               offsetof(Stripe, sweep_due), offsetof(Stripe, sweep_earliest)};
    static constexpr std::uint64_t kHalves[] = {offsetof(Stripe, keys), offsetof(Stripe, used_slots),
                                                offsetof(Stripe, sweep_at)};
    if (one_in(3)) {
        const std::uint64_t half = at + kHalves[below(3)];
        return put_half("a count of a stripe", half, static_cast<std::uint32_t>(nonsense(0)));
    }
    Word *chosen = word(at + kWords[below(6)]);
    put("a word of a stripe", chosen, one_in(4) ? any_ref() : nonsense(chosen->load(kRelaxed)));
}

void Mutator::edit_lock() {
    std::uint64_t at = stripe_at(any_stripe()) + offsetof(Stripe, lock);
    if (one_in(8)) at = offsetof(Header, extent_lock);
    put_half("a lock's owner", at, any_owner());
    if (one_in(4)) put_half("a lock's waiters", at + 4, static_cast<std::uint32_t>(nonsense(0)));
}

void Mutator::edit_table_word() {
    Stripe &stripe = any_stripe();
    TableWord table = TableWord::unpack(stripe.table.load(kRelaxed));
    switch (below(4)) {
    case 0: table.bits = static_cast<std::uint8_t>(one_in(2) ? kMostTableBits : below(256)); break;
    case 1: table.ref = static_cast<Ref>(any_ref()); break;
    case 2: table = TableWord::unpack(any_stripe().table.load(kRelaxed)); break;
    default: {
        // As large a table as fits into the file.
        const std::uint64_t room = size_ - geometry_.data_at();
        table.ref = ref_at(geometry_.data_at());
        for (table.bits = 0; sizeof(Word) << (table.bits + 1) <= room;) table.bits++;
    }
    }
    put("a table word", &stripe.table, table.pack());
}

void Mutator::edit_slot() {
    Word *slot = any_slot();
    if (slot == nullptr) return;
    const std::uint64_t before = slot->load(kRelaxed);
    switch (below(4)) {
    case 0: return put("a slot's ref", slot, (before & ~std::uint64_t{0xffffffff}) | any_ref());
    case 1: return put("a slot's hash", slot, (before & 0xffffffff) | dice_() << 32);
    case 2: return put("a slot", slot, nonsense(before));
    default: break;
    }
    Word *other = any_slot();
    if (other == nullptr) return;
    const std::uint64_t swapped = other->load(kRelaxed);
    put("a slot of another", slot, swapped);
    if (one_in(2)) put("a slot of another", other, before);
}

void Mutator::fill_table() {
    const Slots slots = table_of(any_stripe());
    if (slots.count == 0 || slots.count > 1 << 16) return;
    const Word *one = any_slot();
    const std::uint64_t kind = below(3), live = one != nullptr ? one->load(kRelaxed) : kTombstone;
    log_.note({"a table full of tombstones, of one key, or of refs", slots.at, slots.count * 8, kind});
    for (std::uint64_t n = 0; n < slots.count; n++) {
        std::uint64_t value = kind == 0 ? kTombstone : live;
        if (kind == 2) value = any_ref() | dice_() << 32;
        word(slots.at + n * 8)->store(value, kRelaxed);
    }
}

void Mutator::edit_intent() {
    Stripe &stripe = any_stripe();
    Word *words = &stripe.intent.classes;
    if (one_in(2)) return arm_intent(stripe);
    for (int n = 1; n < 8; n++)
        if (one_in(2)) put("a word of an intent", words + n, nonsense(words[n].load(kRelaxed)));
    put("an intent", words, kIntentArmed | (dice_() & (kIntentKeepsCounts | 0xffff)));
}

// One that will be finished: its target has its after-value already. Whoever comes next finds its holder gone.
void Mutator::arm_intent(const Stripe &stripe) {
    const std::uint64_t at = stripe_at(stripe), intent = at + offsetof(Stripe, intent);
    const Word *target = one_in(2) ? any_slot() : &stripe.table;
    if (target == nullptr) return;
    const auto pair = [this] { return any_ref() | std::uint64_t{any_ref()} << 32; };
    const auto size_class = [this]() -> std::uint64_t {
        return one_in(3) ? kExtentClass : one_in(8) ? below(256) : below(kClasses + 1);
    };
    put("an intent's target", intent + offsetof(Intent, target), offset_of(*target));
    put("an intent's after", intent + offsetof(Intent, after), target->load(kRelaxed));
    put("an intent's taken", intent + offsetof(Intent, taken), pair());
    put("an intent's released", intent + offsetof(Intent, released), pair());
    put("an intent, armed", intent, kIntentArmed | size_class() | size_class() << 8);
    put_half("the lock of an armed intent", at + offsetof(Stripe, lock), any_owner());
}

void Mutator::edit_free_list() {
    const std::uint64_t block = any_free_block();
    if (block == 0) return;
    const auto ref = static_cast<std::uint32_t>(block / kUnit);
    switch (below(5)) {
    case 0: return put("a free block that is its own next", block, kFreeMark | ref);
    case 1: return put("a free block's next", block, kFreeMark | any_ref());
    case 2: return put("a free block without its mark", block, any_ref());
    case 3: {
        const std::uint64_t at = stripe_at(any_stripe()) + offsetof(Stripe, free_head);
        return put_half("the head of a free list", at + 4 * below(kClasses), any_ref());
    }
    default: break;
    }
    // A circle over two lists.
    const std::uint64_t other = any_free_block();
    put("a free block's next", block, kFreeMark | other / kUnit);
    put("a free block's next", other, kFreeMark | ref);
}

void Mutator::edit_shape() {
    const std::uint64_t at = any_record();
    Word *shape = word(at + 8);
    if (at == 0 || shape == nullptr) return;
    std::uint64_t value = shape->load(kRelaxed);
    switch (below(5)) {
    case 0: value |= 0xffffffff; break;
    case 1: value |= std::uint64_t{0xffff} << 32; break;
    case 2: value ^= std::uint64_t{1} << (56 + below(8)); break;
    case 3: value = (value & ~(std::uint64_t{0xff} << 48)) | below(16) << 48; break;
    default: value = (value & ~std::uint64_t{0xffffffff}) | below(size_); break;
    }
    put("a record's shape", shape, value);
}

void Mutator::edit_record() {
    const std::uint64_t at = any_record();
    if (at == 0) return;
    switch (below(4)) {
    case 0: return put("a version", at, nonsense(word(at)->load(kRelaxed)));
    case 1: return put("a free mark on a record", at, kFreeMark | any_ref());
    case 2: return put("an extra word", at + 16 + 8 * below(4), nonsense(0));
    default: return put("a word of a record", at + 8 * below(8), nonsense(word(at)->load(kRelaxed)));
    }
}

// What lies in two records, ciphertexts perhaps, from behind their versions on.
void Mutator::swap_records() {
    const std::uint64_t one = any_record(), other = any_record();
    if (one == 0 || other == 0) return;
    const std::uint64_t first = one_in(2) ? 8 : 32, length = one_in(2) ? 64 : 16;
    for (std::uint64_t n = first; n < first + length; n += 8) {
        Word *left = word(one + n), *right = word(other + n);
        if (left == nullptr || right == nullptr) return;
        const std::uint64_t before = left->load(kRelaxed);
        put("a word of another record", left, right->load(kRelaxed));
        put("a word of another record", right, before);
    }
}

// 4 GiB out of some bytes.
void Mutator::forge_raw_size() {
    const std::uint64_t at = any_record();
    if (at == 0) return;
    const std::uint64_t before = word(at + 8)->load(kRelaxed);
    const std::uint64_t flags = std::uint64_t{kCompressed | kHasDetail} << 56;
    put("a shape with a raw size", at + 8,
        one_in(2) ? before | flags : (before & ~std::uint64_t{0xffffffff}) | flags | 20);
    put("a raw size", at + 16, one_in(2) ? 0xffffffff : below(std::uint64_t{1} << 32));
    if (one_in(2)) put("zstd's magic", at + 32, 0xfd2fb528u | dice_() << 32);
}

void Mutator::edit_page() {
    const std::uint64_t page = any_page();
    Word *entry = word(geometry_.page_table_at() + page * 8);
    if (entry == nullptr) return;
    PageEntry value = PageEntry::unpack(entry->load(kRelaxed));
    switch (below(6)) {
    case 0: value.kind = static_cast<PageKind>(below(16)); break;
    case 1: value.size_class = static_cast<std::uint8_t>(one_in(4) ? below(256) : below(kClasses)); break;
    case 2: value.pages = static_cast<std::uint32_t>(nonsense(value.pages)); break;
    case 3: value.stripe = static_cast<std::uint8_t>(one_in(2) ? kEveryStripe : below(kStripes)); break;
    case 4: {
        const auto client = static_cast<std::uint16_t>(one_in(2) ? below(4) : below(kClientLimit));
        const auto kind = one_in(2) ? PageKind::small_pending : PageKind::extent_pending;
        value = {kind, value.size_class, value.stripe, client, value.pages};
        break;
    }
    default: value = {PageKind::extent, 0, 0, 0, static_cast<std::uint32_t>(below(64))}; break;
    }
    put("a page's entry", entry, value.pack());
}

void Mutator::edit_page_map() {
    Word *bits = word(Geometry::page_map_at() + below(size_ / kPageSize / 64 + 1) * 8);
    if (bits != nullptr) put("the page map", bits, one_in(2) ? nonsense(bits->load(kRelaxed)) : dice_());
}

void Mutator::edit_client() {
    const std::uint64_t slot = one_in(2) ? below(4) : below(kClientLimit);
    const std::uint64_t at = Geometry::clients_at() + slot * sizeof(ClientSlot);
    switch (below(4)) {
    case 0:
        return put_half("a client's generation", at + offsetof(ClientSlot, generation),
                        static_cast<std::uint32_t>(nonsense(0)));
    case 1: return put_half("a client in use", at + offsetof(ClientSlot, in_use), !one_in(4));
    case 2: return put("a block in transfer", at + offsetof(ClientSlot, transfer), nonsense(0));
    default: break;
    }
    put("a block in transfer", at + offsetof(ClientSlot, transfer), any_ref() | below(kClasses + 1) << 32);
}

void Mutator::edit() {
    if (size_ < geometry_.data_at() + kPageSize) return;
    static constexpr void (Mutator::*kEdits[])() = {
        &Mutator::flip_bit,      &Mutator::edit_word,   &Mutator::edit_header,     &Mutator::edit_counters,
        &Mutator::edit_counters, &Mutator::edit_lock,   &Mutator::edit_table_word, &Mutator::edit_slot,
        &Mutator::fill_table,    &Mutator::edit_intent, &Mutator::edit_free_list,  &Mutator::edit_free_list,
        &Mutator::edit_shape,    &Mutator::edit_record, &Mutator::swap_records,    &Mutator::forge_raw_size,
        &Mutator::edit_page,     &Mutator::edit_page,   &Mutator::edit_page_map,   &Mutator::edit_client,
        &Mutator::edit_ring,     &Mutator::edit_ring,   &Mutator::edit_constants};
    const std::uint64_t kind = below(sizeof kEdits / sizeof *kEdits);
    // A pool whose constants are gone is soon left alone: seldom.
    if (kEdits[kind] == &Mutator::edit_constants && !one_in(8)) return flip_bit();
    (this->*kEdits[kind])();
}

}  // namespace latzero::test

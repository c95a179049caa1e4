#include "store/index.hpp"

namespace latzero::store {

constexpr auto kRelaxed = std::memory_order_relaxed;

Status find_locked(const Segment &segment, const Table &table, const Key &key, Place &place) {
    place = {};
    if (table.slots == nullptr) return Status::ok;
    std::uint32_t at = key.hash & table.mask;
    for (std::uint64_t probe = 0; probe < table.size(); probe++, at = (at + 1) & table.mask) {
        Word &slot = table.slots[at];
        const std::uint64_t value = slot.load(kRelaxed);
        const bool free_for_use = !is_live(value);
        if (free_for_use && place.slot == nullptr) place = {&slot, value, false, {}};
        if (value == kEmptySlot) return Status::ok;
        if (free_for_use || slot_hash(value) != key.hash) continue;
        RecordView view;
        if (!open_record(segment, slot_ref(value), view) || !is_version(view.record->version.load(kRelaxed)))
            return Status::corrupt;
        if (!has_key(view, key)) continue;
        place = {&slot, value, true, view};
        return Status::ok;
    }
    return Status::ok;
}

void insert_slot(Word *slots, std::uint32_t mask, std::uint64_t slot) {
    std::uint32_t at = slot_hash(slot) & mask;
    while (slots[at].load(kRelaxed) != kEmptySlot) at = (at + 1) & mask;
    slots[at].store(slot, kRelaxed);
}

}  // namespace latzero::store

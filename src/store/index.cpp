#include "store/index.hpp"

namespace latzero::store {

constexpr auto kRelaxed = std::memory_order_relaxed;

void insert_slot(Word *slots, std::uint32_t mask, std::uint64_t slot) {
    std::uint32_t at = slot_hash(slot) & mask;
    while (slots[at].load(kRelaxed) != kEmptySlot) at = (at + 1) & mask;
    slots[at].store(slot, kRelaxed);
}

}  // namespace latzero::store

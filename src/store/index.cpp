#include "store/index.hpp"

namespace latzero::store {

constexpr auto kRelaxed = std::memory_order_relaxed;

bool insert_slot_further(Word *slots, std::uint32_t mask, std::uint32_t at, std::uint64_t slot, std::uint64_t &steps) {
    for (; slots[at].load(kRelaxed) != kEmptySlot; at = (at + 1) & mask) {
        if (steps == 0) return false;
        steps--;
    }
    slots[at].store(slot, kRelaxed);
    return true;
}

bool may_pass(const Segment &segment, std::uint64_t bytes, std::uint64_t &others) {
    others += bytes;
    return others <= segment.usable();
}

}  // namespace latzero::store

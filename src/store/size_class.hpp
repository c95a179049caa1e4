// Size classes: which one a size belongs to, and in which run a block of one lies.
//
// Invariant: each block of a run begins at another place of its page, so that the place tells which block of its run
// it is, and with that where the run begins. Nothing has to be read for it.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <numeric>

#include "base/assert.hpp"
#include "store/pages.hpp"

namespace latzero::store {

// By size in units, up to kSmallLimit.
inline constexpr auto kClassOfUnits = [] {
    std::array<std::uint8_t, kSmallLimit / kUnit + 1> classes{};
    std::uint8_t size_class = 0;
    for (std::uint32_t units = 0; units < classes.size(); units++) {
        while (kClassSizes[size_class] < units * kUnit) size_class++;
        classes[units] = size_class;
    }
    return classes;
}();

// The class of a size of 1 to kSmallLimit bytes.
inline std::uint8_t small_class_for(std::uint64_t size) {
    LATZERO_ASSERT(size != 0 && size <= kSmallLimit);
    const std::uint8_t size_class = kClassOfUnits[(size + kUnit - 1) / kUnit];
    LATZERO_ASSUME(size_class < kClasses);  // otherwise each use asks whether it is one of the others
    LATZERO_ASSERT(kClassSizes[size_class] >= size);
    return size_class;
}

inline std::uint8_t class_for(std::uint64_t size) { return size > kSmallLimit ? kExtentClass : small_class_for(size); }

// Bytes of a block for `size` bytes; `size_class` is that of the size.
inline std::uint64_t block_bytes(std::uint64_t size, std::uint8_t size_class) {
    LATZERO_ASSERT(size_class == class_for(size));
    if (size_class != kExtentClass) [[likely]]
        return kClassSizes[size_class];
    return std::uint64_t{pages_for(size)} * kPageSize;
}
inline std::uint64_t block_bytes(std::uint64_t size) { return block_bytes(size, class_for(size)); }

// Where the blocks of a class begin in their pages: block n at (n * step << shift) % kPlaces, in units. `inverse` leads
// back from there to n.
struct BlockPlaces {
    std::uint8_t shift, inverse, mask, blocks;
};
inline constexpr std::uint32_t kPlaces = kPageSize / kUnit;
inline constexpr auto kBlockPlaces = [] {
    std::array<BlockPlaces, kClasses> all{};
    for (std::uint8_t size_class = 0; size_class < kClasses; size_class++) {
        const std::uint32_t units = kClassSizes[size_class] / kUnit;
        const auto shift = static_cast<std::uint32_t>(std::countr_zero(std::gcd(units, kPlaces)));
        const std::uint32_t places = kPlaces >> shift;
        std::uint32_t inverse = 1;
        while (places > 1 && (units >> shift) * inverse % places != 1) inverse += 2;
        all[size_class] = {static_cast<std::uint8_t>(shift), static_cast<std::uint8_t>(inverse),
                           static_cast<std::uint8_t>(places - 1), static_cast<std::uint8_t>(blocks_a_run(size_class))};
    }
    return all;
}();
static_assert([] {
    for (std::uint8_t size_class = 0; size_class < kClasses; size_class++)
        if (blocks_a_run(size_class) == 0 || blocks_a_run(size_class) > kBlockPlaces[size_class].mask + 1u)
            return false;
    return true;
}());

// The first page of the run that a block of a class lies in; 0, which no run has, if none can lie there.
constexpr std::uint64_t run_of(Ref ref, std::uint8_t size_class) {
    LATZERO_ASSERT(size_class < kClasses);
    const BlockPlaces places = kBlockPlaces[size_class];
    const auto at = static_cast<std::uint32_t>(ref);
    const std::uint32_t number = (at % kPlaces >> places.shift) * places.inverse & places.mask;
    const std::uint32_t before = number * (kClassSizes[size_class] / kUnit);
    const bool lies_there = number < places.blocks && before <= at && (at - before) % kPlaces == 0;
    return lies_there ? (at - before) / kPlaces : 0;
}

// A block of a run.
inline Ref block_of_run(std::uint64_t first_page, std::uint8_t size_class, std::uint32_t number) {
    LATZERO_ASSERT(size_class < kClasses && number < blocks_a_run(size_class));
    return ref_at(first_page * kPageSize + std::uint64_t{number} * kClassSizes[size_class]);
}

}  // namespace latzero::store

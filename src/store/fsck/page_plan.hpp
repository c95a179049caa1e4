// What each page of a damaged segment is to be: what its entry says, if it can be, unless more speaks against it.
//
// What refers to a block speaks for what its page must be: a record that is sound in itself, a table with such records,
// a block on a free list. Pages are given away in this order:
//
//   1. pages of the living that lie on no list: pending ones, and those whose value somebody borrows
//   2. runs whose entry agrees with their blocks
//   3. runs whose entry does not: they become what more than half of their blocks say; a small run needs one record,
//      and both that and an extent need room
//   4. runs with a sensible entry that nothing refers to
//
// The rest becomes free. Nothing is written before the plan is carried out.
#pragma once

#include <cstdint>
#include <vector>

#include "store/fsck/soundness.hpp"
#include "store/session.hpp"

namespace latzero::store {

class PagePlan {
public:
    explicit PagePlan(const Session &session);

    // A record or a table.
    void hear_block(Ref ref, std::uint8_t size_class, std::uint64_t size, std::uint32_t stripe);
    // A free block: it speaks for an entry, never against one.
    void hear_free_block(Ref ref, std::uint8_t size_class);

    void decide();

    // The entry of the page where a run begins; free for all others.
    PageEntry entry(std::uint64_t page) const {
        return page < limit_ ? planned_[page].entry(actual(page)) : PageEntry::unpack(0);
    }
    bool has_block(Ref ref, std::uint8_t size_class, std::uint64_t size) const {
        return is_block_of(entry(entry_page_of(ref, size_class)), ref, size_class, size);
    }
    // Frees an extent that nobody wants after all; it stays in limbo as long as it is borrowed.
    void drop_extent(std::uint64_t page);
    std::uint64_t limit() const { return limit_; }
    // Whether no planned run has any of these pages.
    bool is_free(std::uint64_t page, std::uint64_t count) const;

private:
    struct Dissent {
        std::uint64_t page;
        PageEntry wanted;
    };

    // What a run is to be, in four bytes instead of eight.
    class Form {
    public:
        Form() = default;  // free
        explicit Form(const PageEntry &entry);
        // What the living have in hand stays as its entry says.
        static Form as_it_is();

        PageEntry entry(const PageEntry &actual) const;
        // Equal, or only for another stripe.
        bool is_same(Form other) const { return (bits_ & kAllButStripe) == (other.bits_ & kAllButStripe); }

    private:
        // kind: 2 | stripe: 6 | size class or pages: 24
        enum Kind : std::uint32_t { kFree, kSmall, kExtent, kLimbo };
        static constexpr std::uint32_t kKindAt = 30, kStripeAt = 24;
        static constexpr std::uint32_t kAllButStripe = ~((kStripes - 1) << kStripeAt);
        static constexpr std::uint32_t kWhat = (1u << kStripeAt) - 1;

        std::uint32_t bits_ = 0;
    };

    PageEntry actual(std::uint64_t page) const {
        return PageEntry::unpack(segment_.page_entry(page).load(std::memory_order_relaxed));
    }
    bool is_marked(std::uint64_t page) const {
        return segment_.page_map(page / kMapBits).load(std::memory_order_relaxed) >> page % kMapBits & 1;
    }
    bool is_pinned(std::uint64_t page, std::uint64_t count) const {
        return any_pinned_ && session_.pins.any(segment_.object(), page, count);
    }
    void give(std::uint64_t page, PageEntry entry);
    void take_back(std::uint64_t page, std::uint32_t pages);
    void keep_living();
    void keep_agreed();
    void follow_dissent();
    void hear_dissent(std::uint64_t page, PageEntry wanted);
    void follow(const Dissent &most, unsigned voices);
    bool has_room(const Dissent &most) const;
    // Whether a page from `first` on, before `end`, has voices for any form.
    bool is_spoken_for(std::uint64_t first, std::uint64_t end) const;
    void keep_rest();
    void keep_borrowed(std::uint64_t first, std::uint64_t count);

    const Session &session_;
    const Segment &segment_;
    const std::uint64_t first_, limit_;
    // In all: the pages of runs that lie apart are looked at a few times each; of runs that were made to overlap, for
    // each run.
    mutable std::uint64_t pages_to_look_at_;
    const bool any_pinned_;
    std::vector<Form> planned_;  // as soon as it is decided
    std::vector<bool> taken_;
    // Until then. A run has fewer blocks than a counter of voices holds.
    std::vector<std::uint8_t> agree_;  // voices for the entry of a page
    std::vector<Form> wanted_;         // another form for a page, and by how many voices it leads
    std::vector<std::uint8_t> voices_;
};

}  // namespace latzero::store

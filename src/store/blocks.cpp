#include "store/blocks.hpp"

#include "store/transfer.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kRelease = std::memory_order_release;

bool is_pending(const Segment &segment, Ref ref, std::uint8_t size_class, std::uint32_t stripe) {
    const PageEntry entry = PageEntry::unpack(segment.page_entry(run_of(ref, size_class)).load(kRelaxed));
    return entry.kind == PageKind::small_pending && (entry.stripe == stripe || entry.stripe == kEveryStripe);
}

}  // namespace

// The new blocks are chained, up to the present head, before the first of them becomes the head.
Status carve_run(Actor actor, std::uint32_t number, std::uint8_t size_class, std::uint64_t page) {
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(size_class < kClasses && holds_stripe(segment, number));
    Stripe &stripe = segment.stripe(number);
    const std::uint32_t size = kClassSizes[size_class], blocks = blocks_a_run(size_class);
    auto *bytes = segment.at<std::byte>(ref_of_page(page), kClassPages[size_class] * kPageSize);
    if (bytes == nullptr) return Status::corrupt;
    LATZERO_ASSERT(page >= segment.geometry().first_page() && blocks >= 1);
    for (std::uint32_t block = 0; block < blocks; block++) {
        const std::uint32_t next = block + 1 == blocks ? stripe.free_head[size_class].load(kRelaxed)
                                                       : raw(block_of_run(page, size_class, block + 1));
        LATZERO_ASSERT((block + 1) * size <= kClassPages[size_class] * kPageSize);
        LATZERO_ASSERT(run_of(block_of_run(page, size_class, block), size_class) == page);
        reinterpret_cast<Word *>(bytes + block * size)->store(kFreeMark | next, kRelaxed);
    }
    stripe.free_head[size_class].store(raw(ref_of_page(page)), kRelease);
    const PageEntry entry{PageKind::small, size_class, static_cast<std::uint8_t>(number), 0, kClassPages[size_class]};
    segment.page_entry(page).store(entry.pack(), kRelease);
    return Status::ok;
}

Status claim_run(Actor actor, std::uint32_t number, std::uint8_t size_class, Growing growing) {
    LATZERO_ASSERT(slot_of(actor.owner) < kClientLimit && size_class < kClasses);
    const PageEntry entry{PageKind::small_pending, size_class, static_cast<std::uint8_t>(number),
                          static_cast<std::uint16_t>(slot_of(actor.owner)), kClassPages[size_class]};
    std::uint64_t page = 0;
    const Status allocated = allocate_run(actor, entry, page, growing);
    return allocated == Status::ok ? carve_run(actor, number, size_class, page) : allocated;
}

// A block that another stripe has free costs less memory than a run, of which each stripe would have one half used on
// the average; a run costs less time, since the next blocks are there already. So a class that few records have is
// shared among the stripes, and so is any whose halves would be a large part of the pool: with them claimed, no table
// could grow. Otherwise those halves are little beside the records; what others have free is used up before the pool
// grows. A small block that each stripe keeps is little, too, and saves as much time as overwriting takes.
Status refill_list(Actor actor, std::uint32_t number, std::uint8_t size_class) {
    constexpr std::uint32_t kFewRuns = 2 * kStripes, kLargePart = 8, kLittle = 1400;
    Session &session = actor.session;
    const Lending lending = kClassSizes[size_class] <= kLittle ? Lending::spare : Lending::last;
    const std::uint32_t runs = session.claimed[size_class].load(kRelaxed);
    const std::uint64_t halves = kStripes / 2 * kClassPages[size_class];
    const bool is_shared = runs < kFewRuns || halves >= actor.segment().geometry().max_pages() / kLargePart;
    if (is_shared && borrow_block_locked(actor, number, size_class, lending)) return Status::ok;
    Status claimed = claim_run(actor, number, size_class, Growing::no);
    if (claimed == Status::memory_full) {
        if (!is_shared && borrow_block_locked(actor, number, size_class, lending)) return Status::ok;
        claimed = claim_run(actor, number, size_class, Growing::yes);
    }
    if (claimed == Status::memory_full && borrow_block_locked(actor, number, size_class, Lending::last))
        return Status::ok;
    if (claimed != Status::ok) return claimed;
    session.claimed[size_class].store(runs + 1, kRelaxed);
    session.lender[size_class].store(static_cast<std::uint8_t>(number), kRelaxed);
    return Status::ok;
}

// Each unlinking is one store, so a crash leaves a sound list that still holds some of the blocks.
bool unlink_pending_locked(const Segment &segment, std::uint32_t number, std::uint8_t size_class, Budget &budget) {
    HalfWord &head = segment.stripe(number).free_head[size_class];
    Word *previous = nullptr;
    return for_each_free(segment, number, size_class, budget, [&](Ref ref, Word &word) {
        if (!is_pending(segment, ref, size_class, number)) {
            previous = &word;
            return;
        }
        const auto next = static_cast<std::uint32_t>(word.load(kRelaxed));
        if (previous != nullptr)
            previous->store(kFreeMark | next, kRelease);
        else
            head.store(next, kRelease);
    });
}

}  // namespace latzero::store

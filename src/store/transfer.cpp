#include "store/transfer.hpp"

#include <mutex>

#include "store/blocks.hpp"
#include "store/call_deadline.hpp"
#include "store/stripe.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

bool has_free(const Segment &segment, std::uint32_t stripe, std::uint8_t size_class) {
    return segment.stripe(stripe).free_head[size_class].load(kRelaxed) != 0;
}

// Without the stripe's lock it is a guess.
bool may_lend(const Segment &segment, std::uint32_t stripe, std::uint8_t size_class, Lending lending) {
    if (lending == Lending::last) return has_free(segment, stripe, size_class);
    const auto head = static_cast<Ref>(segment.stripe(stripe).free_head[size_class].load(kRelaxed));
    const Word *word = head != Ref::none ? segment.at<Word>(head, sizeof(Word)) : nullptr;
    return word != nullptr && static_cast<std::uint32_t>(word->load(kRelaxed)) != 0;
}

Word &transfer_of(Actor actor) { return actor.segment().client(slot_of(actor.owner)).transfer; }

Block unpack_transfer(std::uint64_t word) { return {static_cast<Ref>(word), static_cast<std::uint8_t>(word >> 32)}; }

// Takes the first free block of a stripe on its way. Under the stripe's lock.
Status lend_block_locked(Actor actor, std::uint32_t from, std::uint8_t size_class) {
    const Segment &segment = actor.segment();
    Exchange exchange(segment, from, Counts::kept);
    const Status taken = take_listed(segment, exchange, size_class);
    if (taken != Status::ok) return taken;
    exchange.target = &transfer_of(actor);
    exchange.after = raw(exchange.taken.ref) | std::uint64_t{size_class} << 32;
    arm(segment, exchange);
    commit_and_finish(actor, exchange);
    return Status::ok;
}

// Puts the block that is on its way onto a stripe's list. Under the stripe's lock.
void receive_block_locked(Actor actor, std::uint32_t stripe) {
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(holds_stripe(segment, stripe));
    Exchange exchange(segment, stripe, Counts::kept);
    exchange.target = &transfer_of(actor);
    exchange.after = 0;
    const Block block = unpack_transfer(exchange.target->load(kRelaxed));
    exchange.release(block, 0, segment.at<Word>(block.ref, sizeof(Record)));
    if (!block.is_small()) {
        exchange.target->store(0, std::memory_order_release);
        return;
    }
    arm(segment, exchange);
    commit_and_finish(actor, exchange);
}

}  // namespace

Status borrow_block(Actor actor, std::uint32_t to, std::uint8_t size_class) {
    const CallDeadline all_stripes;
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(to < kStripes && size_class < kClasses);
    LATZERO_ASSERT(may_wait_for(segment, 0) && !holds_stripe(segment, 0));
    if (has_free(segment, to, size_class)) return Status::ok;
    const std::lock_guard one_transfer(actor.session.room);
    // Not 0 if an earlier transfer could not get its second lock: that block comes first.
    for (std::uint32_t from = 0; from < kStripes && transfer_of(actor).load(kRelaxed) == 0; from++) {
        if (from == to || !has_free(segment, from, size_class)) continue;
        const StripeLock lock(actor, from);
        if (lock.status() != Status::ok) return lock.status();
        const Status lent = lend_block_locked(actor, from, size_class);
        if (lent != Status::ok && lent != Status::not_found) return lent;
    }
    if (transfer_of(actor).load(kRelaxed) == 0) return Status::not_found;
    const StripeLock lock(actor, to);
    if (lock.status() == Status::ok) receive_block_locked(actor, to);
    return lock.status();
}

bool borrow_block_locked(Actor actor, std::uint32_t to, std::uint8_t size_class, Lending lending) {
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(holds_stripe(segment, to) && size_class < kClasses);
    const std::unique_lock one_transfer(actor.session.room, std::try_to_lock);
    if (!one_transfer.owns_lock() || transfer_of(actor).load(kRelaxed) != 0) return false;
    std::atomic<std::uint8_t> &lender = actor.session.lender[size_class];
    const std::uint32_t first = lender.load(kRelaxed);
    for (std::uint32_t step = 0; step < kStripes; step++) {
        const std::uint32_t from = (first + step) % kStripes;
        if (from == to || !may_lend(segment, from, size_class, lending)) continue;
        const StripeLock lock(actor, from, Contended::give_up);
        if (lock.status() != Status::ok || !hand_over_locked(actor, from, to, size_class)) continue;
        lender.store(static_cast<std::uint8_t>(from), kRelaxed);
        return true;
    }
    return false;
}

bool hand_over_locked(Actor actor, std::uint32_t from, std::uint32_t to, std::uint8_t size_class) {
    LATZERO_ASSERT(holds_stripe(actor.segment(), from) && holds_stripe(actor.segment(), to) && from != to);
    if (lend_block_locked(actor, from, size_class) != Status::ok) return false;
    receive_block_locked(actor, to);
    return true;
}

void end_transfer_locked(Actor actor, std::uint32_t stripe) {
    if (transfer_of(actor).load(kRelaxed) != 0) receive_block_locked(actor, stripe);
}

bool settle_transfer(Actor dead) {
    const Segment &segment = dead.segment();
    if (transfer_of(dead).load(kRelaxed) == 0) return true;
    for (std::uint32_t number = 0; number < kStripes; number++) {
        LockWord &lock = segment.stripe(number).lock;
        if (lock.owner.load(kRelaxed) == dead.owner)
            note_taken(lock);
        else if (!try_lock(lock, dead.owner))
            continue;
        receive_block_locked(dead, number);
        return true;
    }
    return false;
}

}  // namespace latzero::store

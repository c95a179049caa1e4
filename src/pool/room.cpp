#include "pool/room.hpp"

#include "store/blocks.hpp"
#include "store/recovery.hpp"
#include "store/remove.hpp"
#include "store/stripe.hpp"
#include "store/transfer.hpp"
#include "store/vacate.hpp"

namespace latzero::pool {

using namespace store;

namespace {

// Waits until each stripe was free once.
Status wait_for_each_stripe(Actor actor) {
    Status status = Status::ok;
    for (std::uint32_t number = 0; number < kStripes && status == Status::ok; number++)
        status = StripeLock(actor, number).status();
    return status;
}

}  // namespace

Status make_room(Pool &pool, std::uint32_t stripe, std::uint64_t bytes, int attempt, std::uint64_t beside) {
    constexpr int kMostAttempts = 16, kMostTurns = 16;
    if (attempt >= kMostAttempts) return Status::memory_full;
    if (attempt == 0) {
        (void)recover_all_dead(pool.session());
        sweep_all(pool.actor(), Unnamed::now);
    }
    if (bytes <= kSmallLimit) {
        const Status borrowed = borrow_block(pool.actor(), stripe, class_for(bytes));
        if (borrowed != Status::not_found) return borrowed;
    }
    const auto hash = [&pool](std::string_view key) { return pool.stored_key(key); };
    const std::uint32_t pages = bytes <= kSmallLimit ? kClassPages[class_for(bytes)] : pages_for(bytes);
    Status status = Status::ok;
    for (int turn = 0; turn < kMostTurns && status == Status::ok; turn++) {
        const Status vacated = vacate(pool.actor(), hash, pages + (beside > bytes ? pages_for(beside) : 0));
        if (vacated != Status::busy) return vacated;
        status = wait_for_each_stripe(pool.actor());
    }
    return status;
}

}  // namespace latzero::pool

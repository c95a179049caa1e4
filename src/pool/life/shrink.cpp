#include "pool/life/shrink.hpp"

#include <algorithm>
#include <utility>

#include "platform/liveness.hpp"
#include "store/growth.hpp"
#include "store/pages.hpp"
#include "store/recovery.hpp"
#include "store/stripe.hpp"
#include "store/vacate.hpp"

namespace latzero::pool {

using namespace store;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// Nobody else is there, but for the dead.
constexpr std::uint64_t kBriefNs = 1'000'000;

// Up to where a pool would have grown for so many bytes, and an eighth to spare.
std::uint64_t grown_for(const Geometry &geometry, std::uint64_t bytes) {
    const std::uint64_t needed = std::min(bytes, geometry.max_bytes) / 8 * 9;
    std::uint64_t capacity = geometry.first_capacity();
    while (capacity < std::min(needed, geometry.max_bytes)) capacity = end_of_step(capacity, geometry.max_bytes);
    return capacity;
}

// No pool of this contents can be shorter.
std::uint64_t least_capacity(const Segment &segment, std::uint64_t capacity) {
    if (capacity <= segment.geometry().first_capacity()) return capacity;
    std::uint64_t bytes = segment.geometry().data_at();
    for (std::uint32_t number = 0; number < kStripes; number++)
        bytes += std::min(segment.stripe(number).bytes.load(kRelaxed), segment.geometry().max_bytes);
    return grown_for(segment.geometry(), bytes);
}

bool is_alone(const Session &session) {
    const platform::MemoryObject &object = session.segment.object();
    return !platform::is_held(object, kWriterBytes, 2 * kClientLimit, platform::HeldBy::anyone) &&
           !session.pins.any(object, 0, session.segment.geometry().max_pages());
}

// Returns the capacity then.
std::uint64_t lower_capacity(Actor actor) {
    const Segment &segment = actor.segment();
    const std::uint64_t before = segment.usable();
    const ExtentLock extents(actor, true);
    if (extents.status() != Status::ok) return before;
    const std::uint64_t end = before - free_tail_locked(segment, before / kPageSize, before / kPageSize) * kPageSize;
    const std::uint64_t capacity = std::min(before, grown_for(segment.geometry(), end));
    LATZERO_ASSERT(end <= capacity && capacity >= segment.geometry().first_capacity());
    Header &header = segment.header();
    header.data_length.store(std::min(header.data_length.load(kRelaxed), capacity), std::memory_order_release);
    header.capacity.store(capacity, std::memory_order_release);
    segment.believe(capacity);
    return capacity;
}

// False if the pool has to stay as it is.
bool vacate_what_is_not_needed(Pool &pool, std::uint64_t least) {
    const auto hash = [&pool](std::string_view key) { return pool.stored_key(key); };
    return recover_all_dead(pool.session()) == Status::ok &&
           vacate_end(pool.actor(), hash, least / kPageSize) == Status::ok;
}

}  // namespace

void shrink(const LifeLock &lock, Pool &pool) {
    Session &session = pool.session();
    const Segment &segment = session.segment;
    LATZERO_ASSERT(lock.held() && &lock.object() == &segment.object() && segment.writable());
    const std::uint64_t before = segment.usable(), cap = segment.geometry().max_bytes;
    const std::uint64_t least = least_capacity(segment, before);
    std::uint64_t size = 0;
    if (segment.object().size(size) != Status::ok) return;
    // No step that is made ahead is longer: the capacity fell, and the object was not cut.
    const bool was_left_long = size > end_of_step(before, cap);
    if ((least >= before && !was_left_long) || !is_alone(session)) return;
    const std::uint64_t usual_ns = std::exchange(session.timeout_ns, kBriefNs);
    std::uint64_t capacity = before;
    if (least < before && vacate_what_is_not_needed(pool, least)) capacity = lower_capacity(pool.actor());
    session.timeout_ns = usual_ns;
    if (capacity < before || was_left_long) (void)segment.object().cut(capacity);
}

}  // namespace latzero::pool

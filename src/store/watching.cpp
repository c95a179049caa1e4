#include "store/watching.hpp"

#include "platform/liveness.hpp"
#include "store/call_deadline.hpp"
#include "store/ring.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

std::uint64_t watch_byte(const Session &session) {
    return kWatchBytes + (session.segment.writable() ? slot_of(session.owner) : session.reader_byte);
}

void start_from_now(const Segment &segment, RingStart &start) {
    for (std::uint32_t number = 0; number < kStripes; number++)
        start[number] = segment.stripe(number).version.load(std::memory_order_acquire) + 1;
}

bool is_on_everywhere(const Segment &segment) {
    for (std::uint32_t number = 0; number < kStripes; number++)
        if (!is_watched(segment.stripe(number))) return false;
    return true;
}

}  // namespace

Status begin_watching(Actor actor, std::uint32_t bits, RingStart &start) {
    Session &session = actor.session;
    const std::lock_guard lock(session.watching);
    const bool is_first = session.watches.load(kRelaxed) == 0;
    // A slot and a reader may have the same number: so nobody is alone with a watch byte.
    Status status = is_first
                        ? platform::hold_byte(session.segment.object(), watch_byte(session), platform::Hold::together)
                        : Status::ok;
    if (status != Status::ok) return status;
    if (session.segment.writable())
        status = turn_ring_on(actor, bits, start);
    else
        start_from_now(session.segment, start);
    if (status == Status::ok)
        session.watches.fetch_add(1, kRelaxed);
    else if (is_first)
        platform::release_byte(session.segment.object(), watch_byte(session));
    return status;
}

void keep_watching(Actor actor, std::uint32_t bits) {
    const std::lock_guard lock(actor.session.watching);
    RingStart start;
    if (actor.session.watches.load(kRelaxed) != 0) (void)turn_ring_on(actor, bits, start);
}

void end_watching(Actor actor) {
    Session &session = actor.session;
    const std::lock_guard lock(session.watching);
    const std::uint32_t others = session.watches.load(kRelaxed) - 1;
    LATZERO_ASSERT(others != UINT32_MAX);
    session.watches.store(others, kRelaxed);
    if (others > 0) return;
    platform::release_byte(session.segment.object(), watch_byte(session));
    if (session.segment.writable()) turn_ring_off(actor);
}

void look_for_watchers(Session &session) {
    if (session.watches.load(kRelaxed) == 0 && !is_kept_on(session.segment)) session.growth_ahead.ask();
}

void switch_ring(Actor actor) {
    constexpr std::uint64_t kPatienceNs = 50'000'000;
    Session &session = actor.session;
    const Segment &segment = session.segment;
    if (!segment.writable()) return;
    const std::lock_guard lock(session.watching);
    const CallDeadline brief(kPatienceNs);
    const bool is_wanted = session.watches.load(kRelaxed) != 0 || is_kept_on(segment);
    if (!is_wanted && has_ring(segment)) turn_ring_off(actor);
    if (is_wanted && !is_on_everywhere(segment)) turn_ring_on_where_free(actor, kUsualRingBits);
}

void serve_watchers(Actor actor) {
    const Segment &segment = actor.segment();
    actor.session.segment.note_by(actor.session.growth_ahead.due());
    if (segment.constants().keeps_events()) {
        const std::lock_guard lock(actor.session.watching);
        const CallDeadline all_stripes;
        RingStart start;
        if (!is_on_everywhere(segment)) (void)turn_ring_on(actor, kUsualRingBits, start);
    } else if (!has_ring(segment) && segment.header().sleepers.load(kRelaxed) != 0)
        switch_ring(actor);
}

}  // namespace latzero::store

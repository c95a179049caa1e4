#include "pool/life/client_slots.hpp"

#include <utility>

#include "base/last_error.hpp"
#include "platform/clock.hpp"
#include "platform/liveness.hpp"
#include "platform/process.hpp"
#include "store/bell.hpp"
#include "store/recovery.hpp"

namespace latzero::pool {

using namespace store;
using platform::Access;
using platform::HeldBy;
using platform::Hold;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

void enter(Session &session, std::uint32_t slot) {
    ClientSlot &client = session.segment.client(slot);
    const std::uint32_t generation = next_generation(client.generation.load(kRelaxed));
    client.process.store(platform::process_number(), kRelaxed);
    client.connected_ns.store(static_cast<std::uint64_t>(platform::wall_ns()), kRelaxed);
    client.generation.store(generation, std::memory_order_release);
    client.in_use.store(1, std::memory_order_release);
    session.owner = make_owner(slot, generation);
    note_clients_changed(session.segment);
}

// A read-only client writes nothing: its byte alone tells of it.
Status claim_reader_byte(const LifeLock &lock, Session &session) {
    const platform::MemoryObject &object = lock.object();
    for (std::uint32_t reader = 0; reader < kClientLimit; reader++) {
        const platform::HeldByte answer = platform::held_byte(object, kReaderBytes + reader, 1, HeldBy::anyone);
        if (answer.status != Status::ok) return answer.status;
        if (answer.held) continue;
        session.reader_byte = reader;
        return platform::hold_byte(object, kReaderBytes + reader, Hold::alone);
    }
    return fail(Status::busy, "the pool has %u read-only clients, which is the most: disconnect one", kClientLimit);
}

void note_use(const Segment &segment) {
    if (segment.constants().idle_ttl_ms != 0) segment.header().last_use_ms.store(platform::boot_ms(), kRelaxed);
}

}  // namespace

Status join(FoundPool &found, Access access, std::uint64_t timeout_ns, Session &session) {
    // Whoever holds the life lock must not wait long for a slot: what a living process does not let this one clean up
    // is left to the next client.
    constexpr std::uint64_t kBriefNs = 1'000'000;
    Status status = Segment::check_length(found.object, found.header.constants);
    if (status == Status::ok) status = session.segment.attach(std::move(found.object), access, found.header.constants);
    if (status != Status::ok) return status;
    found.lock.follow(session.segment.object());
    session.timeout_ns = kBriefNs;
    const bool writes = access == Access::read_write;
    status = writes ? claim_slot(found.lock, session) : claim_reader_byte(found.lock, session);
    session.timeout_ns = timeout_ns;
    if (status == Status::ok && writes) note_use(session.segment);
    return status;
}

// There may be many dead. After the first one whose cleaning up has to wait for the living, the rest is left to others.
Status claim_slot(const LifeLock &lock, Session &session) {
    const platform::MemoryObject &object = lock.object();
    bool may_recover = true;
    for (std::uint32_t slot = 0; slot < kClientLimit; slot++) {
        const Status held = platform::hold_byte(object, kWriterBytes + slot, Hold::alone);
        if (held == Status::busy) continue;
        if (held != Status::ok) return held;
        may_recover = may_recover && recover_slot(session, slot) == Status::ok;
        if (session.segment.client(slot).in_use.load(std::memory_order_acquire) != 0) {
            platform::release_byte(object, kWriterBytes + slot);
            continue;
        }
        enter(session, slot);
        return Status::ok;
    }
    return fail(Status::busy, "the pool has %u read-write clients, which is the most: disconnect one", kClientLimit);
}

void free_slot(Session &session) {
    ClientSlot &client = session.segment.client(slot_of(session.owner));
    const bool in_hand = client.transfer.load(kRelaxed) != 0 || session.left_pending.load(kRelaxed);
    if (in_hand) return;
    client.in_use.store(0, std::memory_order_release);
    note_clients_changed(session.segment);
}

void leave(Session &session) {
    if (!session.segment.writable()) return;
    note_use(session.segment);
    free_slot(session);
}

void release_byte(Session &session) {
    const std::uint64_t byte =
        session.segment.writable() ? kWriterBytes + slot_of(session.owner) : kReaderBytes + session.reader_byte;
    platform::release_byte(session.segment.object(), byte);
}

}  // namespace latzero::pool

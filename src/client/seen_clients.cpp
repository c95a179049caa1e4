#include "client/seen_clients.hpp"

#include "platform/liveness.hpp"
#include "pool/life/clients.hpp"

namespace latzero::client {

using namespace store;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

void add(std::vector<ClientChange> *changed, const ClientChange &change) {
    if (changed != nullptr) changed->push_back(change);
}

bool is_alive(const Session &session, std::uint32_t slot) {
    return (session.segment.writable() && slot == slot_of(session.owner)) ||
           platform::is_held(session.segment.object(), kWriterBytes + slot, 1, platform::HeldBy::writers);
}

}  // namespace

// The number is read before the table: what changes meanwhile is due again.
void SeenClients::look(const Session &session, bool thorough, std::vector<ClientChange> *changed) {
    changes_ = session.segment.header().clients_changed.load(std::memory_order_acquire);
    for (std::uint32_t slot = 0; slot < kClientLimit; slot++) look_at_slot(session, slot, thorough, changed);
    if (thorough) look_at_readers(session, changed);
}

void SeenClients::look_at_slot(const Session &session, std::uint32_t slot, bool thorough,
                               std::vector<ClientChange> *changed) {
    const ClientSlot &client = session.segment.client(slot);
    Seen &seen = slots_[slot];
    const std::uint32_t generation = client.generation.load(std::memory_order_acquire) % kGenerations;
    Seen now{generation, client.process.load(kRelaxed), client.in_use.load(std::memory_order_acquire) != 0};
    const bool is_other = generation != seen.generation;
    // One that was seen to be dead stays so until somebody frees its slot.
    if (now.here && !is_other && !seen.here) now.here = false;
    if (now.here && thorough) now.here = is_alive(session, slot);
    const std::uint32_t passed = (generation + kGenerations - seen.generation) % kGenerations;
    const std::uint32_t others = passed > 1 ? passed - 1 : 0;
    if (seen.here && (!now.here || is_other)) add(changed, {false, slot, seen.process, now.here ? 0 : others});
    if (now.here && (!seen.here || is_other)) add(changed, {true, slot, now.process, others});
    seen = now;
}

void SeenClients::look_at_readers(const Session &session, std::vector<ClientChange> *changed) {
    std::vector<std::uint32_t> readers;
    if (pool::list_readers(session, readers) != Status::ok) return;
    std::array<bool, kClientLimit> now = {};
    for (const std::uint32_t reader : readers) now[reader] = true;
    for (std::uint32_t reader = 0; reader < kClientLimit; reader++)
        if (now[reader] != readers_[reader]) add(changed, {now[reader], kClientLimit + reader, 0, 0});
    readers_ = now;
}

}  // namespace latzero::client

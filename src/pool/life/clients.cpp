#include "pool/life/clients.hpp"

#include <algorithm>

#include "platform/liveness.hpp"
#include "platform/process.hpp"

namespace latzero::pool {

using namespace store;
using platform::LockHolder;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// Of the system's answer: what is told of the handle that holds a client's liveness byte.
void add_holder(const std::vector<LockHolder> &holders, std::uint64_t byte, ClientInfo &client) {
    const auto found = std::find_if(holders.begin(), holders.end(),
                                    [byte](const LockHolder &holder) { return holder.holds(byte, byte); });
    if (found == holders.end()) return;
    // The slot's own number may be of another pid namespace, or have been changed.
    client.process = found->process;
    client.life = found->life_lock;
    client.loan = found->holds(kPinBytes, UINT64_MAX);
}

void add_slot(const Segment &segment, std::uint32_t slot, ClientInfo &client) {
    const ClientSlot &known = segment.client(slot);
    client.process = known.process.load(kRelaxed);
    client.connected_ns = static_cast<std::int64_t>(known.connected_ns.load(kRelaxed));
    const Owner owner = make_owner(slot, known.generation.load(std::memory_order_acquire));
    for (std::uint32_t number = 0; number < kStripes; number++)
        if (segment.stripe(number).lock.owner.load(kRelaxed) == owner) client.stripes |= std::uint64_t{1} << number;
    client.pages = segment.header().extent_lock.owner.load(kRelaxed) == owner;
}

// The bytes of [first, end) that other handles hold, as numbers from `base` on. Each answer names one of them; what
// lies before and behind it is asked again.
Status find_held(const platform::MemoryObject &object, std::uint64_t first, std::uint64_t end, std::uint64_t base,
                 std::vector<std::uint32_t> &numbers) {
    if (first == end) return Status::ok;
    const platform::HeldByte answer = platform::held_byte(object, first, end - first, platform::HeldBy::anyone);
    if (answer.status != Status::ok || !answer.held) return answer.status;
    if (answer.byte < first || answer.byte >= end) return Status::ok;
    numbers.push_back(static_cast<std::uint32_t>(answer.byte - base));
    const Status before = find_held(object, first, answer.byte, base, numbers);
    return before == Status::ok ? find_held(object, answer.byte + 1, end, base, numbers) : before;
}

// Runs add(number) for each of kClientLimit bytes that is held, the session's own included, which its handle does not
// see.
template <typename Add>
Status for_each_held(const Session &session, std::uint64_t first, std::uint32_t own, Add add) {
    std::vector<std::uint32_t> numbers;
    if (own < kClientLimit) numbers.push_back(own);
    const Status found = find_held(session.segment.object(), first, first + kClientLimit, first, numbers);
    if (found != Status::ok) return found;
    std::sort(numbers.begin(), numbers.end());
    for (const std::uint32_t number : numbers) add(number);
    return Status::ok;
}

}  // namespace

Status list_clients(const Session &session, std::vector<ClientInfo> &clients) {
    std::vector<LockHolder> holders;
    platform::find_holders(session.segment.object(), holders);
    const bool writes = session.segment.writable();
    const std::uint32_t own_slot = writes ? slot_of(session.owner) : kClientLimit;
    const std::uint32_t own_byte = writes ? kClientLimit : session.reader_byte;
    const Status status = for_each_held(session, kWriterBytes, own_slot, [&](std::uint32_t slot) {
        ClientInfo &client = clients.emplace_back();
        client.self = slot == own_slot;
        add_slot(session.segment, slot, client);
        add_holder(holders, kWriterBytes + slot, client);
    });
    if (status != Status::ok) return status;
    return for_each_held(session, kReaderBytes, own_byte, [&](std::uint32_t reader) {
        ClientInfo &client = clients.emplace_back();
        client.read_only = true;
        client.self = reader == own_byte;
        add_holder(holders, kReaderBytes + reader, client);
        if (client.self) client.process = platform::process_number();
    });
}

}  // namespace latzero::pool

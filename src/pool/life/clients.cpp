#include "pool/life/clients.hpp"

#include <algorithm>

#include "platform/clock.hpp"
#include "platform/liveness.hpp"
#include "platform/process.hpp"

namespace latzero::pool {

using namespace store;
using platform::HeldBy;
using platform::LockHolder;
using platform::MemoryObject;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// What the system tells of the handle that holds a client's liveness byte.
void add_holder(const std::vector<LockHolder> &holders, std::uint64_t byte, ClientInfo &client) {
    const auto found = std::find_if(holders.begin(), holders.end(),
                                    [byte](const LockHolder &holder) { return holder.holds(byte, byte); });
    if (found == holders.end()) return;
    // The slot's own number may be of another pid namespace, or have been changed.
    client.process = found->process;
    client.life = found->life_lock;
    client.loan = found->holds(kPinBytes, UINT64_MAX);
    client.watches = found->holds(kWatchBytes, kWatchBytes + kClientLimit - 1);
}

void add_slot(const Segment &segment, std::uint32_t slot, ClientInfo &client) {
    const ClientSlot &known = segment.client(slot);
    client.process = known.process.load(kRelaxed);
    client.connected_ns = static_cast<std::int64_t>(known.connected_ns.load(kRelaxed));
    const Owner owner = make_owner(slot, known.generation.load(std::memory_order_acquire) % kGenerations);
    for (std::uint32_t number = 0; number < kStripes; number++)
        if (segment.stripe(number).lock.owner.load(kRelaxed) == owner) client.stripes |= std::uint64_t{1} << number;
    client.pages = segment.header().extent_lock.owner.load(kRelaxed) == owner;
}

// Runs visit(byte) for each byte of [first, first + count) that another handle holds, in no order. A question names one
// held byte; what lies before and behind it is asked again. Stops at the deadline (boot clock).
template <typename Visit>
Status for_each_held(const MemoryObject &object, std::uint64_t first, std::uint64_t count, std::uint64_t deadline_ns,
                     Visit visit) {
    struct Range {
        std::uint64_t first, count;
    };
    std::vector<Range> open = {{first, count}};
    while (!open.empty() && (deadline_ns == kNoDeadline || platform::boot_ns() < deadline_ns)) {
        const Range range = open.back();
        open.pop_back();
        const platform::HeldByte answer = platform::held_byte(object, range.first, range.count, HeldBy::anyone);
        if (answer.status != Status::ok) return answer.status;
        if (!answer.held || answer.byte < range.first || answer.byte >= range.first + range.count) continue;
        visit(answer.byte);
        const std::uint64_t below = answer.byte - range.first;
        if (below > 0) open.push_back({range.first, below});
        if (below + 1 < range.count) open.push_back({answer.byte + 1, range.count - below - 1});
    }
    return Status::ok;
}

// Which of the kClientLimit bytes from `first` on are held, as sorted numbers: `own` among them, which the session's
// own handle does not see.
Status find_numbers(const Session &session, std::uint64_t first, std::uint32_t own,
                    std::vector<std::uint32_t> &numbers) {
    if (own < kClientLimit) numbers.push_back(own);
    const Status found =
        for_each_held(session.segment.object(), first, kClientLimit, kNoDeadline,
                      [&](std::uint64_t byte) { numbers.push_back(static_cast<std::uint32_t>(byte - first)); });
    std::sort(numbers.begin(), numbers.end());
    return found;
}

// kClientLimit for one that writes.
std::uint32_t own_reader(const Session &session) {
    return session.segment.writable() ? kClientLimit : session.reader_byte;
}

}  // namespace

std::uint64_t count_clients(const MemoryObject &object, std::uint64_t deadline_ns) {
    std::uint64_t clients = 0;
    (void)for_each_held(object, kWriterBytes, 2 * kClientLimit, deadline_ns, [&](std::uint64_t) { clients++; });
    return clients;
}

Status list_readers(const Session &session, std::vector<std::uint32_t> &readers) {
    return find_numbers(session, kReaderBytes, own_reader(session), readers);
}

Status list_clients(const Session &session, std::vector<ClientInfo> &clients) {
    std::vector<LockHolder> holders;
    platform::find_holders(session.segment.object(), holders);
    const std::uint32_t own_slot = session.segment.writable() ? slot_of(session.owner) : kClientLimit;
    const std::uint32_t own_byte = own_reader(session);
    std::vector<std::uint32_t> slots, readers;
    Status status = find_numbers(session, kWriterBytes, own_slot, slots);
    if (status == Status::ok) status = list_readers(session, readers);
    if (status != Status::ok) return status;
    for (const std::uint32_t slot : slots) {
        ClientInfo &client = clients.emplace_back();
        client.self = slot == own_slot;
        add_slot(session.segment, slot, client);
        add_holder(holders, kWriterBytes + slot, client);
    }
    for (const std::uint32_t reader : readers) {
        ClientInfo &client = clients.emplace_back();
        client.read_only = true;
        client.self = reader == own_byte;
        add_holder(holders, kReaderBytes + reader, client);
        if (client.self) client.process = platform::process_number();
    }
    return Status::ok;
}

}  // namespace latzero::pool

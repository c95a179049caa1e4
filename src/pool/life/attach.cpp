#include "pool/life/attach.hpp"

#include "base/last_error.hpp"
#include "base/printable.hpp"
#include "platform/clock.hpp"
#include "platform/liveness.hpp"
#include "platform/pool_names.hpp"
#include "platform/process.hpp"
#include "pool/life/creations.hpp"
#include "pool/life/life.hpp"
#include "store/recovery.hpp"

namespace latzero::pool {

using namespace store;
using platform::Access;
using platform::HeldBy;
using platform::Hold;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr std::uint64_t kBriefNs = 1'000'000;

void touch(const Segment &segment) {
    if (segment.constants().idle_ttl_ms != 0) segment.header().last_use_ms.store(platform::boot_ms(), kRelaxed);
}

// A read-only client writes nothing: its byte alone tells of it.
Status claim_reader_byte(Session &session) {
    const platform::MemoryObject &object = session.segment.object();
    for (std::uint32_t reader = 0; reader < kClientLimit; reader++) {
        const platform::HeldByte answer = platform::held_byte(object, kReaderBytes + reader, 1, HeldBy::anyone);
        if (answer.status != Status::ok) return answer.status;
        if (answer.held) continue;
        session.reader_byte = reader;
        return platform::hold_byte(object, kReaderBytes + reader, Hold::alone);
    }
    return fail(Status::busy, "the pool has %u read-only clients, which is the most: disconnect one", kClientLimit);
}

// The pool, passed through the gate, with its life lock held.
Status open_gated(std::string_view name, const AttachOptions &options, const Gate &clock, LivePool &live) {
    const auto open = [&](LivePool &opened) {
        return open_live(name, options.read_only ? Access::read_only : Access::read_write, clock.wait_until_ns(),
                         opened);
    };
    const Status status = options.gate != nullptr ? options.gate->pass(name, live, open) : open(live);
    if (status != Status::ok || live.constants.encrypted() || !options.demands_encryption) return status;
    live = {};
    return fail(Status::authentication,
                "pool '%s' is not encrypted, and an encrypted one was asked for: use another name, or do not ask for "
                "encryption",
                Shown(name).text());
}

Status open_or_create(std::string_view name, const AttachOptions &options, LivePool &live, bool &created) {
    Gate none(nullptr);
    Gate &gate = options.gate != nullptr ? *options.gate : none;
    const std::uint64_t deadline = platform::boot_ns() + options.timeout_ns;
    gate.begin_until(deadline);
    for (;;) {
        Status status = open_gated(name, options, gate, live);
        if (status != Status::pool_not_found || options.create == nullptr) return status;
        status = create(name, *options.create, gate, deadline);
        created |= status == Status::ok;
        if (status != Status::ok && status != Status::pool_exists) return status;
        if (status != Status::ok && platform::boot_ns() > deadline)
            return fail(Status::timeout,
                        "pool '%s' was made and destroyed at each try until the deadline: connect again, or keep a "
                        "client connected to it",
                        Shown(name).text());
    }
}

Status join(std::string_view name, const AttachOptions &options, Pool &pool, bool &created) {
    Session &session = pool.session();
    LivePool live;
    Status status = open_or_create(name, options, live, created);
    if (status != Status::ok) return status;
    status = Segment::check_length(live.object, live.constants);
    if (status != Status::ok) return about_pool(status, name);
    status = session.segment.attach(std::move(live.object), options.read_only ? Access::read_only : Access::read_write,
                                    live.constants);
    if (status != Status::ok) return about_pool(status, name);
    session.timeout_ns = kBriefNs;
    status = options.read_only ? claim_reader_byte(session) : claim_slot(session);
    if (status == Status::ok && !options.read_only) touch(session.segment);
    session.timeout_ns = options.timeout_ns;
    platform::unlock_life(session.segment.object());
    return about_pool(status, name);
}

// Who could not be the pool's first client leaves none behind.
struct Undo {
    std::string_view name;
    bool created = false;

    ~Undo() {
        if (created) take_back_creation(name);
    }
};

}  // namespace

// There may be many dead, so this session waits for nobody longer than a moment: what a living process keeps it from
// cleaning up is left to whoever comes next.
Status claim_slot(Session &session) {
    const Segment &segment = session.segment;
    bool may_recover = true;
    for (std::uint32_t slot = 0; slot < kClientLimit; slot++) {
        const Status held = platform::hold_byte(segment.object(), kWriterBytes + slot, Hold::alone);
        if (held == Status::busy) continue;
        if (held != Status::ok) return held;
        may_recover = may_recover && recover_slot(session, slot) == Status::ok;
        if (segment.client(slot).in_use.load(std::memory_order_acquire) != 0) {
            platform::release_byte(segment.object(), kWriterBytes + slot);
            continue;
        }
        ClientSlot &client = segment.client(slot);
        const std::uint32_t generation = next_generation(client.generation.load(kRelaxed));
        client.process.store(platform::process_number(), kRelaxed);
        client.connected_ns.store(static_cast<std::uint64_t>(platform::wall_ns()), kRelaxed);
        client.generation.store(generation, std::memory_order_release);
        client.in_use.store(1, std::memory_order_release);
        session.owner = make_owner(slot, generation);
        return Status::ok;
    }
    return fail(Status::busy, "the pool has %u read-write clients, which is the most: disconnect one", kClientLimit);
}

Status attach(std::string_view name, const AttachOptions &options, Pool &pool) {
    Undo undo{name};
    Status status = platform::find_boot_clock();
    if (status == Status::ok) status = join(name, options, pool, undo.created);
    if (status != Status::ok) return status;
    undo.created = false;
    hand_over_creation(pool.session().segment.constants().pool_id);
    return status;
}

namespace {

// What the pool knows of this client. With something still in hand the slot stays in use: who claims it next puts that
// back.
void leave_slot(Session &session) {
    const Segment &segment = session.segment;
    if (!segment.writable()) return;
    touch(segment);
    ClientSlot &client = segment.client(slot_of(session.owner));
    const bool in_hand = client.transfer.load(kRelaxed) != 0 || session.left_pending.load(kRelaxed);
    if (!in_hand) client.in_use.store(0, std::memory_order_release);
}

// The host has closed the descriptor: the byte goes with the mapping, and opening the pool by its name ends it if
// nobody else keeps it.
Status detach_by_name(std::string_view name, Session &session) {
    const std::uint64_t deadline = platform::boot_ns() + session.timeout_ns;
    leave_slot(session);
    const bool is_named = platform::is_of_current_user(session.segment.object());
    session.segment.detach();
    if (!is_named) return Status::ok;
    LivePool live;
    const Status opened = open_live(name, Access::read_only, deadline, live);
    return opened == Status::timeout ? opened : Status::ok;
}

}  // namespace

Status detach(std::string_view name, Pool &pool) {
    Session &session = pool.session();
    const Segment &segment = session.segment;
    const platform::MemoryObject &object = segment.object();
    if (!object.has_descriptor()) return detach_by_name(name, session);
    const Status locked = platform::lock_life(object, platform::boot_ns() + session.timeout_ns);
    leave_slot(session);
    platform::release_byte(
        object, segment.writable() ? kWriterBytes + slot_of(session.owner) : kReaderBytes + session.reader_byte);
    return locked == Status::ok ? bury_if_orphaned(object, segment.constants()) : locked;
}

}  // namespace latzero::pool

#include "pool/life/attach.hpp"

#include "base/last_error.hpp"
#include "base/printable.hpp"
#include "platform/clock.hpp"
#include "platform/pool_names.hpp"
#include "pool/life/client_slots.hpp"
#include "pool/life/creations.hpp"
#include "pool/life/lifetime.hpp"
#include "pool/life/names.hpp"
#include "pool/life/open.hpp"
#include "pool/life/shrink.hpp"

namespace latzero::pool {

using namespace store;
using platform::Access;

namespace {

// A pool that was created for a client that could not connect is of no use to anybody.
struct TakeBack {
    std::string_view name;
    bool created = false;

    ~TakeBack() {
        if (created) take_back_creation(name);
    }
};

// Opens the pool, and creates it before if that is asked for.
Status open_or_create(std::string_view name, const AttachOptions &options, Access access, Gate &gate,
                      std::uint64_t deadline_ns, TakeBack &undo, FoundPool &found) {
    for (;;) {
        Status status = open_pool(name, access, gate, found);
        if (status != Status::ok || !found.is_absent()) return status;
        if (options.create == nullptr) return fail_absent(name);
        bool created = false;
        status = create_if_absent(name, *options.create, gate, deadline_ns, created);
        if (status != Status::ok) return status;
        undo.created |= created;
        if (!created && platform::boot_ns() > deadline_ns)
            return fail(Status::timeout,
                        "pool '%s' was made and destroyed at each try until the deadline: connect again, or keep a "
                        "client connected to it",
                        Shown(name).text());
    }
}

// Holds the pool's life lock from its opening until this is one of its clients, and no longer.
Status join_pool(std::string_view name, const AttachOptions &options, Gate &gate, TakeBack &undo, Pool &pool) {
    const Access access = options.read_only ? Access::read_only : Access::read_write;
    const std::uint64_t deadline_ns = platform::boot_ns() + options.timeout_ns;
    gate.begin_until(deadline_ns);
    FoundPool found;
    Status status = open_or_create(name, options, access, gate, deadline_ns, undo, found);
    if (status != Status::ok) return status;
    if (options.demands_encryption && !found.header.constants.encrypted())
        return fail(Status::authentication,
                    "pool '%s' is not encrypted, and an encrypted one was asked for: use another name, or do not ask "
                    "for encryption",
                    Shown(name).text());
    status = join(found, access, options.timeout_ns, pool.session());
    if (status == Status::ok && !options.read_only) shrink(found.lock, pool);
    return status;
}

}  // namespace

Status attach(std::string_view name, const AttachOptions &options, Pool &pool) {
    Status status = platform::find_boot_clock();
    if (status != Status::ok) return status;
    Gate open_gate;
    TakeBack undo{name};
    status = join_pool(name, options, options.gate != nullptr ? *options.gate : open_gate, undo, pool);
    if (status != Status::ok) return status;
    undo.created = false;
    if (!options.read_only && !options.small_pages) pool.session().growth_ahead.allow();
    if (!options.keeps_creation) hand_over_creation(pool.segment().constants().pool_id);
    return Status::ok;
}

namespace {

// The host has closed the descriptor: the byte goes with the mapping, and a pool that nothing else keeps alive ends
// when it is opened by its name.
Status detach_by_name(std::string_view name, Session &session) {
    const std::uint64_t deadline_ns = platform::boot_ns() + session.timeout_ns;
    leave(session);
    const bool is_named = platform::is_of_current_user(session.segment.object());
    session.segment.detach();
    if (!is_named) return Status::ok;
    FoundPool found;
    const Status opened = open_pool(name, Access::read_only, deadline_ns, found);
    return opened == Status::timeout ? opened : Status::ok;
}

}  // namespace

Status detach(std::string_view name, Pool &pool) {
    Session &session = pool.session();
    const Segment &segment = session.segment;
    if (!segment.object().has_descriptor()) return detach_by_name(name, session);
    LifeLock lock;
    const Status locked = lock.take(segment.object(), platform::boot_ns() + session.timeout_ns);
    leave(session);
    release_byte(session);
    return locked == Status::ok ? bury_if_orphaned(lock, segment.constants()) : locked;
}

}  // namespace latzero::pool

#include "pool/life/open.hpp"

#include <utility>

#include "base/last_error.hpp"
#include "base/printable.hpp"
#include "log/log.hpp"
#include "platform/clock.hpp"
#include "platform/pool_names.hpp"
#include "pool/life/lifetime.hpp"

namespace latzero::pool {

using namespace store;
using platform::Access;

void FoundPool::close() {
    lock.release();
    object = {};
    state = State::absent;
}

namespace {

Status read_header(FoundPool &found) {
    const Status read = Segment::read_header(found.object, found.header.constants, found.header.wrapped);
    return read == Status::ok ? platform::check_private(found.object) : read;
}

enum class Look : std::uint8_t {
    kept,
    lost,     // the name does not lead to the object any more: look again
    misnamed  // the object is a pool of another name
};

// Takes the life lock and looks again: what was read before is of the past. Removes the name of a pool that is
// over, unless the caller wants to see it.
Status lock_and_look(std::string_view name, std::uint64_t deadline_ns, WhenOver when_over, FoundPool &found,
                     Look &look) {
    Status status = found.lock.take(found.object, deadline_ns);
    if (status == Status::ok) status = platform::check_named(found.object);
    look = Look::lost;
    if (status == Status::pool_not_found) return Status::ok;
    if (status == Status::ok) status = read_header(found);
    look = Look::misnamed;
    if (status != Status::ok || found.header.constants.pool_name() != name) return status;
    Life life = Life::lives;
    status = judge_life(found.lock, found.header.constants, life);
    if (status != Status::ok) return status;
    const bool is_over = life == Life::idle || life == Life::orphan;
    look = Look::kept;
    if (life == Life::lives) found.state = FoundPool::State::live;
    if (is_over && when_over == WhenOver::keep) found.state = FoundPool::State::over;
    if (!found.is_absent()) return Status::ok;
    look = Look::lost;
    found.ended = life;
    // Only an idle pool may have clients, which have to be told.
    status = life == Life::idle ? bury(found.lock) : platform::remove_name(found.object);
    return status == Status::pool_not_found ? Status::ok : status;
}

// open_pool(), but that a failure may leave something open.
Status find_pool(std::string_view name, Access access, std::uint64_t deadline_ns, WhenOver when_over,
                 FoundPool &found) {
    // Somebody may put one object after the other there for ever.
    constexpr int kLooks = 16;
    for (int looks = 0; looks < kLooks || platform::boot_ns() < deadline_ns; looks++) {
        Status status = platform::open_object(name, access, found.object);
        if (status == Status::pool_not_found) return Status::ok;
        // What is no pool, or another one, is not locked. But only the look with the lock held counts.
        if (status == Status::ok) status = read_header(found);
        Look look = Look::misnamed;
        if (status == Status::ok && found.header.constants.pool_name() == name)
            status = lock_and_look(name, deadline_ns, when_over, found, look);
        if (status != Status::ok || look == Look::kept) return status;
        if (look == Look::misnamed)
            return fail(Status::corrupt,
                        "the file of pool '%s' is pool '%s' under another name, copied or renamed by another program: "
                        "remove it or give it its own name",
                        Shown(name).text(), Shown(found.header.constants.pool_name()).text());
        found.close();
    }
    return fail(Status::timeout, "pool '%.*s' was made and destroyed all the time", static_cast<int>(name.size()),
                name.data());
}

[[gnu::cold]] void tell_end(std::string_view name, Life ended) {
    if (!log::is_on(log::Level::info)) return;
    const char *why = ended == Life::idle     ? "removed a pool that was idle past its TTL"
                      : ended == Life::orphan ? "removed a pool whose clients have died"
                                              : "removed a pool that its destroyer had marked";
    log::write(
        {.level = log::Level::info, .logger = log::kOfPools, .message = why, .pool = name, .operation = "remove"});
}

}  // namespace

Status open_pool(std::string_view name, Access access, std::uint64_t deadline_ns, FoundPool &found,
                 WhenOver when_over) {
    const Status status = find_pool(name, access, deadline_ns, when_over, found);
    if (status != Status::ok) found.close();
    // With the lock of a pool that came after it held, nobody is told.
    const Life ended = std::exchange(found.ended, Life::lives);
    if (ended != Life::lives && status == Status::ok && found.is_absent()) tell_end(name, ended);
    return status;
}

Status open_pool(std::string_view name, Access access, Gate &gate, FoundPool &found, WhenOver when_over) {
    // Each further attempt means that the pool got another key meanwhile.
    constexpr int kAttempts = 16;
    for (int attempt = 0; attempt < kAttempts; attempt++) {
        Status status = open_pool(name, access, gate.wait_until_ns(), found, when_over);
        if (status != Status::ok || found.is_absent() || gate.fits(found.header)) return status;
        // A try of the key takes long: not with the lock held.
        found.close();
        status = gate.try_key(name, found.header);
        if (status != Status::ok) return status;
    }
    return fail(Status::timeout, "pool '%s' got another key at each try: connect again", Shown(name).text());
}

}  // namespace latzero::pool

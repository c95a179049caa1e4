#include "pool/life/life.hpp"

#include <cstring>
#include <vector>

#include "base/last_error.hpp"
#include "base/printable.hpp"
#include "platform/clock.hpp"
#include "platform/pool_names.hpp"

namespace latzero::pool {

using namespace store;
using platform::Access;
using platform::HeldBy;
using platform::MemoryObject;

namespace {

// The changing part of a header that tells life from death, read without mapping.
struct Signs {
    std::uint32_t state;
    std::uint8_t gap[60];
    std::uint64_t last_use_ms;
};
static_assert(offsetof(Signs, last_use_ms) == offsetof(Header, last_use_ms) - offsetof(Header, state));

Status read_signs(const MemoryObject &object, Signs &signs) {
    return object.read(offsetof(Header, state), &signs, sizeof signs);
}

// What keeps a pool alive: a client, or its creator. Their bytes lie together, and nothing else between them.
platform::HeldByte find_keeper(const MemoryObject &object) {
    return platform::held_byte(object, kCreatorByte, kReaderBytes + kClientLimit - kCreatorByte, HeldBy::anyone);
}

// The state alone, in place of what was there.
Status write_state(const MemoryObject &object, std::uint32_t state) {
    return object.write(offsetof(Header, state), &state, sizeof state);
}

bool is_idle(const PoolConstants &constants, const Signs &signs) {
    if (constants.idle_ttl_ms == 0) return false;
    const std::uint64_t now = platform::boot_ms();
    return now > signs.last_use_ms && now - signs.last_use_ms >= static_cast<std::uint64_t>(constants.idle_ttl_ms);
}

enum class Life : std::uint8_t {
    lives,
    idle,      // past its idle TTL; it may have clients
    orphan,    // nobody keeps it alive
    destroyed  // and marked so, by a destroyer that was killed before it could remove the name
};

// What cannot be told now is a failure.
Status judge_life(const MemoryObject &object, const PoolConstants &constants, Life &life) {
    Signs signs;
    const Status status = read_signs(object, signs);
    if (status != Status::ok) return status;
    life = signs.state != kStateLive ? Life::destroyed : is_idle(constants, signs) ? Life::idle : Life::lives;
    if (life == Life::idle) {
        // Who only reads cannot note a use in the pool: its being there is one.
        const platform::HeldByte reader = platform::held_byte(object, kReaderBytes, kClientLimit, HeldBy::anyone);
        if (reader.held) life = Life::lives;
        if (reader.status != Status::ok) return reader.status;
    }
    if (life == Life::destroyed || (constants.flags & kPersistent)) return Status::ok;
    const platform::HeldByte keeper = find_keeper(object);
    if (!keeper.held) life = Life::orphan;
    return keeper.status;
}

}  // namespace

Status check_name(const char *name, std::string_view &checked) {
    if (name == nullptr)
        return fail(Status::invalid_argument, "the pool's name is NULL: give 1 to %zu bytes", kLongestName);
    const std::size_t size = strnlen(name, kLongestName + 1);
    checked = {name, size};
    if (size == 0) return fail(Status::invalid_argument, "the pool's name is empty: give 1 to %zu bytes", kLongestName);
    if (size > kLongestName)
        return fail(Status::invalid_argument, "the pool's name is longer than %zu bytes: use a shorter one",
                    kLongestName);
    if (checked == "." || checked == "..")
        return fail(Status::invalid_argument, "'%s' cannot be a pool's name: use another one", name);
    if (!is_pool_name(checked))
        return fail(Status::invalid_argument, "'%s' cannot be a pool's name: leave out '/' and control characters",
                    Shown(checked).text());
    return Status::ok;
}

Status bury(const MemoryObject &object) {
    Status status = platform::check_named(object);
    MemoryObject other;
    if (status == Status::ok && !object.writable()) status = platform::open_for_writing(object, other);
    const MemoryObject &writable = object.writable() ? object : other;
    Signs before;
    if (status == Status::ok) status = read_signs(writable, before);
    // The clients are told first: a name that is gone would tell nobody. If it cannot be removed, the pool lives on;
    // not if somebody else has removed it, though.
    if (status == Status::ok) status = write_state(writable, kStateDestroyed);
    if (status != Status::ok) return status;
    status = platform::remove_name(writable);
    if (status != Status::ok && status != Status::pool_not_found) (void)write_state(writable, before.state);
    return status;
}

Status bury_if_orphaned(const MemoryObject &object, const PoolConstants &constants) {
    Life life = Life::lives;
    Status status = judge_life(object, constants, life);
    // One that is idle is for who opens it next: its clients must be told.
    if (status != Status::ok || life == Life::lives || life == Life::idle) return status;
    status = platform::check_named(object);
    if (status == Status::ok) status = platform::remove_name(object);
    return status == Status::pool_not_found ? Status::ok : status;
}

namespace {

// One look at the header, from which all that is believed of the pool comes.
Status look_at_header(const MemoryObject &object, std::string_view name, LivePool &pool) {
    Status read = Segment::read_header(object, pool.constants, pool.wrapped);
    if (read == Status::ok) read = platform::check_private(object);
    if (read != Status::ok || pool.constants.pool_name() == name) return about_pool(read, name);
    const std::string_view own_name = pool.constants.pool_name();
    return fail(Status::corrupt,
                "the file of pool '%s' is pool '%s' under another name, copied or renamed by another program: "
                "remove it or give it its own name",
                Shown(name).text(), Shown(own_name).text());
}

Status open_named(std::string_view name, Access access, std::uint64_t deadline_ns, bool ends_it, LivePool &pool) {
    // Somebody may put one object after the other there for ever.
    constexpr int kLooks = 16;
    for (int look = 0;; look++) {
        if (look >= kLooks && platform::boot_ns() >= deadline_ns)
            return fail(Status::timeout, "pool '%.*s' was made and destroyed all the time",
                        static_cast<int>(name.size()), name.data());
        MemoryObject object;
        Status status = platform::open_object(name, access, object);
        if (status == Status::pool_not_found)
            return fail(status, "there is no pool '%s': create it, or keep a client connected to it",
                        Shown(name).text());
        if (status != Status::ok) return status;
        // A file that is no pool is not locked. Only the second look, with the lock held, counts.
        status = look_at_header(object, name, pool);
        if (status != Status::ok) return status;
        status = platform::lock_life(object, deadline_ns);
        if (status != Status::ok) return about_pool(status, name);
        // Removed, and perhaps replaced, while this process waited.
        status = platform::check_named(object);
        if (status == Status::pool_not_found) continue;
        if (status != Status::ok) return about_pool(status, name);
        status = look_at_header(object, name, pool);
        if (status != Status::ok) return status;
        Life life = Life::lives;
        status = judge_life(object, pool.constants, life);
        if (status != Status::ok) return about_pool(status, name);
        pool.is_over = life == Life::idle || life == Life::orphan;
        if (life == Life::destroyed || (ends_it && pool.is_over)) {
            // An orphan has nobody who would have to be told.
            status = life == Life::idle ? bury(object) : platform::remove_name(object);
            if (status != Status::ok && status != Status::pool_not_found) return status;
            continue;
        }
        pool.object = std::move(object);
        return Status::ok;
    }
}

}  // namespace

Status open_live(std::string_view name, Access access, std::uint64_t deadline_ns, LivePool &pool) {
    return open_named(name, access, deadline_ns, true, pool);
}

Status open_as_it_is(std::string_view name, Access access, std::uint64_t deadline_ns, LivePool &pool) {
    return open_named(name, access, deadline_ns, false, pool);
}

// Each answer names one held byte; what lies before and behind it is asked again.
std::uint64_t count_clients(const MemoryObject &object, std::uint64_t deadline_ns) {
    struct Range {
        std::uint64_t first, count;
    };
    std::uint64_t clients = 0;
    std::vector<Range> open = {{kWriterBytes, 2 * kClientLimit}};
    while (!open.empty() && (deadline_ns == kNoDeadline || platform::boot_ns() < deadline_ns)) {
        const Range range = open.back();
        open.pop_back();
        const platform::HeldByte answer = platform::held_byte(object, range.first, range.count, HeldBy::anyone);
        if (answer.status != Status::ok) break;
        if (!answer.held || answer.byte < range.first || answer.byte >= range.first + range.count) continue;
        clients++;
        const std::uint64_t below = answer.byte - range.first;
        if (below > 0) open.push_back({range.first, below});
        if (below + 1 < range.count) open.push_back({answer.byte + 1, range.count - below - 1});
    }
    return clients;
}

platform::HeldByte find_client(const MemoryObject &object) {
    return platform::held_byte(object, kWriterBytes, 2 * kClientLimit, HeldBy::anyone);
}

}  // namespace latzero::pool

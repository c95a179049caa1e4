#include "pool/life.hpp"

#include <cstring>
#include <vector>

#include "base/last_error.hpp"
#include "platform/clock.hpp"

namespace latzero::pool {

using namespace store;
using platform::Access;
using platform::SharedObject;

namespace {

// The changing part of a header that tells life from death, read without mapping.
struct Signs {
    std::uint32_t state;
    std::uint32_t ever_connected;
    std::uint8_t gap[56];
    std::uint64_t last_use_ms;
};
static_assert(offsetof(Signs, last_use_ms) == offsetof(Header, last_use_ms) - offsetof(Header, state));

// Marked so by a destroyer that was killed before it could remove the name.
bool is_marked_destroyed(const SharedObject &object) {
    Signs signs;
    return object.read(offsetof(Header, state), &signs, sizeof signs) == Status::ok && signs.state != kStateLive;
}

bool is_orphan(const SharedObject &object, const PoolConstants &constants) {
    if (object.held_byte(kWriterBytes, 2 * kClientLimit, false).held) return false;
    if (constants.flags & kPersistent) return false;
    Signs signs;
    if (object.read(offsetof(Header, state), &signs, sizeof signs) != Status::ok) return false;
    return signs.ever_connected != 0 || !object.held_byte(kCreatorByte, 1, false).held;
}

bool is_idle(const SharedObject &object, const PoolConstants &constants) {
    if (constants.idle_ttl_ms == 0) return false;
    Signs signs;
    if (object.read(offsetof(Header, state), &signs, sizeof signs) != Status::ok) return false;
    const std::uint64_t now = platform::boot_ms();
    return now > signs.last_use_ms && now - signs.last_use_ms >= static_cast<std::uint64_t>(constants.idle_ttl_ms);
}

// Tells the clients. Through an object of its own: the caller's may be read-only.
Status mark_destroyed(std::string_view name) {
    SharedObject writable;
    Status status = SharedObject::open(name, Access::read_write, writable);
    platform::Mapping mapping;
    if (status == Status::ok) status = writable.reserve_map(sizeof(Header), Access::read_write, mapping);
    if (status != Status::ok) return status;
    reinterpret_cast<Header *>(mapping.data())->state.store(kStateDestroyed, std::memory_order_release);
    return Status::ok;
}

}  // namespace

Status check_name(const char *name, std::string_view &checked) {
    if (name == nullptr) return fail(Status::invalid_argument, "the pool's name is NULL");
    const std::size_t size = strnlen(name, kLongestName + 1);
    checked = {name, size};
    if (size == 0) return fail(Status::invalid_argument, "the pool's name is empty");
    if (size > kLongestName)
        return fail(Status::invalid_argument, "the pool's name is longer than %zu bytes: use a shorter one",
                    kLongestName);
    if (checked == "." || checked == "..") return fail(Status::invalid_argument, "'%s' cannot be a pool's name", name);
    for (const char c : checked)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '/')
            return fail(Status::invalid_argument, "a pool's name cannot hold '/' or control characters");
    return Status::ok;
}

Status bury(const SharedObject &object, std::string_view name) {
    if (!object.is_named(name)) return Status::pool_not_found;
    const Status marked = mark_destroyed(name);
    return marked == Status::ok ? SharedObject::unlink(name) : marked;
}

void bury_if_orphaned(const SharedObject &object, const PoolConstants &constants, std::string_view name) {
    if (is_orphan(object, constants) && object.is_named(name)) (void)SharedObject::unlink(name);
}

Status open_live(std::string_view name, Access access, std::uint64_t deadline_ns, LivePool &pool) {
    for (;;) {
        SharedObject object;
        Status status = SharedObject::open(name, access, object);
        if (status == Status::pool_not_found)
            return fail(status, "there is no pool '%.*s': create it, or keep a client connected to it",
                        static_cast<int>(name.size()), name.data());
        if (status != Status::ok) return status;
        status = Segment::read_constants(object, pool.constants);
        if (status == Status::ok) status = object.lock_life(deadline_ns);
        if (status != Status::ok) return about_pool(status, name);
        // Removed, and perhaps replaced, while this process waited.
        if (!object.is_named(name)) continue;
        if (is_marked_destroyed(object) || is_orphan(object, pool.constants) || is_idle(object, pool.constants)) {
            status = bury(object, name);
            if (status != Status::ok && status != Status::pool_not_found) return status;
            continue;
        }
        if (pool.constants.has_auth_key()) status = Segment::read_wrapped_key(object, pool.wrapped);
        pool.object = std::move(object);
        return about_pool(status, name);
    }
}

// Each answer names one held byte; what lies before and behind it is asked again.
std::uint64_t count_clients(const SharedObject &object) {
    struct Range {
        std::uint64_t first, count;
    };
    std::uint64_t clients = 0;
    std::vector<Range> open = {{kWriterBytes, 2 * kClientLimit}};
    while (!open.empty()) {
        const Range range = open.back();
        open.pop_back();
        const platform::HeldByte answer = object.held_byte(range.first, range.count, false);
        if (!answer.held || answer.byte < range.first || answer.byte >= range.first + range.count) continue;
        clients++;
        const std::uint64_t below = answer.byte - range.first;
        if (below > 0) open.push_back({range.first, below});
        if (below + 1 < range.count) open.push_back({answer.byte + 1, range.count - below - 1});
    }
    return clients;
}

}  // namespace latzero::pool

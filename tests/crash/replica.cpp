#include "replica.hpp"

#include <cstdio>
#include <cstdlib>

#include "base/last_error.hpp"
#include "store/recovery.hpp"

namespace latzero::crash {

using namespace store;
using platform::Access;
using platform::SharedObject;

namespace {

constexpr std::uint32_t kMySlot = 5;
constexpr std::uint32_t kMyGeneration = 77;

void must(Status status, const char *what) {
    if (status == Status::ok) return;
    std::fprintf(stderr, "%s: %s: %s\n", what, status_name(status), last_error());
    std::exit(2);
}

}  // namespace

Replica::Replica(const pool::Pool &original, std::string name) : name_(std::move(name)) {
    const PoolConstants &constants = original.session().segment.constants();
    SharedObject object;
    must(SharedObject::create_unseen(object), "create a replica");
    must(Segment::format(object, constants), "format a replica");
    must(object.publish(name_), "publish a replica");
    Session &session = pool_.session();
    session.timeout_ns = 2'000'000'000;
    must(session.segment.attach(std::move(object), Access::read_write, constants), "attach to a replica");
    must(session.segment.object().hold_byte(kWriterBytes + kMySlot, Access::read_write), "live in a replica");
    session.owner = make_owner(kMySlot, kMyGeneration);
    capacity_ = session.segment.usable();
}

Replica::~Replica() { (void)SharedObject::unlink(name_); }

void Replica::take(const pool::Pool &original) {
    const Segment &from = original.session().segment, &to = pool_.session().segment;
    const std::uint64_t size = from.usable();
    if (size > capacity_) must(to.object().commit(capacity_, size - capacity_), "grow a replica");
    capacity_ = std::max(capacity_, size);
    std::memcpy(static_cast<void *>(&to.header()), static_cast<const void *>(&from.header()), size);
    to.usable();
    ClientSlot &mine = to.client(kMySlot);
    mine.generation.store(kMyGeneration);
    mine.in_use.store(1);
    mine.transfer.store(0);
}

std::string Replica::recover_and_check() {
    Session &session = pool_.session();
    const Status recovered = recover_all_dead(session);
    if (recovered != Status::ok) return std::string("recovery says ") + status_name(recovered);
    const CheckReport report = check(session.segment, [this](std::string_view key) { return pool_.stored_key(key); });
    return report.sound() ? "" : report.violations.front();
}

void Replica::step_back() {
    Session &session = pool_.session();
    session.segment.client(kMySlot).in_use.store(0);
    session.segment.object().release_byte(kWriterBytes + kMySlot);
}

}  // namespace latzero::crash

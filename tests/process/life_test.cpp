// Coming and going. Processes connect to one name, creating the pool if there is none, use it, leave, and are killed at
// random. Whoever is connected at the same time is connected to the same pool; nobody ever meets half of one; nothing
// disappears under a client; at the end nothing is left.
#include "../support/process/child.hpp"
#include "../support/process/clock.hpp"
#include "../support/process/stage.hpp"
#include "../support/process/value.hpp"

#include <array>
#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <vector>

#include "base/last_error.hpp"
#include "pool/life/attach.hpp"
#include "pool/life/survey.hpp"
#include "pool/read.hpp"
#include "pool/write.hpp"

namespace latzero::test {
namespace {

constexpr unsigned kGuests = 8;
constexpr std::uint64_t kVisitsEach = 2000 / kSlowness;
constexpr std::uint64_t kMeanLifeNs = 1'000'000;
constexpr std::uint64_t kMeanAbsenceNs = 500'000;

// What a guest tells of itself while it is connected. `doomed` is raised before it is killed, and lowered when it is
// dead and `pool` was wiped: until then what it tells may be out of date.
struct Guest {
    std::atomic<std::uint64_t> pool;  // the id's first half; 0: not connected
    std::atomic<std::uint32_t> doomed;
    std::atomic<std::uint64_t> visit;  // rises with every connect
};

struct Hall {
    std::array<Guest, kGuests> guests;
    std::atomic<std::uint64_t> visits, meetings, read_only, absent;
    std::atomic<std::uint64_t> latest_pool, pools;
};

class Visitor {
public:
    Visitor(Hall &hall, unsigned number, const std::string &name, std::uint64_t salt)
        : hall_(hall), me_(hall.guests[number]), number_(number), name_(name), random_(salt) {}

    void run(std::uint64_t visits) {
        while (hall_.visits.fetch_add(1) < visits && failure_count() == 0) {
            // Long enough for everybody to be out at times, so that the pool ends and is made anew.
            sleep_ns(random_.waiting_time(kMeanAbsenceNs));
            if (random_.one_in(8))
                look_in();
            else
                visit();
        }
    }

private:
    void visit() {
        pool::Pool pool;
        pool::AttachOptions options;
        options.create = &how_;
        const Status status = pool::attach(name_, options, pool);
        if (!LATZERO_EXPECT(status == Status::ok, "attach: %s (%s)", status_name(status), last_error())) return;
        stay(pool, true);
    }

    // A read-only guest cannot create.
    void look_in() {
        pool::Pool pool;
        pool::AttachOptions options;
        options.read_only = true;
        const Status status = pool::attach(name_, options, pool);
        hall_.absent += status == Status::pool_not_found;
        if (status == Status::pool_not_found) return;
        if (!LATZERO_EXPECT(status == Status::ok, "looking in: %s (%s)", status_name(status), last_error())) return;
        hall_.read_only++;
        stay(pool, false);
    }

    void stay(pool::Pool &pool, bool writes) {
        const std::uint64_t id = pool.session().segment.pool_number();
        me_.visit++;
        me_.pool = id;
        if (hall_.latest_pool.exchange(id) != id) hall_.pools++;
        compare_with_others(id);
        if (writes) use(pool);
        compare_with_others(id);
        LATZERO_EXPECT(!pool.destroyed(), "the pool was destroyed under a client");
        me_.pool = 0;
        const Status status = pool::detach(name_, pool);
        LATZERO_EXPECT(status == Status::ok, "detach: %s (%s)", status_name(status), last_error());
    }

    // This process is connected, and so is the other at the moment that its pool is read, unless it is doomed.
    void compare_with_others(std::uint64_t id) {
        for (const Guest &other : hall_.guests) {
            if (&other == &me_) continue;
            const std::uint64_t visit = other.visit;
            const std::uint64_t its_pool = other.pool;
            if (its_pool == 0) continue;
            if (its_pool == id) {
                hall_.meetings.fetch_add(1, std::memory_order_relaxed);
                continue;
            }
            const bool told_the_truth = other.doomed == 0 && other.pool == its_pool && other.visit == visit;
            LATZERO_EXPECT(!told_the_truth, "two pools of one name: %016" PRIx64 " and %016" PRIx64, id, its_pool);
        }
    }

    // What a client has set stays as long as it is connected.
    void use(pool::Pool &pool) {
        const std::string text = "guest." + std::to_string(number_);
        const std::uint64_t writes = random_.between(1, 5);
        for (std::uint64_t number = 1; number <= writes; number++) {
            make_value(value_, static_cast<std::uint32_t>(random_.between(kLeastValue, 5000)), number_, number);
            const pool::NewValue fresh{
                .type = 5, .bytes = value_.data(), .size = static_cast<std::uint32_t>(value_.size())};
            std::uint64_t version = 0;
            const Status set = pool::put(pool, pool.key(text), fresh, {}, version);
            LATZERO_EXPECT(set == Status::ok, "set: %s", status_name(set));
            pool::ValueInfo info;
            std::uint64_t seen = 0;
            buffer_.resize(8192);
            const Status got = pool::get(pool, pool.key(text), buffer_.data(), buffer_.size(), info);
            LATZERO_EXPECT(got == Status::ok && read_value(buffer_.data(), info.size, number_, &seen) && seen == number,
                           "read back: %s, write %" PRIu64 " instead of %" PRIu64, status_name(got), seen, number);
        }
    }

    Hall &hall_;
    Guest &me_;
    const unsigned number_;
    const std::string name_;
    Random random_;
    const pool::PoolOptions how_ = {.max_bytes = 4u << 20};
    std::vector<char> value_, buffer_;
};

void be_guest(Hall &hall, unsigned number, const std::string &name, std::uint64_t salt, std::uint64_t visits) {
    Visitor(hall, number, name, salt).run(visits);
}

void play() {
    const Shared<Hall> hall;
    const std::string name = fresh_name();
    const std::uint64_t visits = scaled(kGuests * kVisitsEach);
    Random random(1);
    std::array<Child, kGuests> guests;
    const auto start = [&](unsigned number) {
        const std::uint64_t salt = random.next();
        guests[number] = Child::start<be_guest>(hall, number, name, salt, visits);
    };
    for (unsigned number = 0; number < kGuests; number++) start(number);
    std::uint64_t kills = 0, visited = 0;
    while (hall->visits < visits && failure_count() == 0) {
        sleep_ns(random.waiting_time(kMeanLifeNs));
        const auto number = static_cast<unsigned>(random.below(kGuests));
        Guest &guest = hall->guests[number];
        guest.doomed = 1;
        guests[number].kill_and_reap();
        guest.pool = 0;
        guest.doomed = 0;
        kills++;
        start(number);
    }
    for (Child &guest : guests) guest.reap();
    for (const Guest &guest : hall->guests) visited += guest.visit;
    bool found = true;
    const Status status = pool::exists(name, found);
    LATZERO_EXPECT(status == Status::ok && !found && !file_exists(name), "the pool outlives its last client");
    std::printf("%" PRIu64 " visits by %u processes (%" PRIu64 " read-only, %" PRIu64 " found nothing), %" PRIu64
                " kills; %" PRIu64 " pools in turn; %" PRIu64 " meetings, each in one pool\n",
                visited, kGuests, hall->read_only.load(), hall->absent.load(), kills, hall->pools.load(),
                hall->meetings.load());
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments, {LATZERO_ROLE(play), LATZERO_ROLE(be_guest)});
    return run_stage<play>(120);
}

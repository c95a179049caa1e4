// What open_pool() promises: a pool that is found is locked, and stays; one that is over ends only where that is
// wanted; a failure leaves nothing locked.
#include <memory>
#include <string>

#include "platform/clock.hpp"
#include "platform/pool_names.hpp"
#include "platform/process.hpp"
#include "platform/sync.hpp"
#include "pool/life/create.hpp"
#include "pool/life/destroy.hpp"
#include "pool/life/lifetime.hpp"
#include "pool/life/open.hpp"
#include "unit_test.hpp"

using namespace latzero;
using platform::Access;
using pool::FoundPool;

namespace {

constexpr value::AuthKey kAuth{"an auth key made of 32 raw bytes", value::AuthKey::Kind::raw};
constexpr value::AuthKey kOther{"another key made of 32 raw bytes", value::AuthKey::Kind::raw};

// A persistent pool, so that nothing but its idle TTL ends it.
class Named {
public:
    explicit Named(pool::PoolOptions options = {}) : name_("open-pool-" + std::to_string(platform::process_number())) {
        options.persistent = true;
        options.max_bytes = 4 << 20;
        (void)pool::destroy(name_);
        assert_true(pool::create(name_, options) == Status::ok);
    }
    ~Named() { (void)pool::destroy(name_); }
    Named(const Named &) = delete;
    Named &operator=(const Named &) = delete;

    Status open(FoundPool &found, pool::WhenOver when_over = pool::WhenOver::remove) const {
        return pool::open_pool(name_, Access::read_only, platform::boot_ns(), found, when_over);
    }
    Status open(FoundPool &found, pool::Gate &gate) const {
        return pool::open_pool(name_, Access::read_only, gate, found);
    }
    bool is_locked() const {
        FoundPool found;
        const Status status = open(found);
        assert_true(status == Status::ok || status == Status::timeout);
        return status == Status::timeout;
    }
    bool has_name() const {
        platform::MemoryObject object;
        return platform::open_object(name_, Access::read_only, object) == Status::ok;
    }
    std::string name() const { return name_; }

private:
    const std::string name_;
};

void found_is_locked(void **) {
    const Named pool;
    FoundPool found;
    assert_true(pool.open(found) == Status::ok);
    assert_true(found.state == FoundPool::State::live && found.lock.held());
    assert_true(pool.is_locked());
    found.close();
    assert_true(found.is_absent() && !found.lock.held());
    assert_false(pool.is_locked());
}

void lock_follows_the_object(void **) {
    const Named pool;
    platform::MemoryObject moved;
    {
        FoundPool found;
        assert_true(pool.open(found) == Status::ok);
        moved = std::move(found.object);
        found.lock.follow(moved);
        assert_true(pool.is_locked());
    }
    assert_true(moved.has_descriptor());
    assert_false(pool.is_locked());
}

void destroyed_is_absent(void **) {
    const Named pool;
    assert_true(pool::destroy(pool.name()) == Status::ok);
    FoundPool found;
    assert_true(pool.open(found) == Status::ok);
    assert_true(found.is_absent() && !found.lock.held());
}

void over_ends_where_wanted(void **) {
    const Named pool({.idle_ttl_ms = 1});
    platform::pause_for(5'000'000);
    FoundPool found;
    assert_true(pool.open(found, pool::WhenOver::keep) == Status::ok);
    assert_true(found.state == FoundPool::State::over && found.lock.held());
    assert_true(pool.has_name());
    found.close();
    assert_true(pool.open(found) == Status::ok);
    assert_true(found.is_absent());
    assert_false(pool.has_name());
}

void refused_is_not_locked(void **) {
    const Named pool({.key = {.auth = kAuth, .cost = {}, .encrypted = true}});
    FoundPool found;
    pool::Gate right(&kAuth), wrong(&kOther), none(nullptr), open_gate;
    assert_true(pool.open(found, wrong) == Status::authentication);
    assert_true(found.is_absent() && !pool.is_locked());
    assert_true(pool.open(found, none) == Status::authentication);
    assert_true(found.is_absent() && !pool.is_locked());
    assert_true(pool.open(found, right) == Status::ok);
    assert_true(right.fits(found.header) && !wrong.fits(found.header) && pool.is_locked());
    found.close();
    assert_true(pool.open(found, open_gate) == Status::ok);
    assert_true(pool.is_locked());
}

}  // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(found_is_locked),       cmocka_unit_test(lock_follows_the_object),
        cmocka_unit_test(destroyed_is_absent),   cmocka_unit_test(over_ends_where_wanted),
        cmocka_unit_test(refused_is_not_locked),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}

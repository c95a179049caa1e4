// latzero::Pool owns the pool that it made: not its name, and not in a child that fork() made.
#include "cpp_test.hpp"

#include <memory>
#include <optional>

namespace {

using latzero::Pool;

bool works(Client &client) {
    client.set("key", 42);
    return client.get<int>("key") == 42;
}

void drop_in_child(void *owner) { static_cast<std::unique_ptr<Pool> *>(owner)->reset(); }

void drop_in_child_and_exit(void *owner) {
    drop_in_child(owner);
    std::exit(0);
}

// An assignment lets go of what was held before, and so does a move.
void assign_in_child(void *owner) {
    auto &held = *static_cast<std::unique_ptr<Pool> *>(owner);
    const std::string other = pool_name("childs");
    *held = Pool(other);
    CHECK(Pool::exists(other));
    std::optional<Pool> moved(std::move(*held));
    moved.reset();
    CHECK(!Pool::exists(other));
}

void a_child_destroys_nothing_of_its_parent() {
    const std::string name = pool_name("parents");
    auto owner = std::make_unique<Pool>(name);
    Client client(name);
    for (const auto body : {drop_in_child, drop_in_child_and_exit, assign_in_child}) {
        in_fork(body, &owner);
        CHECK(Pool::exists(name));
        CHECK(works(client));
    }
    owner.reset();
    CHECK(!Pool::exists(name));
    CHECK_THROWS(client.get("key"), Status::destroyed, name);
}

void a_child_owns_what_it_makes() {
    static std::string name;
    name = pool_name("own");
    const Pool owner(pool_name("parents"));
    in_fork(
        [](void *) {
            {
                const Pool own(name);
                CHECK(Pool::exists(name));
            }
            CHECK(!Pool::exists(name));
        },
        nullptr);
    CHECK(Pool::exists(owner.name()));
}

void what_replaced_a_destroyed_pool_is_somebody_else_s() {
    const std::string name = pool_name("replaced");
    std::optional<Pool> first(name);
    CHECK(Pool::destroy(name));
    Client client(name, {.create_if_absent = true});
    CHECK(works(client));
    first.reset();
    CHECK(Pool::exists(name));
    CHECK(works(client));
}

void the_second_owner_of_a_name_owns_the_second_pool() {
    const std::string name = pool_name("second");
    std::optional<Pool> first(name);
    CHECK(Pool::destroy(name));
    std::optional<Pool> second(name);
    Client client(name);
    first.reset();
    CHECK(Pool::exists(name) && works(client));
    second.reset();
    CHECK(!Pool::exists(name));
    CHECK_THROWS(client.get("key"), Status::destroyed, name);
}

void moved_owners_own() {
    const std::string name = pool_name("moved");
    std::optional<Pool> first(name);
    {
        const Pool moved(std::move(*first));
        first.reset();
        CHECK(Pool::exists(name) && moved.name() == name);
    }
    CHECK(!Pool::exists(name));
}

}  // namespace

int main() {
    const CMUnitTest tests[] = {
        CPP_TEST(a_child_destroys_nothing_of_its_parent),
        CPP_TEST(a_child_owns_what_it_makes),
        CPP_TEST(what_replaced_a_destroyed_pool_is_somebody_else_s),
        CPP_TEST(the_second_owner_of_a_name_owns_the_second_pool),
        CPP_TEST(moved_owners_own),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}

// The contract of platform/pool_names.hpp.
#include "platform/pool_names.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>

#include "platform/capabilities.hpp"
#include "platform_test.hpp"

using namespace latzero;
using namespace latzero::platform;
using namespace latzero::test;

static bool is_listed(const std::string &name) {
    std::vector<std::string> names;
    assert_ok(list_objects(names));
    const auto found = std::count(names.begin(), names.end(), name);
    assert_true(found <= 1);
    return found == 1;
}

static Status try_open(const std::string &name) {
    MemoryObject object;
    return open_object(name, Access::read_only, object);
}

static MemoryObject make_unseen() {
    MemoryObject made;
    assert_ok(create_unseen(kReserve, made));
    assert_ok(made.commit(0, kPage));
    return made;
}

static void write_number(const MemoryObject &object, std::uint32_t number) {
    assert_ok(object.write(0, &number, sizeof number));
}

static std::uint32_t number_in(const MemoryObject &object) {
    std::uint32_t number = 0;
    assert_ok(object.read(0, &number, sizeof number));
    return number;
}

static void an_object_is_found_once_it_is_published(void **) {
    const std::string name = fresh_name();
    MemoryObject made = make_unseen();
    assert_string_equal(place_of(made), "");
    assert_status(try_open(name), pool_not_found);
    assert_false(is_listed(name));
    assert_ok(publish(made, name));
    assert_ok(try_open(name));
    assert_true(is_listed(name));
    assert_ok(check_named(made));
    assert_string_not_equal(place_of(made), "");
    assert_ok(check_private(made));
    assert_true(is_of_current_user(made));
    assert_ok(remove_name(made));
}

static void a_taken_name_is_left_alone(void **) {
    const NamedObject first;
    write_number(first.object, 1);
    MemoryObject second = make_unseen();
    assert_status(publish(second, first.name), pool_exists);
    assert_ok(check_named(first.object));
    assert_int_equal(number_in(first.open()), 1);
}

static void a_removed_name_is_free_at_once(void **) {
    const NamedObject first;
    const MemoryObject other = first.open();
    write_number(first.object, 1);
    assert_ok(remove_name(other));
    assert_status(try_open(first.name), pool_not_found);
    assert_false(is_listed(first.name));
    assert_status(check_named(first.object), pool_not_found);
    assert_status(remove_name(first.object), pool_not_found);
    MemoryObject second = make_unseen();
    assert_ok(publish(second, first.name));
    write_number(second, 2);
    assert_status(check_named(first.object), pool_not_found);
    assert_ok(check_named(second));
    // Who has it open goes on.
    assert_ok(other.commit(kPage, kPage));
    write_number(first.object, 3);
    assert_int_equal(number_in(other), 3);
    assert_int_equal(number_in(first.open()), 2);
}

static void the_same_object_is_opened_for_writing(void **) {
    const NamedObject first;
    const MemoryObject reader = first.open(Access::read_only);
    MemoryObject writable;
    assert_false(reader.writable());
    assert_ok(open_for_writing(reader, writable));
    assert_true(writable.writable());
    write_number(writable, 4);
    assert_int_equal(number_in(reader), 4);
    assert_ok(remove_name(first.object));
    assert_status(open_for_writing(reader, writable), pool_not_found);
    MemoryObject second = make_unseen();
    assert_ok(publish(second, first.name));
    assert_status(open_for_writing(reader, writable), pool_not_found);
}

static void names_are_bytes(void **) {
    const std::string own = fresh_name();
    const std::string names[] = {own + "a",         own + "A",           own + ".pool",
                                 "-" + own,         own + " \\:*?\"<>|", own + "größe\xff",
                                 "." + own + "CON", own + ".",           own + std::string(200 - own.size(), 'n')};
    std::vector<MemoryObject> objects;
    for (const std::string &name : names) {
        assert_status(try_open(name), pool_not_found);
        objects.push_back(make_unseen());
        assert_ok(publish(objects.back(), name));
        write_number(objects.back(), static_cast<std::uint32_t>(objects.size()));
    }
    std::uint32_t number = 0;
    for (const std::string &name : names) {
        MemoryObject object;
        assert_ok(open_object(name, Access::read_only, object));
        assert_int_equal(number_in(object), ++number);
        assert_true(is_listed(name));
    }
    for (const MemoryObject &object : objects) assert_ok(remove_name(object));
}

// Writes that number into what it makes.
static void make_and_wait(char **arguments) {
    const auto mark = static_cast<std::uint32_t>(std::strtoul(arguments[0], nullptr, 10));
    MemoryObject made;
    must(create_unseen(kReserve, made) == Status::ok && made.commit(0, kPage) == Status::ok);
    must(made.write(0, &mark, sizeof mark) == Status::ok);
    say("made");
    await_parent();
}

static void a_killed_creator_leaves_nothing(void **) {
    const std::uint32_t mark = 0xc0000000 | std::random_device()() >> 2;
    RoleChild child(make_and_wait, std::to_string(mark));
    assert_string_equal(child.hear().c_str(), "made");
    child.kill();
    std::vector<std::string> names;
    assert_ok(list_objects(names));
    // Others come and go meanwhile.
    for (const std::string &name : names) {
        MemoryObject object;
        std::uint32_t number = 0;
        if (open_object(name, Access::read_only, object) == Status::ok &&
            object.read(0, &number, sizeof number) == Status::ok)
            assert_int_not_equal(number, mark);
    }
}

static void publish_at_once(char **arguments) {
    char line[256];
    for (std::uint32_t round = 0; hear_parent(line, sizeof line) != 0; round++) {
        MemoryObject made;
        must(create_unseen(kReserve, made) == Status::ok && made.commit(0, kPage) == Status::ok);
        say("ready");
        await_parent();
        const Status status = publish(made, std::string(arguments[0]) + "." + std::to_string(round));
        must(status == Status::ok || status == Status::pool_exists);
        say(status == Status::ok ? "first" : "late");
        await_parent();
        if (status == Status::ok) must(remove_name(made) == Status::ok);
        say("removed");
    }
}

static void one_of_many_gets_a_name(void **) {
    constexpr int kRounds = 30;
    const std::string name = fresh_name();
    std::vector<std::unique_ptr<RoleChild>> children;
    for (int i = 0; i < 3; i++) children.push_back(std::make_unique<RoleChild>(publish_at_once, name));
    const auto step = [&](const char *told) {
        int first = 0;
        for (const auto &child : children) child->tell(told);
        for (const auto &child : children) {
            const std::string said = child->hear();
            assert_string_not_equal(said.c_str(), "");
            first += said == "first";
        }
        return first;
    };
    for (int round = 0; round < kRounds; round++) {
        (void)step("make");
        assert_int_equal(step("publish"), 1);
        (void)step("remove");
    }
}

static void publish_and_end(char **arguments) {
    MemoryObject made;
    const std::uint32_t number = 6;
    must(create_unseen(kReserve, made) == Status::ok && made.commit(0, kPage) == Status::ok);
    must(made.write(0, &number, sizeof number) == Status::ok && publish(made, arguments[0]) == Status::ok);
}

static void an_object_stays_as_its_system_says(void **) {
    const std::string name = fresh_name();
    RoleChild child(publish_and_end, name);
    assert_int_equal(child.end(), 0);
    MemoryObject left;
    const Status opened = open_object(name, Access::read_only, left);
    assert_int_equal(opened, kCapabilities.objects_outlive_processes ? Status::ok : Status::pool_not_found);
    assert_int_equal(is_listed(name), kCapabilities.objects_outlive_processes);
    if (opened != Status::ok) return;
    assert_int_equal(number_in(left), 6);
    assert_ok(remove_name(left));
}

int main(int count, char **arguments) {
    play(count, arguments, {ROLE(make_and_wait), ROLE(publish_at_once), ROLE(publish_and_end)});
    const CMUnitTest tests[] = {
        cmocka_unit_test(an_object_is_found_once_it_is_published),
        cmocka_unit_test(a_taken_name_is_left_alone),
        cmocka_unit_test(a_removed_name_is_free_at_once),
        cmocka_unit_test(the_same_object_is_opened_for_writing),
        cmocka_unit_test(names_are_bytes),
        cmocka_unit_test(a_killed_creator_leaves_nothing),
        cmocka_unit_test(one_of_many_gets_a_name),
        cmocka_unit_test(an_object_stays_as_its_system_says),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}

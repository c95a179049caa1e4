// The contract of platform/memory_object.hpp.
#include "platform/memory_object.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

#include "platform/capabilities.hpp"
#include "platform_test.hpp"

using namespace latzero;
using namespace latzero::platform;
using namespace latzero::test;

static std::uint64_t size_of(const MemoryObject &object) {
    std::uint64_t size = ~std::uint64_t{0};
    assert_ok(object.size(size));
    return size;
}

static bool is_zero(const std::byte *bytes, std::size_t count) {
    return std::all_of(bytes, bytes + count, [](std::byte byte) { return byte == std::byte{0}; });
}

static void a_new_object_is_empty(void **) {
    MemoryObject object;
    assert_ok(create_unseen(kReserve, object));
    Backing backing = {1, 1};
    assert_ok(object.backing(backing));
    assert_int_equal(backing.size, 0);
    assert_int_equal(backing.backed, 0);
    assert_int_equal(size_of(object), 0);
    assert_true(object.writable() && object.has_descriptor());
}

static void what_is_backed_is_zero(void **) {
    MemoryObject object;
    assert_ok(create_unseen(kReserve, object));
    std::uint64_t reached = 0;
    assert_ok(object.extend(0, 2 * kPage, 4 * kPage, reached));
    assert_true(reached >= 2 * kPage && reached <= 4 * kPage);
    assert_int_equal(size_of(object), reached);
    Backing backing = {};
    assert_ok(object.backing(backing));
    assert_true(backing.backed >= reached);
    std::byte bytes[kPage];
    std::memset(bytes, 1, sizeof bytes);
    assert_ok(object.read(kPage, bytes, sizeof bytes));
    assert_true(is_zero(bytes, sizeof bytes));
    assert_true(is_zero(map(object).data(), reached));
}

static void all_ways_lead_to_the_same_bytes(void **) {
    const NamedObject named;
    const MemoryObject other = named.open(), reader = named.open(Access::read_only);
    const Mapping one = map(named.object), two = map(other), three = map(reader);
    std::uint32_t word = 1;
    std::memcpy(one.data() + 8, &word, sizeof word);
    assert_int_equal(*reinterpret_cast<std::uint32_t *>(two.data() + 8), 1);
    word = 2;
    assert_ok(other.write(8, &word, sizeof word));
    assert_int_equal(*reinterpret_cast<std::uint32_t *>(three.data() + 8), 2);
    word = 0;
    assert_ok(reader.read(8, &word, sizeof word));
    assert_int_equal(word, 2);
}

// Of every mapping, without another call.
static void growth_is_usable_at_once(void **) {
    const NamedObject named;
    const MemoryObject other = named.open(), reader = named.open(Access::read_only);
    const Mapping one = map(named.object), two = map(other), three = map(reader);
    for (std::uint64_t size = kPage; size < 1024 * kPage; size *= 4) {
        assert_ok(other.commit(size, 3 * size));
        one.data()[4 * size - 1] = std::byte{7};
        assert_true(two.data()[4 * size - 1] == std::byte{7});
        assert_true(three.data()[4 * size - 1] == std::byte{7});
        assert_int_equal(size_of(reader), 4 * size);
    }
}

static void read_what_comes(char **arguments) {
    MemoryObject object;
    must(open_object(arguments[0], Access::read_only, object) == Status::ok);
    Mapping mapping;
    must(object.map(kReserve, Access::read_only, mapping) == Status::ok);
    say("mapped");
    await_parent();
    must(mapping.data()[5 * kPage] == std::byte{9});
}

static void growth_is_usable_in_other_processes(void **) {
    const NamedObject named;
    RoleChild child(read_what_comes, named.name);
    assert_string_equal(child.hear().c_str(), "mapped");
    assert_ok(named.object.commit(kPage, 7 * kPage));
    map(named.object).data()[5 * kPage] = std::byte{9};
    child.tell("grown");
    assert_int_equal(child.end(), 0);
}

static void backing_again_changes_nothing(void **) {
    const NamedObject named(8 * kPage);
    const Mapping mapping = map(named.object);
    std::memset(mapping.data(), 5, 8 * kPage);
    assert_ok(named.object.commit(0, 2 * kPage));
    assert_ok(named.object.commit(6 * kPage, 4 * kPage));
    assert_int_equal(size_of(named.object), 10 * kPage);
    assert_true(
        std::all_of(mapping.data(), mapping.data() + 8 * kPage, [](auto byte) { return byte == std::byte{5}; }));
    assert_true(is_zero(mapping.data() + 8 * kPage, 2 * kPage));
}

// More than any machine has.
static void what_there_is_no_room_for_is_refused(void **) {
    constexpr std::uint64_t kHuge = std::uint64_t{1} << 40;
    MemoryObject object;
    assert_ok(create_unseen(kHuge, object));
    assert_ok(object.commit(0, kPage));
    std::uint64_t reached = 0;
    assert_status(object.extend(kPage, kHuge, kHuge, reached), no_space);
    assert_true(reached >= kPage && reached < kHuge);
    assert_int_equal(size_of(object), kPage);
}

static void a_mapping_begins_where_huge_pages_do(void **) {
    const NamedObject named;
    const MemoryObject reader = named.open(Access::read_only);
    for (const MemoryObject *object : {&named.object, &reader})
        assert_int_equal(reinterpret_cast<std::uintptr_t>(map(*object).data()) % kHugePage, 0);
}

// Whether the system gives one or not, the bytes that are there stay, and the rest are as extend() leaves them.
static void a_huge_page_is_one_in_every_mapping(void **) {
    const NamedObject named(kPage);
    const MemoryObject reader = named.open(Access::read_only);
    const Mapping one = map(named.object), two = map(reader);
    assert_ok(named.object.commit(kHugePage, 3 * kPage));
    std::memset(one.data() + kHugePage, 5, 2 * kPage);
    const bool given = named.object.back_by_huge_page(one, kHugePage);
    assert_int_equal(size_of(named.object), 2 * kHugePage);
    assert_ok(named.object.commit(0, 2 * kHugePage));
    for (const Mapping *mapping : {&one, &two}) {
        const std::byte *bytes = mapping->data() + kHugePage;
        assert_true(std::all_of(bytes, bytes + 2 * kPage, [](std::byte byte) { return byte == std::byte{5}; }));
        assert_true(is_zero(bytes + 2 * kPage, kHugePage - 2 * kPage));
        const std::uint64_t huge = mapping->huge_bytes(2 * kHugePage);
        assert_true(huge == 0 || (given && huge == kHugePage && kCapabilities.tells_huge_pages));
    }
    one.data()[kHugePage + 7] = std::byte{6};
    assert_true(two.data()[kHugePage + 7] == std::byte{6});
    if (!given) print_message("the system gave no huge page\n");
}

// And backed anew it is zero, in mappings that were there before.
static void what_is_cut_is_gone(void **) {
    const NamedObject named;
    const MemoryObject reader = named.open(Access::read_only);
    const Mapping one = map(named.object), other = map(reader);
    assert_ok(named.object.commit(0, 8 * kPage));
    one.data()[kPage] = one.data()[4 * kPage] = std::byte{9};
    assert_ok(named.object.cut(2 * kPage));
    assert_int_equal(size_of(reader), 2 * kPage);
    assert_true(other.data()[kPage] == std::byte{9});
    std::byte byte;
    assert_true(reader.read(4 * kPage, &byte, 1) == Status::corrupt);
    assert_ok(named.object.commit(2 * kPage, 6 * kPage));
    assert_true(is_zero(other.data() + 2 * kPage, 6 * kPage));
}

static void what_is_not_there_is_not_read(void **) {
    const NamedObject named;
    std::byte bytes[16];
    assert_status(named.object.read(kPage, bytes, sizeof bytes), corrupt);
    assert_status(named.object.read(kPage - 8, bytes, sizeof bytes), corrupt);
    assert_ok(named.object.read(kPage - 16, bytes, sizeof bytes));
}

static void holes_are_told_and_read_as_zeros(void **) {
    if (!kCapabilities.objects_have_holes) skip();
    MemoryObject object;
    assert_ok(create_unseen(kReserve, object));
    assert_ok(object.commit(64 * kPage, kPage));
    Backing backing = {};
    assert_ok(object.backing(backing));
    assert_int_equal(backing.size, 65 * kPage);
    assert_true(backing.backed < backing.size);
    std::byte bytes[kPage];
    std::memset(bytes, 1, sizeof bytes);
    const std::uint64_t before = backing.backed;
    assert_ok(object.read(3 * kPage, bytes, sizeof bytes));
    assert_true(is_zero(bytes, sizeof bytes));
    assert_ok(object.backing(backing));
    assert_int_equal(backing.backed, before);
}

static void write_through_a_read_only_mapping(char **arguments) {
    MemoryObject object;
    must(open_object(arguments[0], Access::read_only, object) == Status::ok && !object.writable());
    Mapping mapping;
    must(object.map(kReserve, Access::read_only, mapping) == Status::ok);
    say("mapped");
    *const_cast<volatile std::byte *>(mapping.data()) = std::byte{1};
    say("written");
}

static void a_read_only_mapping_changes_nothing(void **) {
    const NamedObject named;
    RoleChild child(write_through_a_read_only_mapping, named.name);
    assert_string_equal(child.hear().c_str(), "mapped");
    assert_string_equal(child.hear().c_str(), "");
    assert_int_not_equal(child.end(), 0);
    assert_true(is_zero(map(named.object).data(), kPage));
}

static void a_mapping_outlives_its_handle(void **) {
    const NamedObject named;
    MemoryObject other = named.open();
    Mapping mapping = map(other);
    assert_int_equal(mapping.size(), kReserve);
    other = MemoryObject();
    mapping.data()[3] = std::byte{4};
    const Mapping moved = std::move(mapping);
    assert_null(mapping.data());
    moved.populate(0, kPage);
    assert_true(moved.data()[3] == std::byte{4} && map(named.object).data()[3] == std::byte{4});
}

int main(int count, char **arguments) {
    play(count, arguments, {ROLE(read_what_comes), ROLE(write_through_a_read_only_mapping)});
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_new_object_is_empty),
        cmocka_unit_test(what_is_backed_is_zero),
        cmocka_unit_test(all_ways_lead_to_the_same_bytes),
        cmocka_unit_test(growth_is_usable_at_once),
        cmocka_unit_test(growth_is_usable_in_other_processes),
        cmocka_unit_test(backing_again_changes_nothing),
        cmocka_unit_test(what_there_is_no_room_for_is_refused),
        cmocka_unit_test(a_mapping_begins_where_huge_pages_do),
        cmocka_unit_test(a_huge_page_is_one_in_every_mapping),
        cmocka_unit_test(what_is_cut_is_gone),
        cmocka_unit_test(what_is_not_there_is_not_read),
        cmocka_unit_test(holes_are_told_and_read_as_zeros),
        cmocka_unit_test(a_read_only_mapping_changes_nothing),
        cmocka_unit_test(a_mapping_outlives_its_handle),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}

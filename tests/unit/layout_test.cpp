#include "store/layout.hpp"

#include "store/blocks.hpp"
#include "store/record.hpp"
#include "unit_test.hpp"

using namespace latzero::store;

static void smallest_class_that_fits(void **) {
    for (std::uint32_t size = 1; size <= kSmallLimit; size++) {
        const std::uint8_t size_class = class_for(size);
        assert_true(kClassSizes[size_class] >= size);
        assert_true(size_class == 0 || kClassSizes[size_class - 1] < size);
        assert_int_equal(block_bytes(size), kClassSizes[size_class]);
    }
    assert_int_equal(class_for(kSmallLimit + 1), kExtentClass);
    assert_int_equal(block_bytes(kSmallLimit + 1), 4 * kPageSize);
    assert_int_equal(block_bytes(4 * kPageSize + 1), 5 * kPageSize);
}

// What a record takes of its run, unused bytes behind the blocks included.
static double share_of_run(std::uint64_t size) {
    const std::uint8_t size_class = class_for(size);
    if (size_class == kExtentClass) return static_cast<double>(block_bytes(size));
    return static_cast<double>(kClassPages[size_class] * kPageSize) / blocks_a_run(size_class);
}

static void four_fifths_are_keys_and_values(void **) {
    constexpr std::uint32_t kKey = 12, kFifthPage = 16353;  // from there on a record takes 79.8 %
    constexpr double kSlot = 16;                            // of a table that is two thirds to a third full
    for (std::uint32_t size = 200; size < kFifthPage; size++) {
        const Shape shape{size, kKey, 5, 0};
        assert_true((size + kKey) / (share_of_run(shape.total()) + kSlot) >= 0.8);
    }
}

static void a_block_tells_its_run(void **) {
    for (std::uint8_t size_class = 0; size_class < kClasses; size_class++) {
        for (std::uint32_t number = 0; number < blocks_a_run(size_class); number++) {
            const Ref ref = block_of_run(100, size_class, number);
            assert_int_equal(run_of(ref, size_class), 100);
        }
        for (std::uint32_t place = 0; place < kPlaces; place++) {
            const std::uint64_t run = run_of(static_cast<Ref>(100 * kPlaces + place), size_class);
            assert_true(run == 0 || (run <= 100 && run + kClassPages[size_class] > 100));
        }
    }
}

static void classes_are_whole_units(void **) {
    for (const std::uint16_t size : kClassSizes) assert_int_equal(size % kUnit, 0);
}

static void words_pack_and_unpack(void **) {
    const TableWord table{static_cast<Ref>(0xfedcba98), 17, 0xabcdef};
    const TableWord table_back = TableWord::unpack(table.pack());
    assert_true(table_back.ref == table.ref && table_back.bits == 17 && table_back.generation == 0xabcdef);
    const PageEntry page{PageKind::extent_pending, 20, 63, 1023, 0xffffffff};
    const PageEntry back = PageEntry::unpack(page.pack());
    assert_true(back.kind == page.kind && back.size_class == 20 && back.stripe == 63 && back.client == 1023 &&
                back.pages == page.pages);
    const Shape shape{0xfffffff0, 65535, 9, kHasExpiry | kHasModified};
    const Shape shape_back = Shape::unpack(shape.pack());
    assert_true(shape_back.value_size == shape.value_size && shape_back.key_size == 65535 && shape_back.type == 9 &&
                shape_back.flags == 3);
    assert_int_equal(shape.total(), 32 + 65536 + std::uint64_t{0xfffffff0});
    assert_int_equal(slot_of(make_owner(1023, 0xfffff)), 1023);
    assert_int_equal(generation_of(make_owner(1023, 0xfffff)), 0xfffff);
}

// The positions that abi/layout.md states for the default cap, and room for pages at both ends of the range.
static void geometry(void **) {
    const Geometry usual{104'857'600};
    assert_int_equal(Geometry::page_map_at(), 69'632);
    assert_int_equal(usual.data_at(), 278'528);
    assert_int_equal(usual.first_capacity(), 1 << 20);
    for (const std::uint64_t cap : {std::uint64_t{1} << 20, std::uint64_t{1} << 30, std::uint64_t{1} << 36}) {
        const Geometry other{cap};
        assert_true(other.first_capacity() <= cap);
        assert_true(other.data_at() + 64 * kPageSize < other.first_capacity());
    }
}

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(smallest_class_that_fits),        cmocka_unit_test(classes_are_whole_units),
        cmocka_unit_test(words_pack_and_unpack),           cmocka_unit_test(geometry),
        cmocka_unit_test(four_fifths_are_keys_and_values), cmocka_unit_test(a_block_tells_its_run)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}

// Records of an encrypted pool, changed by somebody who can write the segment: each change is found out by who reads
// the key, counted, and harms no other key.
#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/last_error.hpp"
#include "platform/process.hpp"
#include "pool/life/attach.hpp"
#include "pool/sealed_pool.hpp"
#include "unit_test.hpp"

using namespace latzero;
using namespace latzero::pool;
using store::NewValue;

namespace {

constexpr std::string_view kRaw = "32 bytes that are the auth key..";

void must(Status status) {
    if (status != Status::ok) print_error("%s: %s\n", status_name(status), last_error());
    assert_true(status == Status::ok);
}

class Sealed {
public:
    explicit Sealed(const char *suffix, value::Cipher cipher = value::Cipher::none)
        : name_("tamper-" + std::to_string(platform::process_number()) + suffix) {
        PoolOptions create;
        create.key = {.auth = auth_, .cost = {}, .encrypted = true, .cipher = cipher};
        AttachOptions options{.create = &create, .gate = &gate_};
        must(attach(name_, options, pool_));
        must(SealedPool::start(pool_, gate_.pool_key(), gate_.cipher(), sealed_));
    }
    ~Sealed() { (void)detach(name_, pool_); }

    SealedPool *operator->() { return sealed_.get(); }

    void put(const std::string &name, NewValue value, const std::string &bytes) {
        value.bytes = bytes.data();
        value.size = static_cast<std::uint32_t>(bytes.size());
        std::uint64_t version = 0;
        must(sealed_->put(name, value, {}, version));
    }
    Status get(const std::string &name, std::string &value) {
        PrivateCopy opened;
        ValueInfo info;
        const Status status = sealed_->open(name, opened, info);
        if (status == Status::ok) value = opened.value();
        return status;
    }
    bool has(const std::string &name, const std::string &expected) {
        std::string value;
        return get(name, value) == Status::ok && value == expected;
    }
    // The bytes of the record of a name, as they lie, with its padding.
    std::pair<char *, std::size_t> record(const std::string &name) {
        const store::Segment &segment = pool_.session().segment;
        std::pair<char *, std::size_t> found{};
        for (std::uint32_t stripe = 0; stripe < store::kStripes; stripe++) {
            store::Table table;
            assert_true(open_table(segment, segment.stripe(stripe), table));
            for (std::uint64_t at = 0; table.slots != nullptr && at < table.size(); at++) {
                const std::uint64_t slot = table.slots[at];
                store::RecordView view;
                if (!store::is_live(slot) || !open_record(segment, store::slot_ref(slot), view)) continue;
                value::Names names{{reinterpret_cast<char *>(view.key), view.shape.key_size}};
                must(sealed_->open_names(names));
                if (!names.empty() && std::string_view(names[0]) == name)
                    found = {reinterpret_cast<char *>(view.record), view.shape.total()};
            }
        }
        assert_non_null(found.first);
        return found;
    }

private:
    std::string name_;
    value::AuthKey auth_{kRaw, value::AuthKey::Kind::raw};
    Gate gate_{&auth_};
    Pool pool_;
    std::unique_ptr<SealedPool> sealed_;
};

std::string name_of(unsigned number) { return "the name of key " + std::to_string(number); }
std::string value_of(unsigned number) { return "value " + std::to_string(number) + std::string(number % 40, 'v'); }

// Records with every set of extra words that a sealed one may have.
NewValue kind_of(unsigned number) {
    NewValue value{.type = static_cast<std::uint8_t>(number % 10)};
    if (number & 1) value.expiry_ms = std::uint64_t{1} << 62;
    if (number & 2) {
        value.flags |= store::kHasDetail;
        value.detail = number;
    }
    if (number & 4) {
        value.flags |= store::kHasModified;
        value.modified = 64;
    }
    return value;
}

}  // namespace

static void every_flipped_bit_is_found_out(void **) {
    constexpr unsigned kRecords = 1000;
    Sealed pool("-flip");
    std::vector<std::pair<char *, std::size_t>> records;
    for (unsigned i = 0; i < kRecords; i++) {
        // One at a time, so that looking for its record is quick.
        pool.put(name_of(i), kind_of(i), value_of(i));
    }
    pool.put("another", {}, "sound");
    std::uint64_t flips = 0;
    for (unsigned i = 0; i < kRecords; i++) {
        const auto [bytes, size] = pool.record(name_of(i));
        std::string value;
        for (std::size_t bit = 0; bit < size * 8; bit++, flips++) {
            bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
            const Status got = pool.get(name_of(i), value);
            bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
            if (got != Status::integrity) print_error("record %u, bit %zu: %s\n", i, bit, status_name(got));
            assert_true(got == Status::integrity);
        }
        assert_true(pool.has(name_of(i), value_of(i)));
        assert_true(pool.has("another", "sound"));
    }
    assert_true(pool->integrity_failures() == flips);
    print_message("%llu bits flipped\n", static_cast<unsigned long long>(flips));
}

static void swapped_records_are_found_out(void **) {
    constexpr unsigned kRecords = 100;
    Sealed pool("-swap");
    const auto value = [](unsigned number) { return "value of one length " + std::to_string(1000 + number); };
    const auto name = [](unsigned number) { return "name " + std::to_string(1000 + number); };
    for (unsigned i = 0; i < kRecords; i++) pool.put(name(i), {}, value(i));
    std::vector<std::pair<char *, std::size_t>> records;
    for (unsigned i = 0; i < kRecords; i++) records.push_back(pool.record(name(i)));
    std::string got;
    for (unsigned one = 0; one < kRecords; one++) {
        for (unsigned other = 0; other < one; other++) {
            const auto swap = [&](std::size_t from) {
                std::swap_ranges(records[one].first + from, records[one].first + records[one].second,
                                 records[other].first + from);
            };
            // Whole records; all but their versions; the messages alone.
            for (const std::size_t from : {std::size_t{0}, std::size_t{8}, std::size_t{32}}) {
                swap(from);
                assert_true(pool.get(name(one), got) == Status::integrity);
                assert_true(pool.get(name(other), got) == Status::integrity);
                swap(from);
            }
        }
        assert_true(pool.has(name(one), value(one)));
    }
}

static void records_of_another_pool_are_found_out(void **) {
    Sealed pool("-here"), other("-there");
    for (unsigned i = 0; i < 20; i++) {
        pool.put(name_of(i), {}, value_of(i));
        other.put(name_of(i), {}, value_of(i));
        const auto [to, size] = pool.record(name_of(i));
        const auto [from, same_size] = other.record(name_of(i));
        assert_int_equal(size, same_size);
        const std::string before(to, size);
        std::string got;
        // Whole, and with the stored key that this pool looks for.
        for (const std::size_t start : {std::size_t{0}, std::size_t{32}}) {
            std::memcpy(to + start, from + start, size - start);
            assert_true(pool.get(name_of(i), got) == Status::integrity);
            std::memcpy(to, before.data(), size);
        }
        assert_true(pool.has(name_of(i), value_of(i)));
    }
}

static void a_walk_leaves_out_what_does_not_verify(void **) {
    Sealed pool("-walk");
    pool.put("sound", {}, "1");
    pool.put("broken", {}, "2");
    char *bytes = pool.record("broken").first;
    value::Names names;
    for (const char *name : {"sound", "broken"}) {
        char *record = pool.record(name).first;
        names.emplace_back(record + 16, 16);
    }
    bytes[40] = static_cast<char>(bytes[40] ^ 1);
    must(pool->open_names(names));
    assert_int_equal(names.size(), 1);
    assert_string_equal(names[0].c_str(), "sound");
    assert_int_equal(pool->integrity_failures(), 1);
}

static void setting_a_broken_key_makes_it_sound(void **) {
    Sealed pool("-cure");
    pool.put("key", {}, "before");
    pool.record("key").first[40] ^= 1;
    std::string got;
    assert_true(pool.get("key", got) == Status::integrity);
    pool.put("key", {}, "after");
    assert_true(pool.has("key", "after"));
    pool.record("key").first[40] ^= 1;
    must(pool->erase("key", {}));
    assert_true(pool.get("key", got) == Status::not_found);
}

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(every_flipped_bit_is_found_out),
        cmocka_unit_test(swapped_records_are_found_out),
        cmocka_unit_test(records_of_another_pool_are_found_out),
        cmocka_unit_test(a_walk_leaves_out_what_does_not_verify),
        cmocka_unit_test(setting_a_broken_key_makes_it_sound),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}

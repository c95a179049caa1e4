#include "chaos_guest.hpp"

#include <array>
#include <cinttypes>
#include <cstring>

#include "../support/process/clock.hpp"
#include "../support/process/value.hpp"
#include "../support/sealed.h"

namespace latzero::test {

latzero_status connect_to(const std::string &pool, bool encrypted, std::uint32_t flags, latzero_client **client) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    options.flags = flags;
    options.timeout_ms = 20'000;
    if (encrypted) {
        options.flags |= LATZERO_CONNECT_RAW_KEY;
        options.auth_key = TEST_RAW_KEY;
        options.auth_key_len = sizeof TEST_RAW_KEY - 1;
    }
    return latzero_connect(pool.c_str(), &options, client);
}

latzero_status create_chaos_pool(const std::string &pool, bool encrypted, std::uint64_t max_bytes,
                                 std::uint32_t flags) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.max_bytes = max_bytes;
    options.flags = flags;
    if (encrypted) {
        options.flags |= LATZERO_POOL_ENCRYPTED | LATZERO_POOL_RAW_KEY;
        options.auth_key = TEST_RAW_KEY;
        options.auth_key_len = sizeof TEST_RAW_KEY - 1;
    }
    return latzero_pool_create(pool.c_str(), &options);
}

bool plausible(Ground &ground, latzero_status status, const char *what) {
    ground.operations.fetch_add(1, std::memory_order_relaxed);
    switch (status) {
    case LATZERO_OK: return true;
    case LATZERO_MEMORY_FULL: ground.refused.fetch_add(1, std::memory_order_relaxed); return false;
    case LATZERO_NOT_FOUND:
    case LATZERO_EXISTS:
    case LATZERO_CONFLICT:
    case LATZERO_TYPE_MISMATCH:
    case LATZERO_POOL_NOT_FOUND:
    case LATZERO_POOL_EXISTS:
    case LATZERO_DESTROYED: return false;
    default: return report_failure("%s: %s (%s)", what, name_of(status), latzero_last_error());
    }
}

// The first keys are lists, the next counters, all others bytes.
void Guest::choose_key() {
    number_ = random_.below(kKeys);
    key_ = "key." + std::to_string(number_);
}

void Guest::make() {
    const std::uint64_t dice = random_.below(100);
    const std::uint64_t most = dice < 70 ? 200 : dice < 90 ? 2500 : dice < 98 ? 20'000 : 100'000;
    number_ = random_.between(kLists + kCounters, kKeys - 1);
    key_ = "key." + std::to_string(number_);
    make_value(value_, static_cast<std::uint32_t>(random_.between(kLeastValue, most)), number_, random_.next());
    options_.ttl_ms = random_.one_in(8) ? static_cast<std::int64_t>(random_.between(1, 60)) : 0;
}

bool Guest::whole(const void *bytes, std::uint64_t size, std::uint32_t type) const {
    std::uint64_t number = 0;
    return LATZERO_EXPECT(
        type != LATZERO_TYPE_BYTES || read_value(static_cast<const char *>(bytes), size, number_, &number),
        "%s: a torn value of %" PRIu64 " bytes", key_.c_str(), size);
}

void Guest::read() {
    static constexpr void (Guest::*kReads[])() = {&Guest::get,      &Guest::get,    &Guest::get,
                                                  &Guest::get,      &Guest::get,    &Guest::get,
                                                  &Guest::get_many, &Guest::borrow, &Guest::ask};
    choose_key();
    if (random_.one_in(300)) return random_.one_in(2) ? walk() : scan();
    (this->*kReads[random_.below(std::size(kReads))])();
}

void Guest::act() {
    static constexpr void (Guest::*kActs[])() = {&Guest::set,
                                                 &Guest::set,
                                                 &Guest::set,
                                                 &Guest::set_fast,
                                                 &Guest::set_many,
                                                 &Guest::take,
                                                 &Guest::remove,
                                                 &Guest::remove,
                                                 &Guest::set_by_condition,
                                                 &Guest::count_and_append,
                                                 &Guest::count_and_append,
                                                 &Guest::reserve,
                                                 &Guest::change_life,
                                                 &Guest::look_at_a_namespace};
    if (random_.one_in(2)) return read();
    choose_key();
    if (random_.one_in(20'000)) return void(judge(latzero_clear(client_), "clear"));
    (this->*kActs[random_.below(std::size(kActs))])();
}

// --- reading ---------------------------------------------------------------------------------------------------------

void Guest::get() {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    const latzero_status got = latzero_get(client_, key_.data(), key_.size(), buffer_.data(), buffer_.size(), &info);
    // Of a list that has grown larger, the size will do.
    if (got != LATZERO_TOO_SMALL && judge(got, "get")) whole(buffer_.data(), info.size, info.type);
}

void Guest::get_many() {
    constexpr std::size_t kCount = 4;
    std::array<latzero_entry, kCount> entries = {};
    std::array<std::string, kCount> keys;
    const std::uint64_t first = number_;
    const std::size_t room = buffer_.size() / kCount;
    for (std::size_t i = 0; i < kCount; i++) {
        keys[i] = "key." + std::to_string((first + i) % kKeys);
        entries[i].key = keys[i].data();
        entries[i].key_len = keys[i].size();
        entries[i].value = &buffer_[i * room];
        entries[i].capacity = room;
    }
    const latzero_status got = latzero_mget(client_, sizeof(latzero_entry), entries.data(), kCount, nullptr);
    if (got != LATZERO_TOO_SMALL) judge(got, "mget");
    for (std::size_t i = 0; i < kCount; i++) {
        number_ = (first + i) % kKeys;
        if (entries[i].status == LATZERO_OK) whole(entries[i].value, entries[i].size, entries[i].type);
    }
}

void Guest::borrow() {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_borrowed *borrowed = nullptr;
    const void *bytes = nullptr;
    if (!judge(latzero_borrow(client_, key_.data(), key_.size(), &bytes, &info, &borrowed), "borrow")) return;
    whole(bytes, info.size, info.type);
    if (random_.one_in(20)) sleep_ns(random_.below(200'000));
    whole(bytes, info.size, info.type);
    judge(latzero_return(borrowed), "return");
}

void Guest::walk() {
    latzero_iter *iter = nullptr;
    if (!judge(latzero_iter_open(client_, "key.*", LATZERO_CSTR, &iter), "iter_open")) return;
    const char *key = nullptr;
    const void *value = nullptr;
    std::size_t size = 0;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    // Some are left before their end.
    for (std::uint64_t steps = random_.below(2 * kKeys); steps > 0; steps--) {
        if (!judge(latzero_iter_next(iter, &key, &size, &value, &info), "iter_next")) break;
        number_ = std::strtoull(key + 4, nullptr, 10);
        whole(value, info.size, info.type);
    }
    latzero_iter_close(iter);
}

void Guest::scan() {
    std::uint64_t cursor = 0;
    do {
        latzero_key *keys = nullptr;
        std::size_t found = 0;
        if (!judge(latzero_scan(client_, &cursor, 50, nullptr, 0, &keys, &found), "scan")) return;
        latzero_free(keys);
    } while (cursor != 0 && !random_.one_in(20));
}

void Guest::ask() {
    std::int32_t found = 0;
    std::int64_t ttl_ms = 0;
    std::uint64_t size = 0;
    latzero_pool_stats stats = LATZERO_POOL_STATS_INIT;
    switch (random_.below(4)) {
    case 0: judge(latzero_exists(client_, key_.data(), key_.size(), &found), "exists"); break;
    case 1: judge(latzero_ttl(client_, key_.data(), key_.size(), &ttl_ms), "ttl"); break;
    case 2: judge(latzero_size(client_, &size), "size"); break;
    default: judge(latzero_stats(client_, &stats), "stats");
    }
}

// --- writing ---------------------------------------------------------------------------------------------------------

void Guest::set() {
    make();
    judge(latzero_set(client_, key_.data(), key_.size(), LATZERO_TYPE_BYTES, value_.data(), value_.size(),
                      plain_options()),
          "set");
}

void Guest::set_fast() {
    for (std::uint64_t count = random_.between(1, 30); count > 0; count--) {
        make();
        judge(latzero_set_fast(client_, key_.data(), key_.size(), LATZERO_TYPE_BYTES, value_.data(), value_.size(),
                               plain_options()),
              "set_fast");
    }
    if (random_.one_in(2)) judge(latzero_flush(client_), "flush");
}

void Guest::set_many() {
    constexpr std::size_t kCount = 4;
    std::array<latzero_entry, kCount> entries = {};
    std::array<std::string, kCount> keys;
    std::array<std::vector<char>, kCount> values;
    for (std::size_t i = 0; i < kCount; i++) {
        make();
        keys[i] = key_;
        values[i] = value_;
        entries[i] = {keys[i].data(),
                      keys[i].size(),
                      values[i].data(),
                      0,
                      values[i].size(),
                      0,
                      options_.ttl_ms,
                      LATZERO_TYPE_BYTES,
                      0,
                      0,
                      0};
    }
    judge(latzero_mset(client_, sizeof(latzero_entry), entries.data(), kCount), "mset");
    if (random_.one_in(3))
        judge(latzero_delete_many(client_, sizeof(latzero_entry), entries.data(), kCount, nullptr), "delete_many");
}

void Guest::set_by_condition() {
    make();
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    const auto store = random_.one_in(2) ? latzero_add : latzero_replace;
    switch (random_.below(3)) {
    case 0:
        judge(store(client_, key_.data(), key_.size(), LATZERO_TYPE_BYTES, value_.data(), value_.size(), &options_),
              "add, replace");
        break;
    case 1: {
        const latzero_status got = latzero_get(client_, key_.data(), key_.size(), nullptr, 0, &info);
        if (got != LATZERO_TOO_SMALL) judge(got, "get of the version");
        judge(latzero_compare_and_set(client_, key_.data(), key_.size(), info.version, LATZERO_TYPE_BYTES,
                                      value_.data(), value_.size(), &options_, nullptr),
              "compare_and_set");
        break;
    }
    default:
        if (judge(latzero_swap(client_, key_.data(), key_.size(), LATZERO_TYPE_BYTES, value_.data(), value_.size(),
                               &options_, buffer_.data(), buffer_.size(), &info),
                  "swap") &&
            info.version != 0)
            whole(buffer_.data(), info.size, info.type);
    }
}

void Guest::take() {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    const latzero_status taken = latzero_take(client_, key_.data(), key_.size(), buffer_.data(), buffer_.size(), &info);
    if (taken != LATZERO_TOO_SMALL && judge(taken, "take")) whole(buffer_.data(), info.size, info.type);
}

void Guest::remove() { judge(latzero_delete(client_, key_.data(), key_.size()), "delete"); }

// Lists are deleted when they are long, so that they do not fill the pool.
void Guest::count_and_append() {
    key_ = "key." + std::to_string(random_.below(kLists + kCounters));
    std::uint64_t length = 0;
    if (random_.one_in(2)) {
        judge(latzero_increment(client_, key_.data(), key_.size(), 1, 0, nullptr), "increment");
    } else if (judge(latzero_append(client_, key_.data(), key_.size(), LATZERO_TYPE_STRING, "an element", 10, &length),
                     "append") &&
               length > 500) {
        remove();
    }
}

void Guest::reserve() {
    make();
    void *memory = nullptr;
    latzero_reserved *reserved = nullptr;
    if (!judge(latzero_reserve(client_, key_.data(), key_.size(), LATZERO_TYPE_BYTES, value_.size(), &options_, &memory,
                               &reserved),
               "reserve"))
        return;
    std::memcpy(memory, value_.data(), value_.size());
    if (!random_.one_in(3) && judge(latzero_commit(reserved), "commit")) return;
    judge(latzero_abandon(reserved), "abandon");
}

void Guest::change_life() {
    if (random_.one_in(2))
        judge(latzero_expire(client_, key_.data(), key_.size(), static_cast<std::int64_t>(random_.between(1, 100))),
              "expire");
    else
        judge(latzero_persist(client_, key_.data(), key_.size()), "persist");
}

void Guest::look_at_a_namespace() {
    latzero_client *view = nullptr;
    if (!judge(latzero_namespace(client_, "room", LATZERO_CSTR, &view), "namespace")) return;
    judge(latzero_set_i64(view, key_.data(), key_.size(), 1, nullptr), "set in a namespace");
    if (random_.one_in(50)) judge(latzero_clear(view), "clear of a namespace");
    judge(latzero_disconnect(view), "end of a namespace");
}

}  // namespace latzero::test

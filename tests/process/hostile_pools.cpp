// What a hostile client does with loans, with all keys at once, and with pools.
#include "hostile_verbs.hpp"

#include <cinttypes>
#include <cstring>

#include "../support/sealed.h"

namespace latzero::test {
namespace {

struct PoolOptions {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;

    explicit PoolOptions(const HostilePool &pool) {
        options.flags = LATZERO_POOL_PERSISTENT;
        options.max_bytes = pool.max_bytes;
        if (!pool.sealed) return;
        options.flags |= LATZERO_POOL_ENCRYPTED | LATZERO_POOL_RAW_KEY;
        options.auth_key = TEST_RAW_KEY;
        options.auth_key_len = sizeof TEST_RAW_KEY - 1;
    }
};

struct ConnectOptions {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;

    ConnectOptions(const HostilePool &pool, bool read_only, std::int64_t timeout_ms) {
        options.flags = read_only ? LATZERO_CONNECT_READ_ONLY : 0;
        options.timeout_ms = timeout_ms;
        if (!pool.sealed) return;
        options.flags |= LATZERO_CONNECT_RAW_KEY;
        options.auth_key = TEST_RAW_KEY;
        options.auth_key_len = sizeof TEST_RAW_KEY - 1;
    }
};

}  // namespace

latzero_status create_hostile_pool(const HostilePool &pool) {
    const PoolOptions create(pool);
    return latzero_pool_create(pool.name.c_str(), &create.options);
}

// --- loans -----------------------------------------------------------------------------------------------------------

// What is borrowed is read to its end: it lies where it may be read, whatever is written there.
void HostileClient::borrow() {
    const std::string &key = any_key();
    const void *value = nullptr;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_borrowed *borrowed = nullptr;
    const latzero_status status =
        timed("borrow", [&] { return latzero_borrow(handle_, key.data(), key.size(), &value, &info, &borrowed); });
    if (status != LATZERO_OK) return;
    std::uint64_t sum = 0;
    for (std::uint64_t at = 0; at < info.size; at += 64) sum += static_cast<const unsigned char *>(value)[at];
    LATZERO_EXPECT(sum < ~std::uint64_t{0}, "a sum");
    borrowed_.push_back(borrowed);
}

void HostileClient::give_back() {
    while (!borrowed_.empty()) {
        timed("return", [&] { return latzero_return(borrowed_.back()); });
        borrowed_.pop_back();
    }
}

void HostileClient::reserve() {
    const std::string &key = any_key();
    const latzero_set_options options = any_options();
    const std::size_t size = key.size() + 1 + any_size();
    void *memory = nullptr;
    latzero_reserved *reserved = nullptr;
    const latzero_status status = timed("reserve", [&] {
        return latzero_reserve(handle_, key.data(), key.size(), LATZERO_TYPE_BYTES, size, &options, &memory, &reserved);
    });
    if (status != LATZERO_OK) return;
    std::memset(memory, 'r', size);
    std::memcpy(memory, key.data(), key.size());
    static_cast<char *>(memory)[key.size()] = ':';
    reserved_.push_back(reserved);
}

void HostileClient::settle() {
    while (!reserved_.empty()) {
        latzero_reserved *reserved = reserved_.back();
        reserved_.pop_back();
        if (random_.one_in(2) && timed("commit", [&] { return latzero_commit(reserved); }) == LATZERO_OK) continue;
        timed("abandon", [&] { return latzero_abandon(reserved); });
    }
}

// --- walks and the whole pool ----------------------------------------------------------------------------------------

void HostileClient::iterate() {
    latzero_iter *iter = nullptr;
    if (timed("iter_open", [&] {
            return latzero_iter_open(handle_, random_.one_in(4) ? "*9" : nullptr, LATZERO_CSTR, &iter);
        }) != LATZERO_OK)
        return;
    const bool values = random_.one_in(2);
    for (int steps = 0; steps < 200; steps++) {
        const char *key = nullptr;
        std::size_t size = 0;
        const void *value = nullptr;
        latzero_value_info info = LATZERO_VALUE_INFO_INIT;
        const latzero_status status =
            timed("iter_next", [&] { return latzero_iter_next(iter, &key, &size, values ? &value : nullptr, &info); });
        if (status != LATZERO_OK) break;
        LATZERO_EXPECT(key[size] == 0, "a key without a NUL behind it");
        if (values && info.type == LATZERO_TYPE_BYTES) check_value("iter_next", {key, size}, value, info.size);
    }
    timed("iter_close", [&] { return latzero_iter_close(iter), LATZERO_OK; });
}

void HostileClient::items() {
    std::string keys;
    for (std::uint64_t left = random_.below(100); left > 0; left--) {
        const std::string &key = any_key();
        const auto size = static_cast<std::uint32_t>(key.size());
        keys.append(reinterpret_cast<const char *>(&size), sizeof size).append(key);
    }
    void *block = nullptr;
    std::size_t size = 0, found = 0;
    if (timed("mget_copy", [&] {
            return latzero_mget_copy(handle_, keys.data(), keys.size(), &block, &size, &found);
        }) == LATZERO_OK)
        latzero_free(block);
    std::uint64_t cursor = random_.next();
    if (timed("items", [&] {
            return latzero_items(handle_, &cursor, 1000, 0, nullptr, 0, 0, &block, &size, &found);
        }) == LATZERO_OK)
        latzero_free(block);
}

void HostileClient::scan() {
    std::uint64_t cursor = random_.one_in(4) ? random_.next() : 0;
    const std::size_t count = random_.one_in(4) ? 100'000 : 1 + random_.below(100);
    for (int steps = 0; steps < 50; steps++) {
        latzero_key *keys = nullptr;
        std::size_t found = 0;
        const latzero_status status =
            timed("scan", [&] { return latzero_scan(handle_, &cursor, count, nullptr, 0, &keys, &found); });
        if (status == LATZERO_OK) latzero_free(keys);
        if (status != LATZERO_OK || cursor == 0) break;
    }
}

void HostileClient::measure() {
    std::uint64_t size = 0;
    latzero_pool_stats stats = LATZERO_POOL_STATS_INIT;
    timed("size", [&] { return latzero_size(handle_, &size); });
    timed("stats", [&] { return latzero_stats(handle_, &stats); });
}

void HostileClient::in_namespace() {
    latzero_client *view = nullptr;
    if (timed("namespace", [&] { return latzero_namespace(handle_, "key", LATZERO_CSTR, &view); }) != LATZERO_OK)
        return;
    std::uint64_t size = 0;
    timed("set", [&] { return latzero_set_i64(view, "1", 1, 1, nullptr); });
    timed("size of a namespace", [&] { return latzero_size(view, &size); });
    if (random_.one_in(8)) timed("clear of a namespace", [&] { return latzero_clear(view); });
    timed("disconnect of a namespace", [&] { return latzero_disconnect(view); });
}

void HostileClient::clear() {
    timed("clear", [&] { return latzero_clear(handle_); });
}

// --- pools -----------------------------------------------------------------------------------------------------------

bool HostileClient::connect() {
    const ConnectOptions how(pool_, read_only_, timeout_ms_);
    const latzero_status status =
        timed("connect", [&] { return latzero_connect(pool_.name.c_str(), &how.options, &handle_); });
    if (status != LATZERO_OK) over_ = true;
    return status == LATZERO_OK;
}

void HostileClient::disconnect() {
    if (handle_ == nullptr) return;
    // Some loans are left to the disconnect.
    if (random_.one_in(2)) give_back();
    if (random_.one_in(2)) settle();
    // The rest ends with the client.
    if (random_.one_in(2)) end_watch();
    registrations_.clear();
    timed("disconnect", [&] { return latzero_disconnect(handle_); });
    handle_ = nullptr;
    give_back();
    while (!reserved_.empty()) {
        timed("abandon", [&] { return latzero_abandon(reserved_.back()); });
        reserved_.pop_back();
    }
    while (!watches_.empty()) end_watch();
}

void HostileClient::connect_twice() {
    const ConnectOptions how(pool_, random_.one_in(2), timeout_ms_);
    latzero_client *other = nullptr;
    if (timed("connect", [&] { return latzero_connect(pool_.name.c_str(), &how.options, &other); }) == LATZERO_OK)
        timed("disconnect", [&] { return latzero_disconnect(other); });
}

void HostileClient::reconnect() {
    disconnect();
    connect();
}

void HostileClient::pools() {
    std::int32_t exists = 0;
    timed("pool_exists", [&] { return latzero_pool_exists(pool_.name.c_str(), &exists); });
    look_at_pools();
}

void HostileClient::look_at_pools() {
    latzero_pool_info *list = nullptr;
    std::size_t count = 0;
    latzero_global_info info = LATZERO_GLOBAL_INFO_INIT;
    const latzero_status listed =
        timed("pool_list", [&] { return latzero_pool_list(sizeof(latzero_pool_info), &list, &count); });
    if (LATZERO_EXPECT(listed == LATZERO_OK, "pool_list gives %s", latzero_status_name(listed))) latzero_free(list);
    const latzero_status added = timed("global_stats", [&] { return latzero_global_stats(&info); });
    LATZERO_EXPECT(added == LATZERO_OK, "global_stats gives %s", latzero_status_name(added));
}

void HostileClient::tidy() {
    std::size_t removed = 0;
    timed("pool_cleanup", [&] { return latzero_pool_cleanup(&removed); });
    timed("auto_cleanup", [&] { return latzero_auto_cleanup(1); });
    sleep_ns(2'000'000);
    timed("auto_cleanup", [&] { return latzero_auto_cleanup(0); });
}

void HostileClient::create_again() {
    timed("pool_create", [&] { return create_hostile_pool(pool_); });
}

void HostileClient::rekey() {
    latzero_rekey_options options = LATZERO_REKEY_OPTIONS_INIT;
    options.flags = LATZERO_REKEY_OLD_IS_RAW | LATZERO_REKEY_NEW_IS_RAW;
    constexpr std::size_t kSize = sizeof TEST_RAW_KEY - 1;
    timed("pool_rekey",
          [&] { return latzero_pool_rekey(pool_.name.c_str(), TEST_RAW_KEY, kSize, TEST_RAW_KEY, kSize, &options); });
}

void HostileClient::check() {
    latzero_check_options options = LATZERO_CHECK_OPTIONS_INIT;
    options.flags = random_.one_in(2) ? LATZERO_CHECK_REPAIR : 0;
    options.timeout_ms = timeout_ms_;
    if (pool_.sealed && random_.one_in(2)) {
        options.flags |= LATZERO_CHECK_RAW_KEY;
        options.auth_key = TEST_RAW_KEY;
        options.auth_key_len = sizeof TEST_RAW_KEY - 1;
    }
    latzero_check_report report = LATZERO_CHECK_REPORT_INIT;
    timed("pool_check", [&] { return latzero_pool_check(pool_.name.c_str(), &options, &report); });
}

void HostileClient::configure() {
    latzero_serializer_options options = LATZERO_SERIALIZER_OPTIONS_INIT;
    options.prefer_msgpack = static_cast<std::uint32_t>(random_.below(2));
    timed("configure_serializer", [&] { return latzero_configure_serializer(&options); });
}

void HostileClient::destroy() {
    if (timed("pool_destroy", [&] { return latzero_pool_destroy(pool_.name.c_str()); }) == LATZERO_OK) over_ = true;
}

}  // namespace latzero::test

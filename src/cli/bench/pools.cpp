#include "bench/pools.hpp"

#include "system/secrets.hpp"
#include "system/this_process.hpp"

#include <algorithm>
#include <cstdio>

namespace latzero::cli::bench {

using namespace std::chrono_literals;

namespace {

// Differs from the names of processes of the same number, which see the same memory from other pid namespaces.
std::string unique_name() {
    std::uint32_t chance = 0;
    fill_with_random_bytes(&chance, sizeof chance);
    char name[48];
    std::snprintf(name, sizeof name, "bench-%d-%08x", process_id(), static_cast<unsigned>(chance));
    return name;
}

latzero_client *connect_to(const std::string &name, const AuthKey *key, const latzero_pool_options *create) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    options.flags = (create != nullptr ? LATZERO_CONNECT_CREATE : 0) | (key != nullptr ? LATZERO_CONNECT_RAW_KEY : 0);
    options.create_options = create;
    if (key != nullptr) {
        options.auth_key = key->bytes().data();
        options.auth_key_len = key->bytes().size();
    }
    latzero_client *client = nullptr;
    check(latzero_connect(name.c_str(), &options, &client));
    return client;
}

// The cap of a pool that has room for the load several times over, since a replaced value may have to wait for its
// reader. A cap takes no memory.
std::uint64_t cap_for(const Load &load) {
    constexpr std::uint64_t kAside = std::uint64_t{128} << 20;  // for the large values
    const std::uint64_t filled = load.keys * (2 * (std::uint64_t{load.value_bytes} + 128) + 64);
    if (2 * filled + kAside > LATZERO_MAX_BYTES_MOST) {
        throw Failure(ExitCode::wrong_usage,
                      "so many --keys of so many --value-bytes do not fit into one pool, which has "
                      "64 GiB at most");
    }
    return std::clamp(4 * filled + kAside, LATZERO_MAX_BYTES_DEFAULT, LATZERO_MAX_BYTES_MOST);
}

}  // namespace

void stop_if_asked(const EndSignals &end, std::chrono::milliseconds wait) {
    if (end.arrived_within(wait)) {
        throw Failure(ExitCode::other,
                      "stopped by a signal; the measuring processes are ended, and the pools are gone");
    }
}

std::vector<char> make_value(std::size_t size) {
    std::vector<char> value(size);
    for (std::size_t at = 0; at < size; ++at) {
        value[at] = static_cast<char>('a' + at * 7 % 26);
    }
    return value;
}

Pools::Pools(const Load &load, const EndSignals &end)
    : name_(unique_name()), encrypted_name_(name_ + "-encrypted"), key_(32) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.max_bytes = cap_for(load);
    fill_with_random_bytes(key_.data(), 32);
    plain_.emplace(connect_to(name_, nullptr, &options));
    options.flags = LATZERO_POOL_ENCRYPTED | LATZERO_POOL_RAW_KEY;
    options.auth_key = key_.bytes().data();
    options.auth_key_len = key_.bytes().size();
    encrypted_.emplace(connect_to(encrypted_name_, &key_, &options));
    const KeySet keys = {"key:", load.keys};
    latzero_set_options ends = LATZERO_SET_OPTIONS_INIT;
    ends.ttl_ms = kLongTtlMs;
    fill(plain_->get(), keys, load.value_bytes, end);
    fill(plain_->get(), {"end:", load.keys}, load.value_bytes, end, &ends);
    fill(plain_->get(), {"big:", kLargeValues}, kLargeBytes, end);
    fill(encrypted_->get(), keys, load.value_bytes, end);
    fill_with_numbers(plain_->get(), {"num:", load.keys});
}

void Pools::fill_with_numbers(latzero_client *client, const KeySet &set) {
    char key[kKeySize];
    for (std::uint32_t number = 0; number < set.keys; ++number) {
        write_key(key, set.prefix, number);
        check(latzero_set_i64(client, key, kKeySize, number, nullptr));
    }
}

void Pools::fill(latzero_client *client, const KeySet &set, std::size_t value_bytes, const EndSignals &end,
                 const latzero_set_options *options) const {
    const std::vector<char> value = make_value(value_bytes);
    char key[kKeySize];
    for (std::uint32_t number = 0; number < set.keys; ++number) {
        write_key(key, set.prefix, number);
        check(latzero_set(client, key, kKeySize, LATZERO_TYPE_BYTES, value.data(), value.size(), options));
        if (number % 256 == 0) {
            stop_if_asked(end, 0ms);
        }
    }
}

latzero_client *Pools::connect(bool encrypted) const {
    return connect_to(encrypted ? encrypted_name_ : name_, encrypted ? &key_ : nullptr, nullptr);
}

std::int64_t Pools::counted() const {
    char key[kKeySize];
    write_key(key, kCounter.prefix, 0);
    std::int64_t number = 0;
    check(latzero_get_i64(plain_->get(), key, kKeySize, &number));
    return number;
}

std::uint32_t Pools::cipher() const {
    latzero_pool_stats stats = LATZERO_POOL_STATS_INIT;
    check(latzero_stats(encrypted_->get(), &stats));
    return stats.cipher;
}

}  // namespace latzero::cli::bench

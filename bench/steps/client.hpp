// A connection through the C ABI for as long as a scope; what fails throws.
#pragma once

#include <latzero/latzero.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace latzero::bench {

inline void check(latzero_status status) {
    if (status != LATZERO_OK) throw std::runtime_error(latzero_last_error());
}

// A name for a pool of this run.
inline std::string unique_name(const char *what) { return "bench-steps-" + std::to_string(getpid()) + "-" + what; }

class Client {
public:
    explicit Client(const std::string &name, const latzero_connect_options *options = nullptr) {
        check(latzero_connect(name.c_str(), options, &client_));
    }
    ~Client() { (void)latzero_disconnect(client_); }
    Client(const Client &) = delete;
    Client &operator=(const Client &) = delete;

    operator latzero_client *() const { return client_; }

    latzero_status try_set(std::string_view key, std::string_view value) const {
        return latzero_set(client_, key.data(), key.size(), LATZERO_TYPE_BYTES, value.data(), value.size(), nullptr);
    }
    void set(std::string_view key, std::string_view value) const { check(try_set(key, value)); }
    latzero_pool_stats stats() const {
        latzero_pool_stats stats = LATZERO_POOL_STATS_INIT;
        check(latzero_stats(client_, &stats));
        return stats;
    }

private:
    latzero_client *client_ = nullptr;
};

// The first client of a pool, which it creates. A max_bytes of 0 is the default.
class Keeper : public Client {
public:
    explicit Keeper(const std::string &name, std::uint64_t max_bytes = 0) : Keeper(name, options_with(max_bytes)) {}

private:
    static latzero_pool_options options_with(std::uint64_t max_bytes) {
        latzero_pool_options create = LATZERO_POOL_OPTIONS_INIT;
        create.max_bytes = max_bytes;
        return create;
    }
    Keeper(const std::string &name, const latzero_pool_options &create) : Keeper(name, connect_with(create)) {}
    Keeper(const std::string &name, const latzero_connect_options &connect) : Client(name, &connect) {}

    static latzero_connect_options connect_with(const latzero_pool_options &create) {
        latzero_connect_options connect = LATZERO_CONNECT_OPTIONS_INIT;
        connect.flags = LATZERO_CONNECT_CREATE;
        connect.create_options = &create;
        return connect;
    }
};

// Makes a pool grow until it can hold so many bytes together, by room that is reserved and given up again: what others
// then store there comes to pages that nobody has touched.
inline void grow_for(const Client &client, std::size_t bytes) {
    void *memory = nullptr;
    latzero_reserved *reserved = nullptr;
    check(latzero_reserve(client, "room", LATZERO_CSTR, LATZERO_TYPE_BYTES, bytes, nullptr, &memory, &reserved));
    check(latzero_abandon(reserved));
}

// What is measured is where values lie and not what zstd makes of them.
inline void compress_nothing() {
    latzero_serializer_options plain = LATZERO_SERIALIZER_OPTIONS_INIT;
    plain.compress_threshold = -1;
    check(latzero_configure_serializer(&plain));
}

}  // namespace latzero::bench

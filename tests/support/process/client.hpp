// A connection by the C ABI for as long as a scope, in the words of the tests.
#pragma once

#include <latzero/latzero.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace latzero::test {

struct ClientOptions {
    bool create = false;
    bool read_only = false;
    std::int64_t timeout_ms = 0;
    std::uint64_t max_bytes = 0;
};

class Client {
public:
    explicit Client(const std::string &pool, const ClientOptions &options = {});
    ~Client();
    Client(const Client &) = delete;
    Client &operator=(const Client &) = delete;

    // Of the connect.
    latzero_status status() const { return status_; }
    latzero_client *handle() const { return handle_; }
    latzero_status disconnect();

    latzero_status set(std::string_view key, const std::vector<char> &value);
    // The value is in bytes() then.
    latzero_status get(std::string_view key);
    latzero_status remove(std::string_view key);
    latzero_status add(std::string_view key, std::int64_t delta, std::int64_t *sum);

    const char *bytes() const { return buffer_.data(); }
    std::uint64_t size() const { return info_.size; }
    std::uint64_t version() const { return info_.version; }

private:
    latzero_status status_;
    latzero_client *handle_ = nullptr;
    latzero_value_info info_ = LATZERO_VALUE_INFO_INIT;
    std::vector<char> buffer_ = std::vector<char>(4096);
};

// A pool to which these clients can connect. This process keeps it until hand_over().
latzero_status create_pool(const std::string &name, std::uint64_t max_bytes = 0);
// Connects and disconnects: from here on the pool's other clients keep it, and nobody else.
void hand_over(const std::string &name);

// For messages.
inline const char *name_of(latzero_status status) { return latzero_status_name(status); }

// A failure of the test with what was tried and why it failed, unless the status is OK.
bool expect_ok(latzero_status status, const char *what);

}  // namespace latzero::test

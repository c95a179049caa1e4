#include "client.hpp"

#include "../sealed.h"
#include "stage.hpp"

namespace latzero::test {

Client::Client(const std::string &pool, const ClientOptions &options) {
    latzero_pool_options create = LATZERO_POOL_OPTIONS_INIT;
    create.max_bytes = options.max_bytes;
    latzero_connect_options connect = LATZERO_CONNECT_OPTIONS_INIT;
    connect.timeout_ms = options.timeout_ms;
    connect.create_options = &create;
    if (options.create) connect.flags |= LATZERO_CONNECT_CREATE;
    if (options.read_only) connect.flags |= LATZERO_CONNECT_READ_ONLY;
    seal_new_pool(&create);
    give_test_key(&connect);
    // As they are: how large a value is decides what is tested.
    latzero_serializer_options plain = LATZERO_SERIALIZER_OPTIONS_INIT;
    plain.compress_threshold = -1;
    (void)latzero_configure_serializer(&plain);
    status_ = latzero_connect(pool.c_str(), &connect, &handle_);
}

Client::~Client() {
    if (handle_ != nullptr) (void)disconnect();
}

latzero_status create_pool(const std::string &name, std::uint64_t max_bytes) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.max_bytes = max_bytes;
    seal_new_pool(&options);
    return latzero_pool_create(name.c_str(), &options);
}

void hand_over(const std::string &name) {
    Client once(name);
    if (expect_ok(once.status(), "connect to hand over")) expect_ok(once.disconnect(), "hand over");
}

latzero_status Client::disconnect() {
    latzero_client *const handle = handle_;
    handle_ = nullptr;
    return latzero_disconnect(handle);
}

latzero_status Client::set(std::string_view key, const std::vector<char> &value) {
    return latzero_set_bytes(handle_, key.data(), key.size(), value.data(), value.size(), nullptr);
}

latzero_status Client::get(std::string_view key) {
    for (;;) {
        const latzero_status got = latzero_get(handle_, key.data(), key.size(), buffer_.data(), buffer_.size(), &info_);
        if (got != LATZERO_TOO_SMALL) return got;
        buffer_.resize(info_.size);
    }
}

latzero_status Client::remove(std::string_view key) { return latzero_delete(handle_, key.data(), key.size()); }

latzero_status Client::add(std::string_view key, std::int64_t delta, std::int64_t *sum) {
    return latzero_increment(handle_, key.data(), key.size(), delta, 0, sum);
}

bool expect_ok(latzero_status status, const char *what) {
    return LATZERO_EXPECT(status == LATZERO_OK, "%s: %s (%s)", what, name_of(status), latzero_last_error());
}

}  // namespace latzero::test

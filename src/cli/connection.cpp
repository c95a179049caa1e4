#include "connection.hpp"

#include "keys/prompt.hpp"

#include <utility>

namespace latzero::cli {

namespace {

latzero_status try_key(const std::string &pool, Access access, const AuthKey &key, const KeyCeiling &ceiling,
                       latzero_client **client) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    options.flags = access == Access::read_only ? LATZERO_CONNECT_READ_ONLY : 0;
    options.auth_key = key.bytes().data();
    options.auth_key_len = key.bytes().size();
    options.kdf_memory_most = ceiling.memory_most;
    options.kdf_work_most = ceiling.work_most;
    return latzero_connect(pool.c_str(), &options, client);
}

// The key is that of the admission, or the answer of a user who is asked for it.
Connection connect_with(const Admission &admission, Access access, AuthKey &key) {
    latzero_client *client = nullptr;
    latzero_status status = try_key(admission.pool, access, key, admission.ceiling, &client);
    if (status == LATZERO_AUTHENTICATION && !key.given() && can_ask()) {
        key = ask_key(admission.pool);
        status = try_key(admission.pool, access, key, admission.ceiling, &client);
    }
    check(status);
    return Connection(client);
}

}  // namespace

Connection::Connection(const std::string &pool, Access access) : client_(nullptr) {
    check(try_key(pool, access, AuthKey(), KeyCeiling(), &client_));
}

Connection connect(Admission &admission, Access access) {
    AuthKey key = std::move(admission.auth_key);
    return connect_with(admission, access, key);
}

Connection connect_keeping_key(Admission &admission, Access access) {
    return connect_with(admission, access, admission.auth_key);
}

}  // namespace latzero::cli

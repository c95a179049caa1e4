#include "connection.hpp"

#include "key_prompt.hpp"

#include <utility>

namespace latzero::cli {

static latzero_status try_key(const std::string &pool, Access access, const AuthKey &key, latzero_client **client,
                              latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT) {
    options.flags = access == Access::ReadOnly ? LATZERO_CONNECT_READ_ONLY : 0;
    options.auth_key = key.bytes().data();
    options.auth_key_len = key.bytes().size();
    return latzero_connect(pool.c_str(), &options, client);
}

Connection::Connection(const std::string &pool, Access access) : client_(nullptr) {
    check(try_key(pool, access, AuthKey(), &client_));
}

Connection connect(const Arguments &arguments, Access access, AuthKey &key) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    options.kdf_memory_most = arguments.kdf_memory_most;
    options.kdf_work_most = arguments.kdf_work_most;
    latzero_client *client = nullptr;
    latzero_status status = try_key(arguments.pool, access, key, &client, options);
    if (status == LATZERO_AUTHENTICATION && !key.given() && can_ask()) {
        key = ask_key(arguments.pool);
        status = try_key(arguments.pool, access, key, &client, options);
    }
    check(status);
    return Connection(client);
}

Connection connect(Arguments &arguments, Access access) {
    AuthKey key = std::move(arguments.auth_key);
    return connect(arguments, access, key);
}

}  // namespace latzero::cli

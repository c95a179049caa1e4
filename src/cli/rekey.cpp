// `latzero rekey`: one auth key for another.
#include "commands.hpp"
#include "connection.hpp"
#include "key_prompt.hpp"
#include "text.hpp"

#include <string_view>
#include <utility>

namespace latzero::cli {

// The key that the pool is to get, asked for if need be.
static AuthKey take_new_key(Arguments &arguments) {
    AuthKey key = std::move(arguments.new_auth_key);
    if (!key.given() && can_ask()) {
        key = ask_new_key(arguments.pool);
    }
    if (!key.given()) {
        throw Failure(
            ExitCode::WrongUsage,
            "give the new auth key by --new-auth-key-file or in LATZERO_NEW_AUTH_KEY, or type it on a terminal");
    }
    return key;
}

void rekey_pool(Arguments &arguments) {
    AuthKey old_key = std::move(arguments.auth_key);
    // Shows whether the old key is right before the new one is asked for.
    const Connection connection = connect(arguments, Access::ReadOnly, old_key);
    if (!old_key.given()) {
        throw Failure(ExitCode::Refused, "pool '" + printable(arguments.pool, 80) +
                                             "' was created without an auth key, and cannot get one any more");
    }
    AuthKey new_key = take_new_key(arguments);
    const std::string_view old_bytes = old_key.bytes(), new_bytes = new_key.bytes();
    latzero_rekey_options options = LATZERO_REKEY_OPTIONS_INIT;
    options.kdf_memory_bytes = arguments.kdf_memory_bytes;
    options.kdf_passes = static_cast<uint32_t>(arguments.kdf_passes);
    options.kdf_memory_most = arguments.kdf_memory_most;
    options.kdf_work_most = arguments.kdf_work_most;
    check(latzero_pool_rekey(arguments.pool.c_str(), old_bytes.data(), old_bytes.size(), new_bytes.data(),
                             new_bytes.size(), &options));
}

}  // namespace latzero::cli

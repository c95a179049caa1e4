#include "keyed_pools.h"

const pool_kind pool_kinds[POOL_KINDS] = {
    {"encrypted, raw key", 1, 1, 1}, {"encrypted, text key", 1, 0, 1}, {"plain, raw key", 1, 1, 0},
    {"plain, text key", 1, 0, 0},    {"plain, no key", 0, 0, 0},
};

latzero_pool_options options_of(const pool_kind *kind) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.flags = LATZERO_POOL_PERSISTENT;
    options.max_bytes = LATZERO_MAX_BYTES_LEAST;
    if (kind->is_encrypted) options.flags |= LATZERO_POOL_ENCRYPTED;
    if (!kind->has_key) return options;
    if (kind->is_raw) options.flags |= LATZERO_POOL_RAW_KEY;
    options.auth_key = kind->is_raw ? TEST_RAW_KEY : TEST_TEXT_KEY;
    options.auth_key_len = kind->is_raw ? sizeof TEST_RAW_KEY - 1 : sizeof TEST_TEXT_KEY - 1;
    options.kdf_memory_bytes = 8192;
    options.kdf_passes = 1;
    return options;
}

latzero_connect_options connect_options_of(const pool_kind *kind) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    if (!kind->has_key) return options;
    if (kind->is_raw) options.flags = LATZERO_CONNECT_RAW_KEY;
    options.auth_key = kind->is_raw ? TEST_RAW_KEY : TEST_TEXT_KEY;
    options.auth_key_len = kind->is_raw ? sizeof TEST_RAW_KEY - 1 : sizeof TEST_TEXT_KEY - 1;
    return options;
}

latzero_status connect_as(const char *name, const pool_kind *kind, uint32_t flags, latzero_client **client) {
    latzero_connect_options options = connect_options_of(kind);
    options.flags |= flags;
    *client = NULL;
    return latzero_connect(name, &options, client);
}

/*
 * The binary face of latzero.h: every size, offset and number that a compiled caller carries in itself. A line that
 * fails here breaks programs that exist; how the ABI may grow instead is told in abi/README.md. pinned.py sees that
 * nothing of the header is missing here.
 */
#include "abi/pin.h"

static void structs_keep_their_layout(void **state) {
    (void)state;
    SIZE(latzero_pool_options, 64);
    FIELD(latzero_pool_options, struct_size, 0, 4);
    FIELD(latzero_pool_options, flags, 4, 4);
    FIELD(latzero_pool_options, max_bytes, 8, 8);
    FIELD(latzero_pool_options, idle_ttl_ms, 16, 8);
    FIELD(latzero_pool_options, auth_key, 24, 8);
    FIELD(latzero_pool_options, auth_key_len, 32, 8);
    FIELD(latzero_pool_options, kdf_memory_bytes, 40, 8);
    FIELD(latzero_pool_options, kdf_passes, 48, 4);
    FIELD(latzero_pool_options, cipher, 52, 4);
    FIELD(latzero_pool_options, history, 56, 4);
    FIELD(latzero_pool_options, reserved, 60, 4);

    SIZE(latzero_pool_info, 280);
    FIELD(latzero_pool_info, struct_size, 0, 4);
    FIELD(latzero_pool_info, flags, 4, 4);
    FIELD(latzero_pool_info, name, 8, 208);
    FIELD(latzero_pool_info, clients, 216, 8);
    FIELD(latzero_pool_info, key_count, 224, 8);
    FIELD(latzero_pool_info, used_bytes, 232, 8);
    FIELD(latzero_pool_info, capacity_bytes, 240, 8);
    FIELD(latzero_pool_info, max_bytes, 248, 8);
    FIELD(latzero_pool_info, idle_ttl_ms, 256, 8);
    FIELD(latzero_pool_info, created_ns, 264, 8);
    FIELD(latzero_pool_info, cipher, 272, 4);
    FIELD(latzero_pool_info, state, 276, 4);

    SIZE(latzero_client_info, 32);
    FIELD(latzero_client_info, struct_size, 0, 4);
    FIELD(latzero_client_info, flags, 4, 4);
    FIELD(latzero_client_info, process, 8, 4);
    FIELD(latzero_client_info, holds, 12, 4);
    FIELD(latzero_client_info, connected_ns, 16, 8);
    FIELD(latzero_client_info, stripes, 24, 8);

    SIZE(latzero_global_info, 48);
    FIELD(latzero_global_info, struct_size, 0, 4);
    FIELD(latzero_global_info, not_asked, 4, 4);
    FIELD(latzero_global_info, pool_count, 8, 8);
    FIELD(latzero_global_info, total_clients, 16, 8);
    FIELD(latzero_global_info, total_keys, 24, 8);
    FIELD(latzero_global_info, total_used_bytes, 32, 8);
    FIELD(latzero_global_info, total_capacity_bytes, 40, 8);

    SIZE(latzero_rekey_options, 40);
    FIELD(latzero_rekey_options, struct_size, 0, 4);
    FIELD(latzero_rekey_options, flags, 4, 4);
    FIELD(latzero_rekey_options, kdf_memory_bytes, 8, 8);
    FIELD(latzero_rekey_options, kdf_passes, 16, 4);
    FIELD(latzero_rekey_options, reserved, 20, 4);
    FIELD(latzero_rekey_options, kdf_memory_most, 24, 8);
    FIELD(latzero_rekey_options, kdf_work_most, 32, 8);

    SIZE(latzero_connect_options, 56);
    FIELD(latzero_connect_options, struct_size, 0, 4);
    FIELD(latzero_connect_options, flags, 4, 4);
    FIELD(latzero_connect_options, timeout_ms, 8, 8);
    FIELD(latzero_connect_options, create_options, 16, 8);
    FIELD(latzero_connect_options, auth_key, 24, 8);
    FIELD(latzero_connect_options, auth_key_len, 32, 8);
    FIELD(latzero_connect_options, kdf_memory_most, 40, 8);
    FIELD(latzero_connect_options, kdf_work_most, 48, 8);
}

static void structs_of_checks_keep_their_layout(void **state) {
    (void)state;
    SIZE(latzero_finding, 48);
    FIELD(latzero_finding, struct_size, 0, 4);
    FIELD(latzero_finding, kind, 4, 4);
    FIELD(latzero_finding, part, 8, 4);
    FIELD(latzero_finding, stripe, 12, 4);
    FIELD(latzero_finding, offset, 16, 8);
    FIELD(latzero_finding, key, 24, 8);
    FIELD(latzero_finding, key_len, 32, 8);
    FIELD(latzero_finding, text, 40, 8);

    SIZE(latzero_check_options, 64);
    FIELD(latzero_check_options, struct_size, 0, 4);
    FIELD(latzero_check_options, flags, 4, 4);
    FIELD(latzero_check_options, timeout_ms, 8, 8);
    FIELD(latzero_check_options, auth_key, 16, 8);
    FIELD(latzero_check_options, auth_key_len, 24, 8);
    FIELD(latzero_check_options, callback, 32, 8);
    FIELD(latzero_check_options, user_data, 40, 8);
    FIELD(latzero_check_options, kdf_memory_most, 48, 8);
    FIELD(latzero_check_options, kdf_work_most, 56, 8);

    SIZE(latzero_check_report, 152);
    FIELD(latzero_check_report, struct_size, 0, 4);
    FIELD(latzero_check_report, sound, 4, 4);
    FIELD(latzero_check_report, findings, 8, 8);
    FIELD(latzero_check_report, findings_left, 16, 8);
    FIELD(latzero_check_report, stripes, 24, 8);
    FIELD(latzero_check_report, keys, 32, 8);
    FIELD(latzero_check_report, seals, 40, 8);
    FIELD(latzero_check_report, blocks_claimed, 48, 8);
    FIELD(latzero_check_report, blocks_live, 56, 8);
    FIELD(latzero_check_report, blocks_free, 64, 8);
    FIELD(latzero_check_report, blocks_in_transfer, 72, 8);
    FIELD(latzero_check_report, pages_used, 80, 8);
    FIELD(latzero_check_report, pages_of_extents, 88, 8);
    FIELD(latzero_check_report, pages_in_limbo, 96, 8);
    FIELD(latzero_check_report, pages_pending, 104, 8);
    FIELD(latzero_check_report, keys_dropped, 112, 8);
    FIELD(latzero_check_report, keys_recovered, 120, 8);
    FIELD(latzero_check_report, blocks_reclaimed, 128, 8);
    FIELD(latzero_check_report, pages_reclaimed, 136, 8);
    FIELD(latzero_check_report, structure_only, 144, 4);
    FIELD(latzero_check_report, reserved, 148, 4);
}

static void structs_of_values_keep_their_layout(void **state) {
    (void)state;
    SIZE(latzero_value_info, 40);
    FIELD(latzero_value_info, struct_size, 0, 4);
    FIELD(latzero_value_info, type, 4, 4);
    FIELD(latzero_value_info, size, 8, 8);
    FIELD(latzero_value_info, version, 16, 8);
    FIELD(latzero_value_info, ttl_ms, 24, 8);
    FIELD(latzero_value_info, tag, 32, 4);
    FIELD(latzero_value_info, flags, 36, 4);

    SIZE(latzero_set_options, 24);
    FIELD(latzero_set_options, struct_size, 0, 4);
    FIELD(latzero_set_options, flags, 4, 4);
    FIELD(latzero_set_options, ttl_ms, 8, 8);
    FIELD(latzero_set_options, tag, 16, 4);
    FIELD(latzero_set_options, reserved, 20, 4);

    SIZE(latzero_entry, 72);
    FIELD(latzero_entry, key, 0, 8);
    FIELD(latzero_entry, key_len, 8, 8);
    FIELD(latzero_entry, value, 16, 8);
    FIELD(latzero_entry, capacity, 24, 8);
    FIELD(latzero_entry, size, 32, 8);
    FIELD(latzero_entry, version, 40, 8);
    FIELD(latzero_entry, ttl_ms, 48, 8);
    FIELD(latzero_entry, type, 56, 4);
    FIELD(latzero_entry, tag, 60, 4);
    FIELD(latzero_entry, status, 64, 4);
    FIELD(latzero_entry, reserved, 68, 4);

    SIZE(latzero_key, 16);
    FIELD(latzero_key, key, 0, 8);
    FIELD(latzero_key, key_len, 8, 8);

    SIZE(latzero_serializer_options, 24);
    FIELD(latzero_serializer_options, struct_size, 0, 4);
    FIELD(latzero_serializer_options, prefer_msgpack, 4, 4);
    FIELD(latzero_serializer_options, compress_threshold, 8, 8);
    FIELD(latzero_serializer_options, compress_encrypted, 16, 4);
    FIELD(latzero_serializer_options, reserved, 20, 4);

    SIZE(latzero_pool_stats, 320);
    FIELD(latzero_pool_stats, struct_size, 0, 4);
    FIELD(latzero_pool_stats, read_only, 4, 4);
    FIELD(latzero_pool_stats, name, 8, 208);
    FIELD(latzero_pool_stats, clients, 216, 8);
    FIELD(latzero_pool_stats, key_count, 224, 8);
    FIELD(latzero_pool_stats, used_bytes, 232, 8);
    FIELD(latzero_pool_stats, capacity_bytes, 240, 8);
    FIELD(latzero_pool_stats, max_bytes, 248, 8);
    FIELD(latzero_pool_stats, utilization, 256, 8);
    FIELD(latzero_pool_stats, free_bytes, 264, 8);
    FIELD(latzero_pool_stats, commits, 272, 8);
    FIELD(latzero_pool_stats, encryption, 280, 4);
    FIELD(latzero_pool_stats, flags, 284, 4);
    FIELD(latzero_pool_stats, borrowed_bytes, 288, 8);
    FIELD(latzero_pool_stats, integrity_failures, 296, 8);
    FIELD(latzero_pool_stats, cipher, 304, 4);
    FIELD(latzero_pool_stats, reserved, 308, 4);
    FIELD(latzero_pool_stats, huge_bytes, 312, 8);
}

static void structs_of_watches_keep_their_layout(void **state) {
    (void)state;
    SIZE(latzero_revision, 528);
    FIELD(latzero_revision, pool_id, 0, 16);
    FIELD(latzero_revision, commits, 16, 512);

    SIZE(latzero_watch_options, 40);
    FIELD(latzero_watch_options, struct_size, 0, 4);
    FIELD(latzero_watch_options, what, 4, 4);
    FIELD(latzero_watch_options, pattern, 8, 8);
    FIELD(latzero_watch_options, pattern_len, 16, 8);
    FIELD(latzero_watch_options, from, 24, 8);
    FIELD(latzero_watch_options, history, 32, 4);
    FIELD(latzero_watch_options, reserved, 36, 4);

    SIZE(latzero_event, 96);
    FIELD(latzero_event, struct_size, 0, 4);
    FIELD(latzero_event, kind, 4, 4);
    FIELD(latzero_event, flags, 8, 4);
    FIELD(latzero_event, stripe, 12, 4);
    FIELD(latzero_event, key, 16, 8);
    FIELD(latzero_event, key_len, 24, 8);
    FIELD(latzero_event, revision, 32, 8);
    FIELD(latzero_event, version, 40, 8);
    FIELD(latzero_event, lost, 48, 8);
    FIELD(latzero_event, client, 56, 4);
    FIELD(latzero_event, client_process, 60, 4);
    FIELD(latzero_event, value, 64, 8);
    FIELD(latzero_event, info, 72, 8);
    FIELD(latzero_event, value_status, 80, 4);
    FIELD(latzero_event, commit_size, 84, 4);
    FIELD(latzero_event, commit, 88, 8);
}

static void statuses_keep_their_numbers(void **state) {
    (void)state;
    SIZE(latzero_status, 4);
    NUMBER(LATZERO_OK, 0);
    NUMBER(LATZERO_INVALID_ARGUMENT, -1);
    NUMBER(LATZERO_POOL_NOT_FOUND, -2);
    NUMBER(LATZERO_POOL_EXISTS, -3);
    NUMBER(LATZERO_AUTHENTICATION, -4);
    NUMBER(LATZERO_READ_ONLY, -5);
    NUMBER(LATZERO_MEMORY_FULL, -6);
    NUMBER(LATZERO_NO_SPACE, -7);
    NUMBER(LATZERO_NOT_FOUND, -8);
    NUMBER(LATZERO_EXISTS, -9);
    NUMBER(LATZERO_TYPE_MISMATCH, -10);
    NUMBER(LATZERO_OVERFLOW, -11);
    NUMBER(LATZERO_TOO_SMALL, -12);
    NUMBER(LATZERO_TOO_LARGE, -13);
    NUMBER(LATZERO_CONFLICT, -14);
    NUMBER(LATZERO_TIMEOUT, -15);
    NUMBER(LATZERO_PERMISSION, -16);
    NUMBER(LATZERO_CORRUPT, -17);
    NUMBER(LATZERO_INTEGRITY, -18);
    NUMBER(LATZERO_UNSUPPORTED, -19);
    NUMBER(LATZERO_VERSION, -20);
    NUMBER(LATZERO_FORKED, -21);
    NUMBER(LATZERO_DESTROYED, -22);
    NUMBER(LATZERO_BUSY, -23);
    NUMBER(LATZERO_IO, -24);
    NUMBER(LATZERO_CANCELLED, -25);
    NUMBER(LATZERO_NO_MEMORY, -26);
}

static void constants_of_watches_keep_their_numbers(void **state) {
    (void)state;
    NUMBER(LATZERO_EVENT_LOST, 0);
    NUMBER(LATZERO_EVENT_SET, 1);
    NUMBER(LATZERO_EVENT_CREATED, 2);
    NUMBER(LATZERO_EVENT_CHANGED, 3);
    NUMBER(LATZERO_EVENT_TTL, 4);
    NUMBER(LATZERO_EVENT_ERASED, 5);
    NUMBER(LATZERO_EVENT_EXPIRED, 6);
    NUMBER(LATZERO_EVENT_PRESENT, 7);
    NUMBER(LATZERO_EVENT_RESYNC, 8);
    NUMBER(LATZERO_EVENT_SYNCED, 9);
    NUMBER(LATZERO_EVENT_CONNECT, 10);
    NUMBER(LATZERO_EVENT_DISCONNECT, 11);
    NUMBER(LATZERO_EVENT_DESTROYED, 12);
    NUMBER(LATZERO_EVENT_NAMELESS, 1);
    NUMBER(LATZERO_EVENT_KEY_CUT, 2);
    NUMBER(LATZERO_STRIPES, 64);
    NUMBER(LATZERO_WATCH_UPDATES, 1);
    NUMBER(LATZERO_WATCH_DELETES, 2);
    NUMBER(LATZERO_WATCH_EXPIRIES, 4);
    NUMBER(LATZERO_WATCH_CLIENTS, 8);
    NUMBER(LATZERO_WATCH_VALUES, 16);
    NUMBER(LATZERO_WATCH_OTHERS, 32);
    NUMBER(LATZERO_WATCH_FOLLOW, 64);
}

static void constants_keep_their_numbers(void **state) {
    (void)state;
    NUMBER(LATZERO_CSTR, SIZE_MAX);
    NUMBER(LATZERO_NAME_MAX, 200);
    NUMBER(LATZERO_KEY_MAX, 65535);
    NUMBER(LATZERO_AUTH_KEY_MAX, 65536);
    NUMBER(LATZERO_PATTERN_MAX, 4096);
    NUMBER(LATZERO_CLIENT_READ_ONLY, 1);
    NUMBER(LATZERO_CLIENT_SELF, 2);
    NUMBER(LATZERO_CLIENT_WATCHES, 4);
    NUMBER(LATZERO_HOLDS_STRIPE, 1);
    NUMBER(LATZERO_HOLDS_PAGES, 2);
    NUMBER(LATZERO_HOLDS_LIFE, 4);
    NUMBER(LATZERO_HOLDS_LOAN, 8);
    NUMBER(LATZERO_MAX_BYTES_DEFAULT, UINT64_C(100) << 20);
    NUMBER(LATZERO_MAX_BYTES_LEAST, UINT64_C(1) << 20);
    NUMBER(LATZERO_MAX_BYTES_MOST, UINT64_C(64) << 30);
    NUMBER(LATZERO_POOL_PERSISTENT, 1);
    NUMBER(LATZERO_POOL_ENCRYPTED, 2);
    NUMBER(LATZERO_POOL_RAW_KEY, 4);
    NUMBER(LATZERO_POOL_AUTH_KEY, 8);
    NUMBER(LATZERO_POOL_EVENTS, 32);
    NUMBER(LATZERO_POOL_NAME_LOST, 64);
    NUMBER(LATZERO_STATE_ASKED, 0);
    NUMBER(LATZERO_STATE_NOT_ASKED, 1);
    NUMBER(LATZERO_STATE_NOT_SOUND, 2);
    NUMBER(LATZERO_CIPHER_NONE, 0);
    NUMBER(LATZERO_CIPHER_AES256GCM, 1);
    NUMBER(LATZERO_CIPHER_XCHACHA20POLY1305, 2);
    NUMBER(LATZERO_REKEY_OLD_IS_RAW, 1);
    NUMBER(LATZERO_REKEY_NEW_IS_RAW, 2);
    NUMBER(LATZERO_CHECK_REPAIR, 1);
    NUMBER(LATZERO_CHECK_RAW_KEY, 2);
    NUMBER(LATZERO_PART_HEADER, 1);
    NUMBER(LATZERO_PART_LOCK, 2);
    NUMBER(LATZERO_PART_CLIENT, 3);
    NUMBER(LATZERO_PART_TABLE, 4);
    NUMBER(LATZERO_PART_RECORD, 5);
    NUMBER(LATZERO_PART_SEAL, 6);
    NUMBER(LATZERO_PART_COUNTER, 7);
    NUMBER(LATZERO_PART_FREE_LIST, 8);
    NUMBER(LATZERO_PART_BLOCK, 9);
    NUMBER(LATZERO_PART_PAGE, 10);
    NUMBER(LATZERO_FINDING_BROKEN, 0);
    NUMBER(LATZERO_FINDING_DROPPED, 1);
    NUMBER(LATZERO_FINDING_RECOVERED, 2);
    NUMBER(LATZERO_FINDING_LEFT, 3);
    NUMBER(LATZERO_CONNECT_READ_ONLY, 1);
    NUMBER(LATZERO_CONNECT_CREATE, 2);
    NUMBER(LATZERO_CONNECT_RAW_KEY, 4);
    NUMBER(LATZERO_CONNECT_ENCRYPTED, 8);
    NUMBER(LATZERO_CONNECT_SMALL_PAGES, 16);
    NUMBER(LATZERO_TYPE_NULL, 0);
    NUMBER(LATZERO_TYPE_BOOL, 1);
    NUMBER(LATZERO_TYPE_INT64, 2);
    NUMBER(LATZERO_TYPE_DOUBLE, 3);
    NUMBER(LATZERO_TYPE_STRING, 4);
    NUMBER(LATZERO_TYPE_BYTES, 5);
    NUMBER(LATZERO_TYPE_LIST, 6);
    NUMBER(LATZERO_TYPE_TUPLE, 7);
    NUMBER(LATZERO_TYPE_DICT, 8);
    NUMBER(LATZERO_TYPE_OPAQUE, 9);
    NUMBER(LATZERO_MSGPACK_TUPLE, 0x54);
    NUMBER(LATZERO_VALUE_COMPRESSED, 1);
    NUMBER(LATZERO_VALUE_PENDING, 2);
}

static void inits_state_the_size_and_nothing_else(void **state) {
    (void)state;
    INITIALISED(latzero_pool_options, LATZERO_POOL_OPTIONS_INIT);
    INITIALISED(latzero_global_info, LATZERO_GLOBAL_INFO_INIT);
    INITIALISED(latzero_rekey_options, LATZERO_REKEY_OPTIONS_INIT);
    INITIALISED(latzero_check_options, LATZERO_CHECK_OPTIONS_INIT);
    INITIALISED(latzero_check_report, LATZERO_CHECK_REPORT_INIT);
    INITIALISED(latzero_connect_options, LATZERO_CONNECT_OPTIONS_INIT);
    INITIALISED(latzero_value_info, LATZERO_VALUE_INFO_INIT);
    INITIALISED(latzero_set_options, LATZERO_SET_OPTIONS_INIT);
    INITIALISED(latzero_pool_stats, LATZERO_POOL_STATS_INIT);
    INITIALISED(latzero_client_info, LATZERO_CLIENT_INFO_INIT);
    {
        const latzero_serializer_options options = LATZERO_SERIALIZER_OPTIONS_INIT;
        assert_int_equal(options.struct_size, sizeof options);
        assert_int_equal(options.prefer_msgpack, 1);
        assert_int_equal(options.compress_threshold, 1024);
        assert_int_equal(options.compress_encrypted, 0);
        assert_int_equal(options.reserved, 0);
    }
    {
        static const latzero_watch_options zeros = {sizeof zeros, 0, NULL, 0, NULL, 0, 0};
        const latzero_watch_options options = LATZERO_WATCH_OPTIONS_INIT;
        assert_memory_equal(&options, &zeros, sizeof options);
    }
    {
        latzero_event zeros;
        const latzero_event event = LATZERO_EVENT_INIT;
        memset(&zeros, 0, sizeof zeros);
        zeros.struct_size = sizeof zeros;
        assert_memory_equal(&event, &zeros, sizeof event);
    }
}

static void library_and_header_are_of_one_version(void **state) {
    char text[32];
    (void)state;
    assert_int_equal(latzero_version(),
                     LATZERO_VERSION_MAJOR << 16 | LATZERO_VERSION_MINOR << 8 | LATZERO_VERSION_PATCH);
    snprintf(text, sizeof text, "%d.%d.%d", LATZERO_VERSION_MAJOR, LATZERO_VERSION_MINOR, LATZERO_VERSION_PATCH);
    assert_string_equal(latzero_version_string(), text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structs_keep_their_layout),
        cmocka_unit_test(structs_of_checks_keep_their_layout),
        cmocka_unit_test(structs_of_values_keep_their_layout),
        cmocka_unit_test(structs_of_watches_keep_their_layout),
        cmocka_unit_test(statuses_keep_their_numbers),
        cmocka_unit_test(constants_of_watches_keep_their_numbers),
        cmocka_unit_test(constants_keep_their_numbers),
        cmocka_unit_test(inits_state_the_size_and_nothing_else),
        cmocka_unit_test(library_and_header_are_of_one_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

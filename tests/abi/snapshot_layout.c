/* As struct_layout.c, of snapshots. */
#include "abi/pin.h"

static void options_keep_their_layout(void **state) {
    (void)state;
    SIZE(latzero_snapshot_options, 64);
    FIELD(latzero_snapshot_options, struct_size, 0, 4);
    FIELD(latzero_snapshot_options, flags, 4, 4);
    FIELD(latzero_snapshot_options, mode, 8, 4);
    FIELD(latzero_snapshot_options, reserved, 12, 4);
    FIELD(latzero_snapshot_options, prefix, 16, 8);
    FIELD(latzero_snapshot_options, prefix_len, 24, 8);
    FIELD(latzero_snapshot_options, pattern, 32, 8);
    FIELD(latzero_snapshot_options, pattern_len, 40, 8);
    FIELD(latzero_snapshot_options, callback, 48, 8);
    FIELD(latzero_snapshot_options, user_data, 56, 8);
    INITIALISED(latzero_snapshot_options, LATZERO_SNAPSHOT_OPTIONS_INIT);
}

static void events_keep_their_layout(void **state) {
    (void)state;
    SIZE(latzero_snapshot_event, 64);
    FIELD(latzero_snapshot_event, struct_size, 0, 4);
    FIELD(latzero_snapshot_event, kind, 4, 4);
    FIELD(latzero_snapshot_event, cause, 8, 4);
    FIELD(latzero_snapshot_event, reserved, 12, 4);
    FIELD(latzero_snapshot_event, entries, 16, 8);
    FIELD(latzero_snapshot_event, entries_of, 24, 8);
    FIELD(latzero_snapshot_event, bytes, 32, 8);
    FIELD(latzero_snapshot_event, bytes_of, 40, 8);
    FIELD(latzero_snapshot_event, key, 48, 8);
    FIELD(latzero_snapshot_event, key_len, 56, 8);
}

static void reports_keep_their_layout(void **state) {
    (void)state;
    SIZE(latzero_snapshot_report, 1856);
    FIELD(latzero_snapshot_report, struct_size, 0, 4);
    FIELD(latzero_snapshot_report, flags, 4, 4);
    FIELD(latzero_snapshot_report, entries, 8, 8);
    FIELD(latzero_snapshot_report, loaded, 16, 8);
    FIELD(latzero_snapshot_report, removed, 24, 8);
    FIELD(latzero_snapshot_report, skipped_expired, 32, 8);
    FIELD(latzero_snapshot_report, skipped_present, 40, 8);
    FIELD(latzero_snapshot_report, skipped_not_matching, 48, 8);
    FIELD(latzero_snapshot_report, skipped_unsayable, 56, 8);
    FIELD(latzero_snapshot_report, file_bytes, 64, 8);
    FIELD(latzero_snapshot_report, created_ns, 72, 8);
    FIELD(latzero_snapshot_report, max_bytes, 80, 8);
    FIELD(latzero_snapshot_report, pool, 88, 208);
    FIELD(latzero_snapshot_report, revision, 296, 528);
    FIELD(latzero_snapshot_report, path, 824, 1024);
    FIELD(latzero_snapshot_report, idle_ttl_ms, 1848, 8);
    INITIALISED(latzero_snapshot_report, LATZERO_SNAPSHOT_REPORT_INIT);
}

static void infos_keep_their_layout(void **state) {
    (void)state;
    SIZE(latzero_snapshot_info, 496);
    FIELD(latzero_snapshot_info, struct_size, 0, 4);
    FIELD(latzero_snapshot_info, flags, 4, 4);
    FIELD(latzero_snapshot_info, created_ns, 8, 8);
    FIELD(latzero_snapshot_info, file_bytes, 16, 8);
    FIELD(latzero_snapshot_info, max_bytes, 24, 8);
    FIELD(latzero_snapshot_info, pool, 32, 208);
    FIELD(latzero_snapshot_info, file, 240, 256);
}

static void numbers_stay(void **state) {
    (void)state;
    NUMBER(LATZERO_SNAPSHOT_PLAIN, 2);
    NUMBER(LATZERO_SNAPSHOT_MERGE, 0);
    NUMBER(LATZERO_SNAPSHOT_REPLACE, 1);
    NUMBER(LATZERO_SNAPSHOT_IF_ABSENT, 2);
    NUMBER(LATZERO_SNAPSHOT_SAVING, 0);
    NUMBER(LATZERO_SNAPSHOT_CHECKING, 1);
    NUMBER(LATZERO_SNAPSHOT_LOADING, 2);
    NUMBER(LATZERO_SNAPSHOT_SKIPPED, 3);
    NUMBER(LATZERO_SKIPPED_EXPIRED, 1);
    NUMBER(LATZERO_SKIPPED_PRESENT, 2);
    NUMBER(LATZERO_SKIPPED_NOT_MATCHING, 3);
    NUMBER(LATZERO_SKIPPED_NUMBER, 4);
    NUMBER(LATZERO_SKIPPED_TEXT, 5);
    NUMBER(LATZERO_SKIPPED_NAME, 6);
    NUMBER(LATZERO_SNAPSHOT_ORIGINAL, 1);
    NUMBER(LATZERO_SNAPSHOT_PERSISTENT, 4);
    NUMBER(LATZERO_SNAPSHOT_EVENTS, 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(options_keep_their_layout),
                                       cmocka_unit_test(events_keep_their_layout),
                                       cmocka_unit_test(reports_keep_their_layout),
                                       cmocka_unit_test(infos_keep_their_layout), cmocka_unit_test(numbers_stay)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

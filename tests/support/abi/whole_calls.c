#include "abi/whole_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "abi/every_call.h"

/* Not there in the libraries of older commits that these tests run with, too. */
#pragma weak latzero_clients
#pragma weak latzero_items
#pragma weak latzero_iter_match
#pragma weak latzero_scan_match
#pragma weak latzero_clear_match
#pragma weak latzero_size_match
#pragma weak latzero_snapshot_load
#pragma weak latzero_snapshot_save

latzero_status run_flush(latzero_client *client, const char *key, size_t key_len) {
    (void)key, (void)key_len;
    return latzero_flush(client);
}

latzero_status run_clear(latzero_client *client, const char *key, size_t key_len) {
    (void)key, (void)key_len;
    return latzero_clear(client);
}

latzero_status run_size(latzero_client *client, const char *key, size_t key_len) {
    uint64_t size = 77;
    const latzero_status status = latzero_size(client, &size);
    (void)key, (void)key_len;
    CHECK(status == LATZERO_OK || size == 77);
    return status;
}

latzero_status run_iter_open(latzero_client *client, const char *key, size_t key_len) {
    latzero_iter *iter = NULL;
    const latzero_status status = latzero_iter_open(client, "*", LATZERO_CSTR, &iter);
    (void)key, (void)key_len;
    CHECK((status == LATZERO_OK) == (iter != NULL));
    latzero_iter_close(iter);
    return status;
}

latzero_status run_scan(latzero_client *client, const char *key, size_t key_len) {
    latzero_key *keys = NULL;
    uint64_t cursor = 0;
    size_t found = 77;
    const latzero_status status = latzero_scan(client, &cursor, 1000, "*", LATZERO_CSTR, &keys, &found);
    (void)key, (void)key_len;
    CHECK(status == LATZERO_OK || (keys == NULL && found == 77 && cursor == 0));
    latzero_free(keys);
    return status;
}

latzero_status run_items(latzero_client *client, const char *key, size_t key_len) {
    void *items = NULL;
    uint64_t cursor = 0;
    size_t items_len = 77, found = 77;
    latzero_status status;
    if (latzero_items == NULL) return run_scan(client, key, key_len);
    status = latzero_items(client, &cursor, 1000, 0, "", 0, LATZERO_MATCH_PREFIX, &items, &items_len, &found);
    CHECK(status == LATZERO_OK || (items == NULL && items_len == 77 && found == 77 && cursor == 0));
    latzero_free(items);
    return status;
}

latzero_status run_iter_match(latzero_client *client, const char *key, size_t key_len) {
    latzero_iter *iter = NULL;
    latzero_status status;
    if (latzero_iter_match == NULL) return run_iter_open(client, key, key_len);
    status = latzero_iter_match(client, "", 0, LATZERO_MATCH_PREFIX, &iter);
    CHECK((status == LATZERO_OK) == (iter != NULL));
    latzero_iter_close(iter);
    return status;
}

latzero_status run_scan_match(latzero_client *client, const char *key, size_t key_len) {
    latzero_key *keys = NULL;
    uint64_t cursor = 0;
    size_t found = 77;
    latzero_status status;
    if (latzero_scan_match == NULL) return run_scan(client, key, key_len);
    status = latzero_scan_match(client, &cursor, 1000, "", 0, LATZERO_MATCH_PREFIX, &keys, &found);
    CHECK(status == LATZERO_OK || (keys == NULL && found == 77 && cursor == 0));
    latzero_free(keys);
    return status;
}

latzero_status run_clear_match(latzero_client *client, const char *key, size_t key_len) {
    uint64_t removed = 77;
    latzero_status status;
    if (latzero_clear_match == NULL) return run_clear(client, key, key_len);
    status = latzero_clear_match(client, "k", 1, LATZERO_MATCH_PREFIX, &removed);
    CHECK(status == LATZERO_OK || removed == 77);
    return status;
}

latzero_status run_size_match(latzero_client *client, const char *key, size_t key_len) {
    uint64_t size = 77;
    latzero_status status;
    if (latzero_size_match == NULL) return run_size(client, key, key_len);
    status = latzero_size_match(client, NULL, 0, 0, &size);
    CHECK(status == LATZERO_OK || size == 77);
    return status;
}

latzero_status run_namespace(latzero_client *client, const char *key, size_t key_len) {
    latzero_client *view = NULL;
    const latzero_status status = latzero_namespace(client, "view", LATZERO_CSTR, &view);
    (void)key, (void)key_len;
    CHECK((status == LATZERO_OK) == (view != NULL));
    if (status == LATZERO_OK) leave(view);
    return status;
}

latzero_status run_watch_open(latzero_client *client, const char *key, size_t key_len) {
    latzero_watch *watch = NULL;
    const latzero_status status = latzero_watch_open(client, NULL, &watch);
    (void)key, (void)key_len;
    CHECK((status == LATZERO_OK) == (watch != NULL));
    latzero_watch_close(watch);
    return status;
}

static void ignore(const latzero_event *event, void *user_data) { (void)event, (void)user_data; }

latzero_status run_on(latzero_client *client, const char *key, size_t key_len) {
    uint64_t registration = 0;
    const latzero_status status = latzero_on(client, NULL, ignore, NULL, &registration);
    (void)key, (void)key_len;
    CHECK((status == LATZERO_OK) == (registration != 0));
    if (status == LATZERO_OK) CHECK_OK(latzero_off(client, registration));
    return status;
}

latzero_status run_wait(latzero_client *client, const char *key, size_t key_len) {
    uint64_t version = 77;
    const latzero_status status = latzero_wait(client, key, key_len, 1, 0, &version);
    CHECK((status == LATZERO_OK) == (version != 77));
    return status;
}

/* Of this thread alone, in a process of any kind. Removing it is not the library's work: no fault is
 * made there, and errno stays. */
static void snapshot_path(char path[64]) {
    snprintf(path, 64, "/tmp/latzero-test.%ld.%ld", (long)getpid(), (long)syscall(SYS_gettid));
}
static void remove_snapshot(const char *path) {
    const int kept = errno;
    (void)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    errno = kept;
}

static latzero_status save_to(latzero_client *client, const char *path) {
    latzero_snapshot_options options = LATZERO_SNAPSHOT_OPTIONS_INIT;
    latzero_snapshot_report report = LATZERO_SNAPSHOT_REPORT_INIT;
    latzero_status status;
    options.flags = LATZERO_SNAPSHOT_PLAIN;
    status = latzero_snapshot_save(client, path, &options, &report);
    CHECK(status != LATZERO_OK || report.file_bytes > 0);
    return status;
}

latzero_status run_snapshot_save(latzero_client *client, const char *key, size_t key_len) {
    char path[64];
    latzero_status status;
    if (latzero_snapshot_save == NULL) return run_size(client, key, key_len);
    snapshot_path(path);
    /* The second one takes the place of the first. */
    status = save_to(client, path);
    if (status == LATZERO_OK) status = save_to(client, path);
    remove_snapshot(path);
    return status;
}

/* Of what the pool has. */
latzero_status run_snapshot_load(latzero_client *client, const char *key, size_t key_len) {
    latzero_snapshot_report report = LATZERO_SNAPSHOT_REPORT_INIT;
    char path[64];
    latzero_status status;
    if (latzero_snapshot_load == NULL) return run_clear_match(client, key, key_len);
    snapshot_path(path);
    status = save_to(client, path);
    if (status == LATZERO_OK) {
        status = latzero_snapshot_load(client, path, NULL, &report);
        CHECK(status != LATZERO_OK || report.loaded == report.entries);
    }
    remove_snapshot(path);
    return status;
}

latzero_status run_stats(latzero_client *client, const char *key, size_t key_len) {
    latzero_pool_stats stats = LATZERO_POOL_STATS_INIT;
    const latzero_status status = latzero_stats(client, &stats);
    (void)key, (void)key_len;
    CHECK(status == LATZERO_OK || stats.clients == 0);
    return status;
}

latzero_status run_clients(latzero_client *client, const char *key, size_t key_len) {
    latzero_client_info *clients = NULL;
    size_t count = 77;
    latzero_status status;
    if (latzero_clients == NULL) return run_stats(client, key, key_len);
    status = latzero_clients(client, sizeof *clients, &clients, &count);
    CHECK(status == LATZERO_OK ? clients != NULL && count > 0 : clients == NULL && count == 77);
    latzero_free(clients);
    return status;
}

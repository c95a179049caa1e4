/* The calls of every_call that have no key, or watch. */
#ifndef LATZERO_TESTS_ABI_WHOLE_CALLS_H
#define LATZERO_TESTS_ABI_WHOLE_CALLS_H

#include <latzero/latzero.h>

latzero_status run_flush(latzero_client *client, const char *key, size_t key_len);
latzero_status run_clear(latzero_client *client, const char *key, size_t key_len);
latzero_status run_size(latzero_client *client, const char *key, size_t key_len);
latzero_status run_iter_open(latzero_client *client, const char *key, size_t key_len);
latzero_status run_scan(latzero_client *client, const char *key, size_t key_len);
latzero_status run_items(latzero_client *client, const char *key, size_t key_len);
latzero_status run_iter_match(latzero_client *client, const char *key, size_t key_len);
latzero_status run_scan_match(latzero_client *client, const char *key, size_t key_len);
latzero_status run_clear_match(latzero_client *client, const char *key, size_t key_len);
latzero_status run_size_match(latzero_client *client, const char *key, size_t key_len);
latzero_status run_namespace(latzero_client *client, const char *key, size_t key_len);
latzero_status run_watch_open(latzero_client *client, const char *key, size_t key_len);
latzero_status run_on(latzero_client *client, const char *key, size_t key_len);
latzero_status run_wait(latzero_client *client, const char *key, size_t key_len);
latzero_status run_snapshot_save(latzero_client *client, const char *key, size_t key_len);
latzero_status run_snapshot_load(latzero_client *client, const char *key, size_t key_len);
latzero_status run_stats(latzero_client *client, const char *key, size_t key_len);
latzero_status run_clients(latzero_client *client, const char *key, size_t key_len);

#endif

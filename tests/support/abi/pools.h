/* Pools of this test alone, and the files behind them. */
#ifndef LATZERO_TESTS_ABI_POOLS_H
#define LATZERO_TESTS_ABI_POOLS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <latzero/latzero.h>

#include "layout/table.h"
#include "sealed.h"

/* A pool name of this process (a forked child's names are its parent's). Valid for eight more calls. */
const char *pool_name(const char *suffix);
/* Where that pool's file is. Valid for eight more calls. */
const char *pool_path(const char *name);
/* The same of any user. */
void object_path(char *path, size_t size, uid_t user, const char *name);

void create_pool(const char *name, uint64_t max_bytes);
latzero_client *join(const char *name, uint32_t flags);
/* A new pool with one read-write client. */
latzero_client *create_and_join(const char *name, uint64_t max_bytes);
void leave(latzero_client *client);

int pool_exists(const char *name);
/* Whether the list of pools has it, and what it says there (may be NULL). */
int is_listed(const char *name, latzero_pool_info *info);
int file_exists(const char *path);
/* The whole file, to be freed. */
unsigned char *read_file(const char *path, size_t *size);
void write_file_at(const char *path, long offset, const void *bytes, size_t size);

/* What the list of pools says of it. */
latzero_pool_info pool_info_of(const char *name);
latzero_pool_stats stats_of(latzero_client *client);

#endif

/* A small system: a /dev/shm of the test's own, a memory cgroup of its own. What needs a privilege may be refused. */
#ifndef LATZERO_TESTS_TRUST_SMALL_SYSTEM_H
#define LATZERO_TESTS_TRUST_SMALL_SYSTEM_H

#include "abi/test.h"

/* What a child of this test ends with where the system does not let it make what it needs. */
enum { REFUSED_BY_SYSTEM = 77 };

/* Runs `body` in a child to its good end, or skips the test if the child ended with REFUSED_BY_SYSTEM. */
void in_child_or_skip(void (*body)(void *), void *argument, const char *needs);

/* For a child: a mount namespace of its own; false if that is refused. */
int unshare_mounts(void);
/* The same, with a tmpfs of so many bytes over /dev/shm. */
int mount_small_shm(unsigned mebibytes);
/* Takes so many bytes of /dev/shm; 0 gives them back. */
void take_of_shm(uint64_t bytes);
uint64_t free_of_shm(void);
/* What the system says that programs can have. */
uint64_t available_memory(void);

/* A memory cgroup of so many bytes below this process's own, or the root. False if that is refused. */
typedef struct memory_cgroup {
    char path[512];
} memory_cgroup;
int make_memory_cgroup(memory_cgroup *made, uint64_t bytes);
void enter_memory_cgroup(const memory_cgroup *entered);
void remove_memory_cgroup(const memory_cgroup *removed);

/* Writes a file anew; false if that fails. */
int write_text(const char *path, const char *text);

/* Sets "key-FIRST" and on, of `size` bytes each, until that is refused, and gives the first that was. */
size_t set_until_refused(latzero_client *client, size_t first, size_t size, latzero_status *ended);
/* Keys "key-0" to "key-(COUNT - 1)" are as they were set. */
void check_set(latzero_client *client, size_t count, size_t size);

int64_t now_us(void);

#endif

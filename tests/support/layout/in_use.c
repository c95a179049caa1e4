#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <latzero/latzero.h>

#include "layout/table.h"

#define LAYOUT "LATZERO_TEST_LAYOUT" /* for children */

/* The newest first, down to the first version. */
static const layout_row *row_of_pool(const char *name) {
    const layout_row *row = layout_of(UINT32_MAX);
    char path[LATZERO_NAME_MAX + 64];
    struct stat found;
    for (; row->version > 0; row = layout_of(row->version - 1)) {
        snprintf(path, sizeof path, "/dev/shm/%s.%u.%s", row->prefix, (unsigned)geteuid(), name);
        if (stat(path, &found) == 0) return row;
        if (row->version == 1) break;
    }
    return NULL;
}

const layout_row *layout_in_use(void) {
    static const layout_row *used;
    const char *told = getenv(LAYOUT);
    char name[64];
    if (used == NULL && told != NULL) used = layout_of((uint32_t)atol(told));
    if (used != NULL) return used;
    snprintf(name, sizeof name, "t%d-layout", (int)getpid());
    if (latzero_pool_create(name, NULL) == LATZERO_OK) {
        used = row_of_pool(name);
        (void)latzero_pool_destroy(name);
    }
    if (used == NULL) used = layout_of(UINT32_MAX);
    snprintf(name, sizeof name, "%u", (unsigned)used->version);
    setenv(LAYOUT, name, 1);
    return used;
}

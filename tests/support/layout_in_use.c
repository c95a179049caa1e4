#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <latzero/latzero.h>

#include "layout_table.h"

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
    char name[64];
    if (used != NULL) return used;
    snprintf(name, sizeof name, "t%d-layout", (int)getpid());
    if (latzero_pool_create(name, NULL) == LATZERO_OK) {
        used = row_of_pool(name);
        (void)latzero_pool_destroy(name);
    }
    if (used == NULL) used = layout_of(UINT32_MAX);
    return used;
}

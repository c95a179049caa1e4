/* Watches in tests. */
#ifndef LATZERO_TESTS_ABI_WATCHES_H
#define LATZERO_TESTS_ABI_WATCHES_H

#include <stdint.h>

#include <latzero/latzero.h>

/* From now on; `what`: LATZERO_WATCH_*. */
latzero_watch *open_watch(latzero_client *client, uint32_t what);
/* The next event, which must come within ten seconds. */
latzero_event next_event(latzero_watch *watch);
/* The next one is of that kind, and of that key (NULL: of none). */
latzero_event expect_event(latzero_watch *watch, uint32_t kind, const char *key);
/* There is none now. */
void expect_no_event(latzero_watch *watch);

#endif

#include "abi/watches.h"

#include <string.h>

#include "abi/checks.h"

latzero_watch *open_watch(latzero_client *client, uint32_t what) {
    latzero_watch_options options = LATZERO_WATCH_OPTIONS_INIT;
    latzero_watch *watch = NULL;
    options.what = what;
    CHECK_OK(latzero_watch_open(client, &options, &watch));
    return watch;
}

latzero_event next_event(latzero_watch *watch) {
    latzero_event event = LATZERO_EVENT_INIT;
    CHECK_OK(latzero_watch_next(watch, 10000, &event));
    return event;
}

latzero_event expect_event(latzero_watch *watch, uint32_t kind, const char *key) {
    const latzero_event event = next_event(watch);
    CHECK_EQUAL(event.kind, kind);
    CHECK_EQUAL(event.key == NULL, key == NULL);
    if (key != NULL) {
        CHECK_EQUAL(event.key_len, strlen(key));
        CHECK_EQUAL(memcmp(event.key, key, event.key_len + 1), 0);
    }
    return event;
}

void expect_no_event(latzero_watch *watch) {
    latzero_event event = LATZERO_EVENT_INIT;
    CHECK_STATUS(latzero_watch_next(watch, 0, &event), LATZERO_TIMEOUT);
}

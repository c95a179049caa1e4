/* A copy that follows what all languages write. What a watch delivers besides is tried in tests/abi. */
#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEYS = 200,
    BRIEF = 20, /* keys that are known to the copy, and deleted before it reads on */
    MOST = 1000,
    ROOM = 64,
    HISTORY = 16,
    PATIENCE_MS = 60000
};

typedef struct kept_key {
    char name[ROOM];
    uint32_t stripe, type;
    int present, told;
    char data[ROOM];
    size_t size;
} kept_key;

/* A copy of keys. One that is forgetful keeps what was deleted in a gap. */
typedef struct mirror {
    kept_key keys[MOST];
    int count, gaps, forgetful;
} mirror;

static kept_key *find(mirror *kept, const char *name) {
    int i = 0;
    while (i < kept->count && strcmp(kept->keys[i].name, name) != 0) i++;
    if (i < kept->count) return &kept->keys[i];
    CHECK(i < MOST && strlen(name) < ROOM);
    kept->count++;
    strcpy(kept->keys[i].name, name);
    return &kept->keys[i];
}

static void apply_key(mirror *kept, const latzero_event *event) {
    kept_key *const key = find(kept, event->key);
    CHECK(event->value_status == LATZERO_OK || event->value_status == LATZERO_NOT_FOUND);
    key->stripe = event->stripe;
    key->told = 1;
    key->present = event->value_status == LATZERO_OK;
    if (!key->present) return;
    CHECK(event->info->size <= ROOM);
    key->type = event->info->type;
    key->size = (size_t)event->info->size;
    memcpy(key->data, event->value, key->size);
}

static void apply(mirror *kept, const latzero_event *event) {
    const int begins = event->kind == LATZERO_EVENT_RESYNC;
    int i;
    if (event->key != NULL) {
        apply_key(kept, event);
        return;
    }
    CHECK(begins || event->kind == LATZERO_EVENT_SYNCED);
    kept->gaps += begins;
    for (i = 0; i < kept->count; i++) {
        kept_key *const key = &kept->keys[i];
        if (key->stripe != event->stripe) continue;
        if (begins)
            key->told = 0;
        else if (!key->told && !kept->forgetful)
            key->present = 0;
    }
}

static void take(latzero_watch *watch, mirror *kept, int most, int64_t timeout_ms) {
    latzero_event event = LATZERO_EVENT_INIT;
    latzero_status status = LATZERO_OK;
    while (most-- > 0 && (status = latzero_watch_next(watch, timeout_ms, &event)) == LATZERO_OK) apply(kept, &event);
    CHECK(status == LATZERO_OK || status == LATZERO_TIMEOUT);
}

/* Waits until all have come here. */
static void everybody(latzero_client *client, const char *key, int64_t count) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    uint64_t version;
    int64_t here = 0;
    CHECK_OK(latzero_increment(client, key, LATZERO_CSTR, 1, 0, NULL));
    for (;;) {
        CHECK_OK(latzero_get(client, key, LATZERO_CSTR, &here, sizeof here, &info));
        if (here >= count) return;
        CHECK_OK(latzero_wait(client, key, LATZERO_CSTR, info.version, PATIENCE_MS, &version));
    }
}

static void write_something(latzero_client *client, const char *me, int number) {
    char key[ROOM], text[ROOM];
    sprintf(key, "copy:%d", rand() % KEYS);
    if (rand() % 4 == 0) {
        const latzero_status status = latzero_delete(client, key, LATZERO_CSTR);
        CHECK(status == LATZERO_OK || status == LATZERO_NOT_FOUND);
    } else if (number % 2 == 0) {
        CHECK_OK(latzero_set_i64(client, key, LATZERO_CSTR, number, NULL));
    } else {
        sprintf(text, "%s %d", me, number);
        CHECK_OK(latzero_set_string(client, key, LATZERO_CSTR, text, LATZERO_CSTR, NULL));
    }
}

static void write_brief(latzero_client *client, const char *me, int present) {
    int i;
    for (i = 0; i < BRIEF; i++) {
        char key[ROOM];
        sprintf(key, "copy:%s:%d", me, i);
        if (present)
            CHECK_OK(latzero_set_bool(client, key, LATZERO_CSTR, 1, NULL));
        else
            CHECK_OK(latzero_delete(client, key, LATZERO_CSTR));
    }
}

/* Tells how many keys the pool has; the copy must have these, and no others. */
static int is_equal(latzero_client *client, mirror *kept, int *keys) {
    latzero_iter *walk = NULL;
    const char *name;
    const void *value;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    int equal = 1, present = 0, i;
    *keys = 0;
    CHECK_OK(latzero_iter_open(client, "copy:*", LATZERO_CSTR, &walk));
    while (latzero_iter_next(walk, &name, NULL, &value, &info) == LATZERO_OK) {
        const kept_key *const key = find(kept, name);
        ++*keys;
        equal &= key->present && key->type == info.type && key->size == info.size &&
                 memcmp(key->data, value, key->size) == 0;
    }
    latzero_iter_close(walk);
    for (i = 0; i < kept->count; i++) present += kept->keys[i].present;
    return equal && present == *keys;
}

int follow(latzero_client *client, const char *me, int count, int rounds, int forgetful) {
    latzero_watch_options options = LATZERO_WATCH_OPTIONS_INIT;
    latzero_watch *watch = NULL;
    mirror *const kept = calloc(1, sizeof *kept);
    int i, keys, equal, gaps;
    CHECK(kept != NULL);
    kept->forgetful = forgetful;
    options.what = LATZERO_WATCH_FOLLOW;
    options.pattern = "copy:*";
    options.pattern_len = LATZERO_CSTR;
    options.history = HISTORY;
    CHECK_OK(latzero_watch_open(client, &options, &watch));
    write_brief(client, me, 1);
    take(watch, kept, INT32_MAX, 0);
    everybody(client, "shared:watching", count);
    write_brief(client, me, 0);
    for (i = 0; i < rounds; i++) {
        write_something(client, me, i);
        if (i % 500 == 0 && i >= rounds / 2) take(watch, kept, 50, 0);
    }
    everybody(client, "shared:written", count);
    take(watch, kept, INT32_MAX, 200);
    latzero_watch_close(watch);
    equal = is_equal(client, kept, &keys);
    gaps = kept->gaps;
    free(kept);
    printf("%s: %d keys, %d gaps\n", equal ? "equal" : "different", keys, gaps);
    CHECK(gaps > 0 && keys > 0);
    return !equal;
}

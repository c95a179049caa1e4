/* What the ring of an encrypted pool says of keys that are gone: to who has the auth key their names, to everybody else
 * nothing, and what was not written by a client of the pool passes for no name. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/test.h"
#include "abi/watches.h"

/* In a plain pool names are there for everybody to read and to write. */
#define MARK "a name that is to stay secret"

enum { RING_AT = 1344, REF_UNIT = 16, SLOT_BYTES = 64, SLOT_BITS = 8 * SLOT_BYTES, NAME_SLOTS = 2, SHORT_RING = 16 };

/* A pool, its object as another program sees it, and somebody who keeps the ring on. */
typedef struct watched_pool {
    char name[LATZERO_NAME_MAX + 1];
    latzero_client *client;
    latzero_watch *keeper;
    unsigned char *bytes;
    size_t size;
} watched_pool;

static void map_object(watched_pool *pool) {
    const int file = open(pool_path(pool->name), O_RDWR | O_CLOEXEC);
    struct stat found;
    CHECK(file >= 0 && fstat(file, &found) == 0);
    pool->size = (size_t)found.st_size;
    pool->bytes = mmap(NULL, pool->size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    CHECK(pool->bytes != MAP_FAILED);
    CHECK(close(file) == 0);
}

static watched_pool make_watched_pool(const char *suffix, uint32_t history) {
    latzero_watch_options options = LATZERO_WATCH_OPTIONS_INIT;
    watched_pool pool;
    strcpy(pool.name, pool_name(suffix));
    pool.client = create_and_join(pool.name, 1 << 20);
    options.history = history;
    CHECK_OK(latzero_watch_open(pool.client, &options, &pool.keeper));
    map_object(&pool);
    return pool;
}

static void end_watched_pool(watched_pool *pool) {
    CHECK(munmap(pool->bytes, pool->size) == 0);
    latzero_watch_close(pool->keeper);
    leave(pool->client);
}

static unsigned char *slot_of(const watched_pool *pool, uint32_t stripe, uint64_t number) {
    uint64_t ring;
    memcpy(&ring, pool->bytes + RING_AT, sizeof ring);
    return pool->bytes + (ring & UINT32_MAX) * REF_UNIT +
           ((stripe << (ring >> 32 & 255)) + (number & ((1u << (ring >> 32 & 255)) - 1))) * SLOT_BYTES;
}

static int shows(const watched_pool *pool, const char *words) {
    return memmem(pool->bytes, pool->size, words, strlen(words)) != NULL;
}

static void set(latzero_client *client, const char *key, int64_t ttl_ms) {
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    options.ttl_ms = ttl_ms;
    CHECK_OK(latzero_set_string(client, key, LATZERO_CSTR, "value", 5, ttl_ms != 0 ? &options : NULL));
}

/* --- names -------------------------------------------------------------------------------------------------------- */

static void a_name_is_told_and_shown_to_nobody(void **state) {
    watched_pool pool = make_watched_pool("names", 0);
    (void)state;
    set(pool.client, MARK, 0);
    expect_event(pool.keeper, LATZERO_EVENT_CREATED, MARK);
    CHECK_OK(latzero_delete(pool.client, MARK, LATZERO_CSTR));
    expect_event(pool.keeper, LATZERO_EVENT_ERASED, MARK);
    /* The watch sweeps it. */
    set(pool.client, MARK, 30);
    expect_event(pool.keeper, LATZERO_EVENT_CREATED, MARK);
    expect_event(pool.keeper, LATZERO_EVENT_EXPIRED, MARK);
    /* The next one comes in its place. */
    set(pool.client, MARK, 30);
    expect_event(pool.keeper, LATZERO_EVENT_CREATED, MARK);
    pause_ms(60);
    set(pool.client, MARK, 60000);
    expect_event(pool.keeper, LATZERO_EVENT_EXPIRED, MARK);
    expect_event(pool.keeper, LATZERO_EVENT_CREATED, MARK);
    CHECK_OK(latzero_clear(pool.client));
    expect_event(pool.keeper, LATZERO_EVENT_ERASED, MARK);
    expect_no_event(pool.keeper);
    CHECK_EQUAL(shows(&pool, MARK), !tests_are_sealed());
    end_watched_pool(&pool);
}

/* Whose record the watcher does not find any more. */
static void a_change_is_named_by_the_end_behind_it(void **state) {
    watched_pool pool = make_watched_pool("behind", 0);
    (void)state;
    set(pool.client, "other", 0);
    set(pool.client, "brief", 0);
    set(pool.client, "brief", 0);
    CHECK_OK(latzero_delete(pool.client, "brief", LATZERO_CSTR));
    CHECK_OK(latzero_delete(pool.client, "other", LATZERO_CSTR));
    int told = 0, ends = 0;
    for (; told < 5; told++) {
        const latzero_event event = next_event(pool.keeper);
        CHECK_EQUAL(event.flags, 0);
        CHECK(strcmp(event.key, "brief") == 0 || strcmp(event.key, "other") == 0);
        ends += event.kind == LATZERO_EVENT_ERASED;
    }
    CHECK_EQUAL(ends, 2);
    expect_no_event(pool.keeper);
    end_watched_pool(&pool);
}

/* Of a name that the ring has no room for, its beginning. */
static void a_long_name_is_cut(void **state) {
    watched_pool pool = make_watched_pool("long", SHORT_RING);
    char name[1000];
    size_t size;
    (void)state;
    memset(name, 'n', sizeof name);
    for (size = 1; size < sizeof name; size += 7) {
        latzero_event event;
        CHECK_OK(latzero_set_i64(pool.client, name, size, 1, NULL));
        CHECK_EQUAL(next_event(pool.keeper).kind, LATZERO_EVENT_CREATED);
        CHECK_OK(latzero_delete(pool.client, name, size));
        event = next_event(pool.keeper);
        CHECK_EQUAL(event.kind, LATZERO_EVENT_ERASED);
        CHECK(event.flags == 0 || event.flags == LATZERO_EVENT_KEY_CUT);
        CHECK(event.flags == 0 ? event.key_len == size : event.key_len < size);
        CHECK(memcmp(event.key, name, event.key_len) == 0);
        /* Four slots are a quarter of the ring. */
        if (size <= 140) CHECK_EQUAL(event.flags, 0);
        if (size > 200) CHECK_EQUAL(event.flags, LATZERO_EVENT_KEY_CUT);
    }
    end_watched_pool(&pool);
}

/* Sets keys until one is of that stripe, and leaves its name. */
static void find_neighbour(latzero_client *client, latzero_watch *watch, uint32_t stripe, char *key, size_t size) {
    int i;
    for (i = 0;; i++) {
        snprintf(key, size, "neighbour-%d", i);
        CHECK_OK(latzero_set_i64(client, key, LATZERO_CSTR, i, NULL));
        if (expect_event(watch, LATZERO_EVENT_CREATED, key).stripe == stripe) return;
    }
}

/* Writes that come by remove what has ended without its name, where nobody does who watches for that. A reader that
 * watches has seen it by then. */
static void a_reader_names_what_others_remove(void **state) {
    watched_pool pool = make_watched_pool("reader", 0);
    latzero_event event = LATZERO_EVENT_INIT;
    latzero_client *reader = join(pool.name, LATZERO_CONNECT_READ_ONLY);
    latzero_watch *watch = open_watch(reader, 0);
    char neighbour[32];
    int64_t begun;
    (void)state;
    set(pool.client, MARK, 0);
    find_neighbour(pool.client, watch, expect_event(watch, LATZERO_EVENT_CREATED, MARK).stripe, neighbour,
                   sizeof neighbour);
    set(pool.client, MARK, 30);
    expect_event(watch, LATZERO_EVENT_SET, MARK);
    for (begun = now_ms(); event.kind != LATZERO_EVENT_EXPIRED;) {
        CHECK(now_ms() - begun < 10000);
        CHECK_OK(latzero_set_i64(pool.client, neighbour, LATZERO_CSTR, 0, NULL));
        /* It sees to such things when there is no event. */
        while (event.kind != LATZERO_EVENT_EXPIRED && latzero_watch_next(watch, 50, &event) == LATZERO_OK) continue;
    }
    CHECK_EQUAL(event.flags, 0);
    CHECK(strcmp(event.key, MARK) == 0);
    latzero_watch_close(watch);
    leave(reader);
    end_watched_pool(&pool);
}

/* --- forgers ------------------------------------------------------------------------------------------------------ */

typedef struct outcome {
    int named, nameless, lost, silent;
} outcome;

/* What the watch that begins there is told first of that key. */
static void tell_from(const watched_pool *pool, const latzero_revision *from, const char *key, outcome *found) {
    latzero_watch_options options = LATZERO_WATCH_OPTIONS_INIT;
    latzero_event event = LATZERO_EVENT_INIT;
    latzero_watch *watch = NULL;
    latzero_status status;
    options.from = from;
    CHECK_OK(latzero_watch_open(pool->client, &options, &watch));
    status = latzero_watch_next(watch, 0, &event);
    if (status == LATZERO_OK && event.key != NULL) {
        CHECK(strcmp(event.key, key) == 0 && event.kind == LATZERO_EVENT_ERASED && event.flags == 0);
        found->named++;
    } else if (status == LATZERO_OK && event.kind != LATZERO_EVENT_LOST) {
        CHECK_EQUAL(event.flags, LATZERO_EVENT_NAMELESS);
        found->nameless++;
    } else if (status == LATZERO_OK)
        found->lost++;
    else {
        CHECK_STATUS(status, LATZERO_TIMEOUT);
        found->silent++;
    }
    latzero_watch_close(watch);
}

/* Sets and deletes a key. Gives the last event; `from` becomes the place before. */
static latzero_event set_and_delete(const watched_pool *pool, const char *key, latzero_revision *from) {
    set(pool->client, key, 0);
    expect_event(pool->keeper, LATZERO_EVENT_CREATED, key);
    CHECK_OK(latzero_watch_revision(pool->keeper, from));
    CHECK_OK(latzero_delete(pool->client, key, LATZERO_CSTR));
    return expect_event(pool->keeper, LATZERO_EVENT_ERASED, key);
}

static void a_changed_bit_makes_no_name(void **state) {
    watched_pool pool;
    latzero_revision from;
    latzero_event event;
    outcome found = {0, 0, 0, 0};
    uint64_t before, last;
    int bit;
    (void)state;
    if (!tests_are_sealed()) return;
    pool = make_watched_pool("bits", 0);
    event = set_and_delete(&pool, "key", &from);
    last = event.revision / LATZERO_STRIPES;
    before = stats_of(pool.client).integrity_failures;
    tell_from(&pool, &from, "key", &found);
    CHECK_EQUAL(found.named, 1);
    for (bit = 0; bit < NAME_SLOTS * SLOT_BITS; bit++) {
        unsigned char *slot = slot_of(&pool, event.stripe, last - NAME_SLOTS + 1 + (uint64_t)(bit / SLOT_BITS));
        unsigned char *byte = slot + bit % SLOT_BITS / 8;
        *byte ^= (unsigned char)(1 << bit % 8);
        tell_from(&pool, &from, "key", &found);
        *byte ^= (unsigned char)(1 << bit % 8);
    }
    /* One bit of the head has no meaning yet. */
    CHECK(found.named <= 2);
    CHECK(found.nameless >= 8 * (2 * 56 - 16));
    CHECK(stats_of(pool.client).integrity_failures - before == (uint64_t)found.nameless);
    tell_from(&pool, &from, "key", &found);
    CHECK(found.named >= 2);
    printf("%d nameless, %d lost, %d not told\n", found.nameless, found.lost, found.silent);
    end_watched_pool(&pool);
}

/* Two keys of one stripe. */
static void find_neighbours(const watched_pool *pool, char one[16], char other[16]) {
    latzero_revision from;
    uint32_t stripe;
    int number;
    strcpy(one, "n0");
    stripe = set_and_delete(pool, one, &from).stripe;
    for (number = 1; number < 10000; number++) {
        (void)snprintf(other, 16, "n%d", number);
        if (set_and_delete(pool, other, &from).stripe == stripe) return;
    }
    CHECK(0);
}

/* With the numbers that belong there. */
static void put_slots(unsigned char *const to[NAME_SLOTS], unsigned char (*from)[SLOT_BYTES]) {
    int slot;
    for (slot = 0; slot < NAME_SLOTS; slot++) {
        const int numbers = slot == 0 ? 16 : 8;
        memcpy(to[slot] + numbers, from[slot] + numbers, (size_t)(SLOT_BYTES - numbers));
    }
}

static void what_another_event_has_makes_no_name(void **state) {
    watched_pool pool;
    unsigned char taken[NAME_SLOTS][SLOT_BYTES], own[NAME_SLOTS][SLOT_BYTES];
    unsigned char *slots[NAME_SLOTS];
    char one[16], other[16];
    latzero_revision from;
    latzero_event event;
    outcome found = {0, 0, 0, 0};
    uint64_t last;
    int slot;
    (void)state;
    if (!tests_are_sealed()) return;
    pool = make_watched_pool("replayed", 0);
    find_neighbours(&pool, one, other);
    event = set_and_delete(&pool, one, &from);
    last = event.revision / LATZERO_STRIPES;
    for (slot = 0; slot < NAME_SLOTS; slot++)
        memcpy(taken[slot], slot_of(&pool, event.stripe, last - 1 + (uint64_t)slot), SLOT_BYTES);
    /* Another key's event, then a later one of the same key. */
    for (int round = 0; round < 2; round++) {
        const char *key = round == 0 ? other : one;
        event = set_and_delete(&pool, key, &from);
        last = event.revision / LATZERO_STRIPES;
        for (slot = 0; slot < NAME_SLOTS; slot++) {
            slots[slot] = slot_of(&pool, event.stripe, last - 1 + (uint64_t)slot);
            memcpy(own[slot], slots[slot], SLOT_BYTES);
        }
        put_slots(slots, taken);
        tell_from(&pool, &from, key, &found);
        CHECK_EQUAL(found.nameless, round + 1);
        put_slots(slots, own);
        tell_from(&pool, &from, key, &found);
        CHECK_EQUAL(found.named, round + 1);
    }
    end_watched_pool(&pool);
}

/* The stored key of a live one stands in the index for everybody to copy. */
static void nobody_is_told_that_a_live_key_has_ended(void **state) {
    watched_pool pool;
    latzero_revision from;
    latzero_event event;
    outcome found = {0, 0, 0, 0};
    unsigned char *slot;
    (void)state;
    if (!tests_are_sealed()) return;
    pool = make_watched_pool("alive", 0);
    CHECK_OK(latzero_watch_revision(pool.keeper, &from));
    set(pool.client, "key", 0);
    event = expect_event(pool.keeper, LATZERO_EVENT_CREATED, "key");
    slot = slot_of(&pool, event.stripe, event.revision / LATZERO_STRIPES);
    slot[16] = (unsigned char)((slot[16] & 0xf0) | LATZERO_EVENT_ERASED);
    tell_from(&pool, &from, "key", &found);
    CHECK_EQUAL(found.nameless, 1);
    end_watched_pool(&pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_name_is_told_and_shown_to_nobody),
        TEST(a_change_is_named_by_the_end_behind_it),
        TEST(a_long_name_is_cut),
        TEST(a_reader_names_what_others_remove),
        TEST(a_changed_bit_makes_no_name),
        TEST(what_another_event_has_makes_no_name),
        TEST(nobody_is_told_that_a_live_key_has_ended),
    };
    return RUN_TESTS(tests);
}

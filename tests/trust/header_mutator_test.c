/*
 * A header that somebody edits between any two looks of a connect, a creation or a change of key: whoever has the key
 * is refused, or works with a pool that is encrypted. Nothing is written in the clear, nothing plain is believed,
 * nobody hangs.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>

#include "hosts/moments.h"
#include "neighbours/header_edit.h"
#include "neighbours/mutated_pool.h"

typedef enum deed {
    DEED_CONNECT,
    DEED_READ_ONLY,
    DEED_CONNECT_OR_CREATE, /* to a pool that is there */
    DEED_REKEY,
    DEED_MAKE_AND_CONNECT, /* by CREATE, where none is */
    DEED_CREATE,
    DEEDS
} deed;

static const char *const titles[DEEDS] = {"connect",
                                          "connect read-only",
                                          "connect with CREATE",
                                          "rekey, connect",
                                          "connect with CREATE, no pool there",
                                          "create, connect"};

/* One deed with one edit. */
typedef struct round {
    mutated_pool *pool;
    deed what;
    const char *name;
    header_edit edit;
    int attacker;     /* the descriptor for the edit; -1: that of the object being made */
    int made, undone; /* the edit */
    uint64_t before;
} round;

typedef struct tally {
    uint64_t rounds, edits, connected, refused, in_the_clear, forged_values, forged_keys, odd_statuses, most_calls;
} tally;

static round now;
static tally sums[DEEDS];
static uint64_t dice;

static void visit(uint64_t call) {
    const int file = now.attacker >= 0 ? now.attacker : made_object();
    if (file < 0) return;
    if (call >= now.edit.call && !now.made && !now.undone) now.made = make_edit(&now.edit, file, &now.before);
    if (now.made && now.edit.undo_call != 0 && call >= now.edit.undo_call && !now.undone) {
        undo_edit(&now.edit, file, now.before);
        now.undone = 1;
    }
}

static void complain(const char *what, uint64_t *count) {
    if (++*count > 3) return;
    printf("%s (%s): %s\n", titles[now.what], now.pool->kind->title, what);
    print_edit(&now.edit);
}

/* A hang ends the process, and says where. */
static void say_where(int number) {
    (void)number;
    printf("%s (%s): hangs\n", titles[now.what], now.pool->kind->title);
    print_edit(&now.edit);
    fflush(stdout);
    _exit(98);
}

/* Each is what some edit makes of the pool: no pool, another's, a destroyed one, locks that are held, counters that
 * lie, a record that does not verify, a key's cost that memory does not suffice for. */
static int is_clear(latzero_status status) {
    switch (status) {
    case LATZERO_OK:
    case LATZERO_CORRUPT:
    case LATZERO_AUTHENTICATION:
    case LATZERO_VERSION:
    case LATZERO_POOL_NOT_FOUND:
    case LATZERO_POOL_EXISTS:
    case LATZERO_DESTROYED:
    case LATZERO_TIMEOUT:
    case LATZERO_IO:
    case LATZERO_NO_SPACE:
    case LATZERO_NO_MEMORY:
    case LATZERO_UNSUPPORTED:
    case LATZERO_BUSY:
    case LATZERO_MEMORY_FULL:
    case LATZERO_INTEGRITY: return 1;
    default: return 0;
    }
}

static latzero_status judge(latzero_status status) {
    char text[128];
    if (is_clear(status)) return status;
    snprintf(text, sizeof text, "status %s", latzero_status_name(status));
    complain(text, &sums[now.what].odd_statuses);
    return status;
}

/* ---- the deeds --------------------------------------------------------------------------------------------------- */

static latzero_status connect_now(uint32_t flags, const char *raw_key, latzero_client **client) {
    latzero_connect_options options = connect_options_of(now.pool->kind);
    latzero_pool_options create = options_of(now.pool->kind);
    create.flags &= ~(uint32_t)LATZERO_POOL_PERSISTENT;
    options.flags |= flags;
    options.timeout_ms = 50;
    if (flags & LATZERO_CONNECT_CREATE) options.create_options = &create;
    if (raw_key != NULL) {
        options.flags |= LATZERO_CONNECT_RAW_KEY;
        options.auth_key = raw_key;
        options.auth_key_len = 32;
    }
    *client = NULL;
    return latzero_connect(now.name, &options, client);
}

static latzero_status rekey_now(const char *raw_key) {
    const latzero_connect_options known = connect_options_of(now.pool->kind);
    latzero_rekey_options options = LATZERO_REKEY_OPTIONS_INIT;
    options.flags = LATZERO_REKEY_NEW_IS_RAW | (now.pool->kind->is_raw ? LATZERO_REKEY_OLD_IS_RAW : 0);
    return latzero_pool_rekey(now.name, known.auth_key, known.auth_key_len, raw_key, 32, &options);
}

static latzero_status create_now(void) {
    latzero_pool_options options = options_of(now.pool->kind);
    options.flags &= ~(uint32_t)LATZERO_POOL_PERSISTENT;
    return latzero_pool_create(now.name, &options);
}

static void count_calls(tally *sum, uint64_t calls) {
    if (calls > sum->most_calls) sum->most_calls = calls;
}

/* Gives a client, or the status of whoever was refused last. */
static latzero_status do_deed(latzero_client **client) {
    static const char new_key[] = "the next auth key, of 32 bytes..";
    latzero_status status;
    *client = NULL;
    watch(visit);
    switch (now.what) {
    case DEED_CONNECT: status = connect_now(0, NULL, client); break;
    case DEED_READ_ONLY: status = connect_now(LATZERO_CONNECT_READ_ONLY, NULL, client); break;
    case DEED_CONNECT_OR_CREATE:
    case DEED_MAKE_AND_CONNECT: status = connect_now(LATZERO_CONNECT_CREATE, NULL, client); break;
    case DEED_REKEY: status = rekey_now(new_key); break;
    default: status = create_now();
    }
    count_calls(&sums[now.what], unwatch());
    (void)judge(status);
    if (now.what == DEED_REKEY) {
        status = judge(connect_now(0, new_key, client));
        if (status != LATZERO_OK) status = judge(connect_now(0, NULL, client));
    }
    if (now.what == DEED_CREATE && status == LATZERO_OK) status = judge(connect_now(0, NULL, client));
    return status;
}

/* ---- what whoever was let in does -------------------------------------------------------------------------------- */

static void read_back(latzero_client *client, tally *sum) {
    char text[256];
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_status status = latzero_get(client, KNOWN_KEY, LATZERO_CSTR, text, sizeof text, &info);
    if (status != LATZERO_NOT_FOUND) (void)judge(status);
    if (status == LATZERO_OK && (info.size != sizeof KNOWN_VALUE - 1 || memcmp(text, KNOWN_VALUE, info.size) != 0))
        complain("a sealed key has another value", &sum->forged_values);
    status = latzero_get(client, PLANTED_KEY, LATZERO_CSTR, text, sizeof text, &info);
    if (status != LATZERO_NOT_FOUND) (void)judge(status);
    if (status == LATZERO_OK) complain("a plain record is believed", &sum->forged_keys);
}

static void use(latzero_client *client, tally *sum) {
    const char *name = "the name has the " MARK, *value = "and the value has the " MARK;
    int named;
    if (now.what != DEED_READ_ONLY)
        (void)judge(latzero_set_bytes(client, name, LATZERO_CSTR, value, strlen(value), NULL));
    read_back(client, sum);
    named = open(pool_path(now.name), O_RDONLY | O_CLOEXEC);
    if (shows_mark_in(now.pool) || (now.attacker < 0 && named >= 0 && shows_mark(named)))
        complain("what was set lies there in the clear", &sum->in_the_clear);
    if (named >= 0) close(named);
    (void)judge(latzero_disconnect(client));
}

static void play_round(mutated_pool *pool, deed what, pool_state state, const header_edit *edit) {
    static char other[LATZERO_NAME_MAX + 8];
    tally *sum = &sums[what];
    latzero_client *client;
    int file;
    memset(&now, 0, sizeof now);
    now.pool = pool;
    now.what = what;
    now.edit = *edit;
    restore(pool, state);
    if (what >= DEED_MAKE_AND_CONNECT) {
        snprintf(other, sizeof other, "%s-made", pool->name);
        now.name = other;
        now.attacker = -1;
    } else {
        now.name = pool->name;
        now.attacker = pool->file;
    }
    alarm(30);
    sum->rounds++;
    if (do_deed(&client) == LATZERO_OK && client != NULL) {
        sum->connected++;
        use(client, sum);
    } else {
        sum->refused++;
    }
    sum->edits += (uint64_t)now.made;
    if (what >= DEED_MAKE_AND_CONNECT) (void)remove(pool_path(other));
    file = take_made_object();
    if (file >= 0) close(file);
}

/* ---- the runs ---------------------------------------------------------------------------------------------------- */

/* How many calls a deed takes that nobody disturbs. */
static uint64_t calls_of(mutated_pool *pool, deed what) {
    const header_edit none = {0, 8, 0, 0, UINT64_MAX, 0};
    play_round(pool, what, STATE_SEALED, &none);
    CHECK_EQUAL(sums[what].connected, 1);
    memset(&sums[what].rounds, 0, offsetof(tally, most_calls));
    return sums[what].most_calls;
}

/* Each flag before each call, then a walk over all bits with dice for the rest. */
static void mutate(mutated_pool *pool, deed what, uint64_t rounds) {
    static uint64_t walked[DEEDS];
    const uint64_t calls = calls_of(pool, what);
    header_edit edit;
    uint64_t call, i;
    uint32_t bit;
    for (call = 1; call <= calls; call++) {
        for (bit = 0; bit < 4; bit++) {
            edit = flags_edit(bit, call);
            play_round(pool, what, (pool_state)(bit % STATES), &edit);
            play_round(pool, what, (pool_state)((bit + 1) % STATES), &edit);
        }
    }
    for (i = 0; i < rounds; i++) {
        edit = next_edit(walked[what]++, calls, &dice);
        play_round(pool, what, (pool_state)(next_random(&dice) % STATES), &edit);
    }
}

static void report(deed what) {
    const tally *sum = &sums[what];
    printf("%-36s %" PRIu64 " calls, %" PRIu64 " rounds, %" PRIu64 " edits, %" PRIu64 " let in, %" PRIu64
           " refused; in the clear %" PRIu64 ", forged values %" PRIu64 ", plain records believed %" PRIu64
           ", odd statuses %" PRIu64 "\n",
           titles[what], sum->most_calls, sum->rounds, sum->edits, sum->connected, sum->refused, sum->in_the_clear,
           sum->forged_values, sum->forged_keys, sum->odd_statuses);
}

static void mutate_all(const pool_kind *kind, uint64_t rounds) {
    /* Shares of the rounds; what makes a pool each time takes longest. */
    static const uint64_t shares[DEEDS] = {40, 15, 15, 10, 10, 10};
    mutated_pool pool = make_mutated_pool(kind, "mutated");
    uint64_t bad = 0;
    int what;
    signal(SIGALRM, say_where);
    for (what = 0; what < DEEDS; what++) {
        memset(&sums[what], 0, sizeof sums[what]);
        mutate(&pool, (deed)what, rounds * shares[what] / 100);
        report((deed)what);
        fflush(stdout);
        bad += sums[what].in_the_clear + sums[what].forged_values + sums[what].forged_keys + sums[what].odd_statuses;
    }
    alarm(0);
    end_mutated_pool(&pool);
    CHECK_EQUAL(bad, 0);
    for (what = 0; what < DEEDS; what++)
        CHECK(sums[what].edits > 0 && sums[what].connected > 0 && sums[what].refused > 0);
}

static void raw_keys(void **state) {
    (void)state;
    mutate_all(&pool_kinds[0], scaled(30000));
}

static void text_keys(void **state) {
    (void)state;
    mutate_all(&pool_kinds[1], scaled(20000));
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(raw_keys), TEST(text_keys)};
    const char *seed = getenv("LATZERO_TEST_SEED");
    dice = seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)now_ms();
    printf("seed %" PRIu64 "\n", dice);
    return RUN_TESTS(tests);
}

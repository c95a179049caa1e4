#include "holder.h"

#include <fcntl.h>
#include <sys/file.h>

enum { SLOT_BITS = 12 };

static int pool_descriptor(const char *path) {
    char link[64], target[512];
    int file;
    for (file = 3; file < 256; file++) {
        ssize_t size;
        snprintf(link, sizeof link, "/proc/self/fd/%d", file);
        size = readlink(link, target, sizeof target - 1);
        if (size < 0) continue;
        target[size] = 0;
        if (strcmp(target, path) == 0) return file;
    }
    return -1;
}

void be_holder(char **arguments) {
    const char *name = arguments[0];
    const holder_deed deed = (holder_deed)atoi(arguments[1]);
    latzero_client *client = join(name, 0);
    latzero_borrowed *borrowed = NULL;
    const void *value = NULL;
    const int file = pool_descriptor(pool_path(name));
    int other;
    CHECK(file >= 3);
    if (atoi(arguments[2])) (void)join(name, LATZERO_CONNECT_READ_ONLY);
    if (deed == HOLD_LIFE_LOCK) CHECK(flock(file, LOCK_EX) == 0);
    if (deed == HOLD_LOAN) CHECK_OK(latzero_borrow(client, "loan", 4, &value, NULL, &borrowed));
    if (deed == CLOSE_ALL)
        for (other = 3; other < 256; other++) close(other);
    say("done");
    for (;;) pause();
}

void start_holder(holder *made, const char *name, holder_deed deed, int read_only) {
    made->name = name;
    made->child = start_child(be_holder, name, decimal(deed), decimal(read_only), NULL);
    expect_line(&made->child, "done");
}

void end_holder(holder *ended) {
    kill_child(&ended->child);
    expect_end(&ended->child, CHILD_KILLED);
}

void be_life_holder(char **arguments) {
    const int file = open(pool_path(arguments[0]), O_RDONLY | O_CLOEXEC), for_ms = atoi(arguments[1]);
    CHECK(file >= 0 && flock(file, LOCK_EX) == 0);
    say("held");
    if (for_ms > 0)
        pause_ms(for_ms);
    else
        await_order("let go");
}

void hold_life(holder *made, const char *name, int for_ms) {
    made->name = name;
    made->child = start_child(be_life_holder, name, decimal(for_ms), NULL);
    expect_line(&made->child, "held");
}

/* One that has held it for its time is gone. */
void let_go(holder *ended) {
    (void)tell_child(&ended->child, "let go");
    expect_end(&ended->child, 0);
}

static uint32_t word_at(const char *name, long at) {
    uint32_t word = 0;
    const int file = open(pool_path(name), O_RDONLY);
    CHECK(file >= 0 && pread(file, &word, sizeof word, at) == sizeof word);
    close(file);
    return word;
}

void put_stripe_owner(const char *name, int stripe, uint32_t owner) {
    write_file_at(pool_path(name), STRIPES_AT + stripe * STRIPE_BYTES + STRIPE_LOCK_AT, &owner, sizeof owner);
}

void put_extent_owner(const char *name, uint32_t owner) {
    write_file_at(pool_path(name), EXTENT_LOCK_AT, &owner, sizeof owner);
}

static int slot_of(const char *name, long process) {
    int slot;
    for (slot = 0; slot < CLIENTS; slot++) {
        const long at = CLIENTS_AT + slot * CLIENT_BYTES;
        if (word_at(name, at + CLIENT_IN_USE_AT) != 0 && word_at(name, at + CLIENT_PROCESS_AT) == (uint32_t)process)
            return slot;
    }
    CHECK(0);
    return -1;
}

static uint32_t owner_in(const char *name, int slot) {
    return (uint32_t)(slot + 1) | word_at(name, CLIENTS_AT + slot * CLIENT_BYTES) << SLOT_BITS;
}

uint32_t owner_of(const char *name, long process) { return owner_in(name, slot_of(name, process)); }

void stop_writer(holder *made, const char *name, int slot) {
    int stripe;
    start_holder(made, name, HOLD_NOTHING, 0);
    for (stripe = 0; stripe < STRIPES; stripe++) put_stripe_owner(name, stripe, owner_in(name, slot));
}

void put_process(const char *name, long process, uint32_t instead) {
    const long at = CLIENTS_AT + slot_of(name, process) * CLIENT_BYTES + CLIENT_PROCESS_AT;
    write_file_at(pool_path(name), at, &instead, sizeof instead);
}

void make_kept_pool(const char *name, int keys) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    latzero_client *client;
    char key[32];
    int i;
    options.flags = LATZERO_POOL_PERSISTENT;
    options.max_bytes = LATZERO_MAX_BYTES_LEAST;
    CHECK_OK(latzero_pool_create(name, &options));
    client = join(name, 0);
    for (i = 0; i < keys; i++) {
        snprintf(key, sizeof key, "key %d", i);
        CHECK_OK(latzero_set_i64(client, key, LATZERO_CSTR, i, NULL));
    }
    leave(client);
}

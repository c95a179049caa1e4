#include "holders.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>

enum { SLOT_BITS = 12 };

static void hold(void *argument) {
    const holder *self = argument;
    const int file = open(pool_path(self->name), O_RDONLY | O_CLOEXEC);
    CHECK(file >= 0 && flock(file, LOCK_EX) == 0);
    ring(&self->holds);
    if (self->for_ms > 0)
        pause_ms(self->for_ms);
    else
        await_bell(&self->end);
}

void hold_life(holder *held, const char *name, int for_ms) {
    held->name = name;
    held->for_ms = for_ms;
    make_bell(&held->holds);
    make_bell(&held->end);
    held->child = start_child(hold, held);
    await_bell(&held->holds);
}

void let_go(holder *held) {
    ring(&held->end);
    CHECK_EQUAL(end_of_child(held->child), 0);
    close_bell(&held->holds);
    close_bell(&held->end);
}

static void be_connected(void *argument) {
    const stopped_writer *self = argument;
    (void)join(self->name, 0);
    ring(&self->connected);
    await_bell(&self->end);
}

void stop_writer(stopped_writer *writer, const char *name, uint32_t slot) {
    unsigned char *bytes;
    size_t size;
    uint32_t generation, owner;
    long i;
    writer->name = name;
    make_bell(&writer->connected);
    make_bell(&writer->end);
    writer->child = start_child(be_connected, writer);
    await_bell(&writer->connected);
    bytes = read_file(pool_path(name), &size);
    memcpy(&generation, bytes + CLIENTS_AT + slot * CLIENT_BYTES, sizeof generation);
    free(bytes);
    owner = (slot + 1) | generation << SLOT_BITS;
    for (i = 0; i < STRIPES; i++)
        write_file_at(pool_path(name), STRIPES_AT + i * STRIPE_BYTES + STRIPE_LOCK_AT, &owner, sizeof owner);
}

void end_writer(stopped_writer *writer) {
    ring(&writer->end);
    CHECK_EQUAL(end_of_child(writer->child), 0);
    close_bell(&writer->connected);
    close_bell(&writer->end);
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

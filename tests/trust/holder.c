#include "holder.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>

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

static void hold(void *argument) {
    const holder *held = argument;
    latzero_client *client = join(held->name, 0);
    latzero_borrowed *borrowed = NULL;
    const void *value = NULL;
    const int file = pool_descriptor(pool_path(held->name));
    int other;
    CHECK(file >= 3);
    if (held->read_only) (void)join(held->name, LATZERO_CONNECT_READ_ONLY);
    if (held->deed == HOLD_LIFE_LOCK) CHECK(flock(file, LOCK_EX) == 0);
    if (held->deed == HOLD_LOAN) CHECK_OK(latzero_borrow(client, "loan", 4, &value, NULL, &borrowed));
    if (held->deed == CLOSE_ALL)
        for (other = 3; other < 256; other++)
            if (other != held->ready.ends[1]) close(other);
    ring(&held->ready);
    for (;;) pause();
}

void start_holder(holder *made, const char *name, holder_deed deed, int read_only) {
    made->name = name;
    made->deed = deed;
    made->read_only = read_only;
    make_bell(&made->ready);
    made->process = start_child(hold, made);
    await_bell(&made->ready);
}

void end_holder(holder *ended) {
    CHECK(kill(ended->process, SIGKILL) == 0);
    CHECK_EQUAL(end_of_child(ended->process), 1000 + SIGKILL);
    close_bell(&ended->ready);
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

static int slot_of(const char *name, pid_t process) {
    int slot;
    for (slot = 0; slot < CLIENTS; slot++) {
        const long at = CLIENTS_AT + slot * CLIENT_BYTES;
        if (word_at(name, at + CLIENT_IN_USE_AT) != 0 && word_at(name, at + CLIENT_PROCESS_AT) == (uint32_t)process)
            return slot;
    }
    CHECK(0);
    return -1;
}

uint32_t owner_of(const char *name, pid_t process) {
    const int slot = slot_of(name, process);
    return (uint32_t)(slot + 1) | word_at(name, CLIENTS_AT + slot * CLIENT_BYTES) << 12;
}

void put_process(const char *name, pid_t process, uint32_t instead) {
    const long at = CLIENTS_AT + slot_of(name, process) * CLIENT_BYTES + CLIENT_PROCESS_AT;
    write_file_at(pool_path(name), at, &instead, sizeof instead);
}

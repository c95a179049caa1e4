#include "mutated_pool.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* Control area and the first pages, which is all that the few keys of a round take. */
enum { TOUCHED_BYTES = 192 << 10 };

static unsigned char *take_bytes(const char *name) {
    size_t size;
    unsigned char *bytes = read_file(pool_path(name), &size);
    CHECK_EQUAL(size, OBJECT_BYTES);
    CHECK_OK(latzero_pool_destroy(name));
    return bytes;
}

static unsigned char *make_sealed(const char *name, const pool_kind *kind) {
    const latzero_pool_options options = options_of(kind);
    latzero_client *client;
    CHECK_OK(latzero_pool_create(name, &options));
    CHECK_OK(connect_as(name, kind, 0, &client));
    CHECK_OK(latzero_set_string(client, KNOWN_KEY, LATZERO_CSTR, KNOWN_VALUE, LATZERO_CSTR, NULL));
    leave(client);
    return take_bytes(name);
}

/* A plain pool hashes with the secret of its header: with the encrypted one's its records lie where a client would look
 * that takes that pool for a plain one. */
static unsigned char *make_planted(const char *name, const unsigned char *sealed) {
    const pool_kind *plain = &pool_kinds[POOL_KINDS - 1];
    const latzero_pool_options options = options_of(plain);
    latzero_client *client;
    unsigned char *planted;
    char *text = NULL;
    CHECK_OK(latzero_pool_create(name, &options));
    write_file_at(pool_path(name), HASH_SECRET_AT, sealed + HASH_SECRET_AT, HASH_SECRET_BYTES);
    CHECK_OK(connect_as(name, plain, 0, &client));
    CHECK_OK(latzero_set_string(client, KNOWN_KEY, LATZERO_CSTR, PLANTED_VALUE, LATZERO_CSTR, NULL));
    CHECK_OK(latzero_set_string(client, PLANTED_KEY, LATZERO_CSTR, PLANTED_VALUE, LATZERO_CSTR, NULL));
    leave(client);
    /* The control: who takes the bytes for a plain pool finds them. */
    CHECK_OK(connect_as(name, plain, 0, &client));
    CHECK_OK(latzero_get_string(client, PLANTED_KEY, LATZERO_CSTR, &text, NULL));
    CHECK(strcmp(text, PLANTED_VALUE) == 0);
    latzero_free(text);
    leave(client);
    planted = take_bytes(name);
    memcpy(planted + CONSTANTS_AT, sealed + CONSTANTS_AT, STATE_AT - CONSTANTS_AT);
    return planted;
}

static void make_object(mutated_pool *pool, pool_state state) {
    const int file = open(pool_path(pool->name), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    void *map;
    CHECK(file >= 0);
    CHECK_EQUAL(pwrite(file, pool->bytes[state], OBJECT_BYTES, 0), OBJECT_BYTES);
    map = mmap(NULL, OBJECT_BYTES, PROT_READ, MAP_SHARED, file, 0);
    CHECK(map != MAP_FAILED);
    pool->file = file;
    pool->map = map;
}

static void let_object_go(mutated_pool *pool) {
    CHECK(munmap((void *)(size_t)pool->map, OBJECT_BYTES) == 0);
    CHECK(close(pool->file) == 0);
}

mutated_pool make_mutated_pool(const pool_kind *kind, const char *suffix) {
    mutated_pool pool;
    pool.kind = kind;
    strcpy(pool.name, pool_name(suffix));
    pool.bytes[STATE_SEALED] = make_sealed(pool.name, kind);
    pool.bytes[STATE_PLANTED] = make_planted(pool.name, pool.bytes[STATE_SEALED]);
    make_object(&pool, STATE_SEALED);
    return pool;
}

/* The name still leads to the object. */
static int is_named(const mutated_pool *pool) {
    struct stat mine, named;
    return fstat(pool->file, &mine) == 0 && lstat(pool_path(pool->name), &named) == 0 && mine.st_ino == named.st_ino;
}

void restore(mutated_pool *pool, pool_state state) {
    struct stat found;
    if (is_named(pool) && fstat(pool->file, &found) == 0 && found.st_size == OBJECT_BYTES) {
        CHECK_EQUAL(pwrite(pool->file, pool->bytes[state], TOUCHED_BYTES, 0), TOUCHED_BYTES);
        return;
    }
    (void)remove(pool_path(pool->name));
    let_object_go(pool);
    make_object(pool, state);
}

void end_mutated_pool(mutated_pool *pool) {
    let_object_go(pool);
    (void)remove(pool_path(pool->name));
    free(pool->bytes[STATE_SEALED]);
    free(pool->bytes[STATE_PLANTED]);
}

int shows_mark_in(const mutated_pool *pool) { return memmem(pool->map, OBJECT_BYTES, MARK, sizeof MARK - 1) != NULL; }

int shows_mark(int file) {
    static unsigned char bytes[OBJECT_BYTES];
    const ssize_t size = pread(file, bytes, sizeof bytes, 0);
    return size > 0 && memmem(bytes, (size_t)size, MARK, sizeof MARK - 1) != NULL;
}

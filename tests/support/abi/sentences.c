#include "abi/sentences.h"

#include <fcntl.h>
#include <sys/file.h>

static const latzero_set_options no_options = LATZERO_SET_OPTIONS_INIT;

#define KEY at->key, at->key_len
#define ROW(function) static latzero_status function(const scene *at)
/* A key's value becomes this, and then the call is made. */
#define WITH(set, call) \
    do {                \
        CHECK_OK(set);  \
        return call;    \
    } while (0)

/* ---- arguments --------------------------------------------------------------------------------------------------- */

ROW(bad_text) { return latzero_set_string(at->client, KEY, "ab\xff", 3, NULL); }
ROW(bad_text_fast) { return latzero_set_fast(at->client, KEY, LATZERO_TYPE_STRING, "ab\xff", 3, NULL); }
ROW(bad_json) { return latzero_set_json(at->client, KEY, "[1, oh]", LATZERO_CSTR, NULL); }
ROW(large_double) { return latzero_set_json(at->client, KEY, "1e400", LATZERO_CSTR, NULL); }
ROW(large_integer) { return latzero_set_json(at->client, KEY, "9223372036854775808", LATZERO_CSTR, NULL); }
ROW(bad_msgpack) { return latzero_set_msgpack(at->client, KEY, "\xc1", 1, NULL); }
ROW(bad_bool) { return latzero_set(at->client, KEY, LATZERO_TYPE_BOOL, "\x07", 1, NULL); }
ROW(no_type) { return latzero_set(at->client, KEY, 99, "", 0, NULL); }
ROW(no_value) { return latzero_set(at->client, KEY, LATZERO_TYPE_BYTES, NULL, 5, NULL); }
ROW(opaque_element) { return latzero_append(at->client, KEY, LATZERO_TYPE_OPAQUE, "x", 1, NULL); }
ROW(bad_element) { return latzero_append(at->client, KEY, LATZERO_TYPE_STRING, "\xff", 1, NULL); }
ROW(zero_ttl) { return latzero_expire(at->client, KEY, 0); }
ROW(no_place) { return latzero_get_i64(at->client, KEY, NULL); }
ROW(no_key) { return latzero_delete(at->client, NULL, 3); }
ROW(empty_key) { return latzero_delete(at->client, "", 0); }
ROW(no_client) { return latzero_delete(NULL, KEY); }

ROW(negative_ttl) {
    latzero_set_options options = no_options;
    options.ttl_ms = -5;
    return latzero_set_string(at->client, KEY, "x", 1, &options);
}

ROW(tag_of_text) {
    latzero_set_options options = no_options;
    options.tag = 5;
    return latzero_set_string(at->client, KEY, "x", 1, &options);
}

ROW(bad_entry) {
    latzero_entry entry = {0};
    entry.key = at->key;
    entry.key_len = at->key_len;
    entry.type = LATZERO_TYPE_STRING;
    entry.value = (void *)"\xff";
    entry.size = 1;
    return latzero_mset(at->client, sizeof entry, &entry, 1);
}

ROW(entry_without_key) {
    latzero_entry entry = {0};
    entry.value = (void *)"x";
    return latzero_mset(at->client, sizeof entry, &entry, 1);
}

ROW(bad_reservation) {
    latzero_reserved *reserved = NULL;
    latzero_status status;
    void *memory = NULL;
    CHECK_OK(latzero_reserve(at->client, KEY, LATZERO_TYPE_STRING, 1, NULL, &memory, &reserved));
    *(char *)memory = '\xff';
    status = latzero_commit(reserved);
    CHECK_OK(latzero_abandon(reserved));
    return status;
}

ROW(long_pattern) {
    char pattern[4097];
    latzero_iter *iter = NULL;
    memset(pattern, '*', sizeof pattern);
    return latzero_iter_open(at->client, pattern, sizeof pattern, &iter);
}

ROW(long_scan_pattern) {
    char pattern[4097];
    latzero_key *keys = NULL;
    uint64_t cursor = 0;
    size_t found = 0;
    memset(pattern, '?', sizeof pattern);
    return latzero_scan(at->client, &cursor, 5, pattern, sizeof pattern, &keys, &found);
}

ROW(unknown_flags) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.flags = 0x4000;
    return latzero_pool_create(at->name, &options);
}

ROW(encrypted_without_key) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.flags = LATZERO_POOL_ENCRYPTED;
    CHECK_OK(latzero_pool_destroy(at->name));
    return latzero_pool_create(at->name, &options);
}

ROW(bad_name) {
    char name[256];
    snprintf(name, sizeof name, "%.100s/", at->name);
    return latzero_pool_create(name, NULL);
}

/* ---- what is there ----------------------------------------------------------------------------------------------- */

ROW(missing) { return latzero_get(at->client, KEY, NULL, 0, NULL); }
ROW(missing_delete) { return latzero_delete(at->client, KEY); }
ROW(missing_expire) { return latzero_expire(at->client, KEY, 5); }
ROW(missing_take) { return latzero_take(at->client, KEY, NULL, 0, NULL); }
ROW(missing_replace) { return latzero_replace(at->client, KEY, LATZERO_TYPE_BYTES, "x", 1, NULL); }
ROW(there) {
    WITH(latzero_set_null(at->client, KEY, NULL), latzero_add(at->client, KEY, LATZERO_TYPE_BYTES, "x", 1, NULL));
}
ROW(written_by_reader) { return latzero_set_null(at->reader, KEY, NULL); }
ROW(cleared_by_reader) { return latzero_clear(at->reader); }
ROW(other_version) {
    WITH(latzero_set_null(at->client, KEY, NULL),
         latzero_compare_and_set(at->client, KEY, 7, LATZERO_TYPE_BYTES, "x", 1, NULL, NULL));
}
ROW(small_buffer) {
    WITH(latzero_set_string(at->client, KEY, "0123456789", 10, NULL), latzero_get(at->client, KEY, NULL, 0, NULL));
}

ROW(end_of_walk) {
    latzero_iter *iter = NULL;
    const char *key = NULL;
    latzero_status status;
    CHECK_OK(latzero_iter_open(at->client, NULL, 0, &iter));
    status = latzero_iter_next(iter, &key, NULL, NULL, NULL);
    latzero_iter_close(iter);
    return status;
}

/* ---- types and sums ---------------------------------------------------------------------------------------------- */

#define WITH_TEXT(call) WITH(latzero_set_string(at->client, KEY, "text", 4, NULL), call)

ROW(count_text) { WITH_TEXT(latzero_increment(at->client, KEY, 1, 0, NULL)); }
ROW(count_text_f64) { WITH_TEXT(latzero_increment_f64(at->client, KEY, 1, 0, NULL)); }
ROW(append_to_text) { WITH_TEXT(latzero_append(at->client, KEY, LATZERO_TYPE_NULL, NULL, 0, NULL)); }
ROW(update_text) { WITH_TEXT(latzero_update(at->client, KEY, "\x80", 1)); }
ROW(read_text_as_number) {
    int64_t number = 0;
    WITH_TEXT(latzero_get_i64(at->client, KEY, &number));
}
ROW(read_text_as_bytes) {
    void *bytes = NULL;
    WITH_TEXT(latzero_get_bytes(at->client, KEY, &bytes, NULL));
}
ROW(count_double) { WITH(latzero_set_f64(at->client, KEY, 0.5, NULL), latzero_increment(at->client, KEY, 1, 0, NULL)); }
ROW(count_integer_f64) {
    WITH(latzero_set_i64(at->client, KEY, 1, NULL), latzero_increment_f64(at->client, KEY, 1, 0, NULL));
}
ROW(large_sum) {
    WITH(latzero_set_i64(at->client, KEY, INT64_MAX, NULL), latzero_increment(at->client, KEY, 1, 0, NULL));
}
ROW(large_sum_f64) {
    WITH(latzero_set_f64(at->client, KEY, 1.7e308, NULL), latzero_increment_f64(at->client, KEY, 1.7e308, 0, NULL));
}
ROW(opaque_as_json) {
    char *json = NULL;
    WITH(latzero_set(at->client, KEY, LATZERO_TYPE_OPAQUE, "x", 1, NULL),
         latzero_get_json(at->client, KEY, &json, NULL));
}
ROW(opaque_as_msgpack) {
    void *msgpack = NULL;
    WITH(latzero_set(at->client, KEY, LATZERO_TYPE_OPAQUE, "x", 1, NULL),
         latzero_get_msgpack(at->client, KEY, &msgpack, NULL));
}

/* ---- room -------------------------------------------------------------------------------------------------------- */

ROW(too_large) {
    static char bytes[2 << 20];
    return latzero_set_bytes(at->client, KEY, bytes, sizeof bytes, NULL);
}

static void fill(const scene *at) {
    char key[32];
    int i;
    for (i = 0; i < 100000; i++) {
        snprintf(key, sizeof key, "fill %d", i);
        if (latzero_set_bytes(at->client, key, LATZERO_CSTR, "01234567", 8, NULL) == LATZERO_MEMORY_FULL) return;
    }
    CHECK(!"the pool becomes full");
}

/* Of a full pool, some keys still have room in what was given back: those that fail count. */
ROW(full_set) {
    char value[512] = {0};
    fill(at);
    return latzero_set_bytes(at->client, KEY, value, sizeof value, NULL);
}
ROW(full_count) {
    fill(at);
    return latzero_increment(at->client, KEY, 1, 0, NULL);
}

/* ---- pools ------------------------------------------------------------------------------------------------------- */

static latzero_status join_by(const scene *at, uint32_t flags, const char *auth_key, int64_t timeout_ms) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = NULL;
    options.flags = flags;
    options.auth_key = auth_key;
    options.auth_key_len = auth_key == NULL ? 0 : LATZERO_CSTR;
    options.timeout_ms = timeout_ms;
    return latzero_connect(at->name, &options, &client);
}

/* Writes into the pool's file. */
static void deface(const scene *at, long offset, uint32_t word) {
    write_file_at(pool_path(at->name), offset, &word, sizeof word);
}

ROW(pool_exists_already) { return latzero_pool_create(at->name, NULL); }
ROW(superfluous_key) { return join_by(at, 0, "a key", 0); }
ROW(not_encrypted) { return join_by(at, LATZERO_CONNECT_ENCRYPTED, NULL, 0); }
ROW(after_destroy) { WITH(latzero_pool_destroy(at->name), latzero_set_null(at->client, KEY, NULL)); }
ROW(size_after_destroy) {
    uint64_t size;
    WITH(latzero_pool_destroy(at->name), latzero_size(at->client, &size));
}
ROW(no_pool) { WITH(latzero_pool_destroy(at->name), join_by(at, 0, NULL, 0)); }
ROW(destroy_no_pool) { WITH(latzero_pool_destroy(at->name), latzero_pool_destroy(at->name)); }

ROW(junk) {
    latzero_status status;
    CHECK_OK(latzero_pool_destroy(at->name));
    CHECK_EQUAL(close(open(pool_path(at->name), O_WRONLY | O_CREAT | O_EXCL, 0600)) & 0, 0);
    status = join_by(at, 0, NULL, 0);
    CHECK(unlink(pool_path(at->name)) == 0);
    return status;
}

ROW(linked) {
    latzero_status status;
    CHECK_OK(latzero_pool_destroy(at->name));
    CHECK(symlink("/etc/passwd", pool_path(at->name)) == 0);
    status = join_by(at, 0, NULL, 0);
    CHECK(unlink(pool_path(at->name)) == 0);
    return status;
}

ROW(other_layout) {
    latzero_status status;
    deface(at, VERSION_AT, 99);
    status = join_by(at, 0, NULL, 0);
    deface(at, VERSION_AT, 2);
    return status;
}

ROW(bad_header) {
    latzero_status status;
    deface(at, CAP_AT, 77);
    status = join_by(at, 0, NULL, 0);
    deface(at, CAP_AT, LATZERO_MAX_BYTES_LEAST);
    return status;
}

/* Locks bytes of the pool's file, as clients of it do. */
static int lock_bytes(const scene *at, long first, long count) {
    const int file = open(pool_path(at->name), O_RDWR | O_CLOEXEC);
    struct flock range = {0};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    range.l_start = ((off_t)1 << 61) + first;
    range.l_len = count;
    CHECK(fcntl(file, F_OFD_SETLK, &range) == 0);
    return file;
}

ROW(no_slot) {
    latzero_status status;
    int files[2];
    /* All but the one that the scene's client has. */
    files[0] = lock_bytes(at, 1025, 1023);
    status = join_by(at, 0, NULL, 0);
    close(files[0]);
    return status;
}

ROW(life_locked) {
    const int file = open(pool_path(at->name), O_RDWR | O_CLOEXEC);
    latzero_status status;
    CHECK(flock(file, LOCK_EX) == 0);
    status = join_by(at, 0, NULL, 30);
    close(file);
    return status;
}

const sentence_row sentence_rows[] = {
    {"bad UTF-8", bad_text, LATZERO_INVALID_ARGUMENT, 0, {"byte 2", "UTF-8"}, {0}},
    {"bad UTF-8, fast", bad_text_fast, LATZERO_INVALID_ARGUMENT, 0, {"byte 2", "UTF-8"}, {0}},
    {"bad JSON", bad_json, LATZERO_INVALID_ARGUMENT, 0, {"byte 4", "JSON"}, {0}},
    {"1e400", large_double, LATZERO_INVALID_ARGUMENT, 0, {"double"}, {"64 bits"}},
    {"2^63", large_integer, LATZERO_INVALID_ARGUMENT, 0, {"int64"}, {0}},
    {"bad MessagePack", bad_msgpack, LATZERO_INVALID_ARGUMENT, 0, {"byte 0", "MessagePack"}, {0}},
    {"bad bool", bad_bool, LATZERO_INVALID_ARGUMENT, 0, {"0 or 1"}, {0}},
    {"no such type", no_type, LATZERO_INVALID_ARGUMENT, 0, {"no such type"}, {0}},
    {"value NULL", no_value, LATZERO_INVALID_ARGUMENT, NO_KEY, {"the value is NULL"}, {0}},
    {"opaque element", opaque_element, LATZERO_INVALID_ARGUMENT, 0, {"opaque"}, {0}},
    {"element of bad UTF-8", bad_element, LATZERO_INVALID_ARGUMENT, 0, {"byte 0", "UTF-8"}, {0}},
    {"TTL 0", zero_ttl, LATZERO_INVALID_ARGUMENT, 0, {"0 ms", "latzero_persist()"}, {0}},
    {"TTL -5", negative_ttl, LATZERO_INVALID_ARGUMENT, 0, {"-5 ms"}, {0}},
    {"tag of a string", tag_of_text, LATZERO_INVALID_ARGUMENT, NO_KEY, {"tag", "opaque"}, {0}},
    {"bad entry", bad_entry, LATZERO_INVALID_ARGUMENT, 0, {"UTF-8"}, {0}},
    {"entry without key", entry_without_key, LATZERO_INVALID_ARGUMENT, NO_KEY, {"the key is NULL"}, {0}},
    {"bad reservation", bad_reservation, LATZERO_INVALID_ARGUMENT, 0, {"UTF-8"}, {0}},
    {"result NULL", no_place, LATZERO_INVALID_ARGUMENT, NO_KEY, {"NULL"}, {0}},
    {"key NULL", no_key, LATZERO_INVALID_ARGUMENT, NO_KEY, {"the key is NULL"}, {0}},
    {"key of no bytes", empty_key, LATZERO_INVALID_ARGUMENT, NO_KEY, {"no bytes"}, {0}},
    {"client NULL", no_client, LATZERO_INVALID_ARGUMENT, NO_POOL | NO_KEY, {"latzero_connect()"}, {0}},
    {"long pattern", long_pattern, LATZERO_INVALID_ARGUMENT, NO_KEY, {"4096 bytes"}, {0}},
    {"long pattern of a scan", long_scan_pattern, LATZERO_INVALID_ARGUMENT, NO_KEY, {"4096 bytes"}, {0}},
    {"unknown flags", unknown_flags, LATZERO_INVALID_ARGUMENT, NO_KEY, {"0x4000"}, {0}},
    {"no auth key", encrypted_without_key, LATZERO_INVALID_ARGUMENT, NO_KEY, {"auth key"}, {0}},
    {"name with a slash", bad_name, LATZERO_INVALID_ARGUMENT, NO_KEY, {"'/'"}, {0}},
    {"get", missing, LATZERO_NOT_FOUND, 0, {"has no key"}, {0}},
    {"delete", missing_delete, LATZERO_NOT_FOUND, 0, {"has no key"}, {0}},
    {"expire", missing_expire, LATZERO_NOT_FOUND, 0, {"has no key"}, {0}},
    {"take", missing_take, LATZERO_NOT_FOUND, 0, {"has no key"}, {0}},
    {"replace", missing_replace, LATZERO_NOT_FOUND, 0, {"has no key"}, {0}},
    {"end of a walk", end_of_walk, LATZERO_NOT_FOUND, NO_KEY, {"every key"}, {0}},
    {"add", there, LATZERO_EXISTS, 0, {"already"}, {0}},
    {"reader sets", written_by_reader, LATZERO_READ_ONLY, 0, {"READ_ONLY"}, {0}},
    {"reader clears", cleared_by_reader, LATZERO_READ_ONLY, NO_KEY, {"READ_ONLY"}, {0}},
    {"compare and set", other_version, LATZERO_CONFLICT, 0, {"read it again"}, {0}},
    {"small buffer", small_buffer, LATZERO_TOO_SMALL, 0, {"10 bytes", "has 0"}, {0}},
    {"count text", count_text, LATZERO_TYPE_MISMATCH, 0, {"holds a string, not an int64"}, {"latzero_get()"}},
    {"count text as double", count_text_f64, LATZERO_TYPE_MISMATCH, 0, {"a string, not a double"}, {"latzero_get()"}},
    {"append to text", append_to_text, LATZERO_TYPE_MISMATCH, 0, {"a string, not a list"}, {"latzero_get()"}},
    {"update text", update_text, LATZERO_TYPE_MISMATCH, 0, {"a string, not a dict"}, {"latzero_get()"}},
    {"text as int64", read_text_as_number, LATZERO_TYPE_MISMATCH, 0, {"a string, not an int64", "latzero_get()"}, {0}},
    {"text as bytes", read_text_as_bytes, LATZERO_TYPE_MISMATCH, 0, {"a string, not bytes", "latzero_get()"}, {0}},
    {"count a double", count_double, LATZERO_TYPE_MISMATCH, 0, {"a double, not an int64", "increment_f64()"}, {0}},
    {"count an int64 as double", count_integer_f64, LATZERO_TYPE_MISMATCH, 0, {"latzero_increment()"}, {0}},
    {"sum", large_sum, LATZERO_OVERFLOW, 0, {"int64"}, {0}},
    {"sum of doubles", large_sum_f64, LATZERO_OVERFLOW, 0, {"double"}, {"64 bits", "int64"}},
    {"opaque as JSON", opaque_as_json, LATZERO_UNSUPPORTED, 0, {"JSON", "latzero_get()"}, {0}},
    {"opaque as MessagePack", opaque_as_msgpack, LATZERO_UNSUPPORTED, 0, {"MessagePack", "latzero_get()"}, {0}},
    {"too large", too_large, LATZERO_TOO_LARGE, 0, {"2097152 bytes", "max_bytes"}, {0}},
    {"full, set", full_set, LATZERO_MEMORY_FULL, 0, {"max_bytes", "bytes)"}, {"(0 bytes)"}},
    {"full, count", full_count, LATZERO_MEMORY_FULL, 0, {"max_bytes"}, {"(0 bytes)"}},
    {"create", pool_exists_already, LATZERO_POOL_EXISTS, NO_KEY, {"already"}, {0}},
    {"superfluous key", superfluous_key, LATZERO_AUTHENTICATION, NO_KEY, {"none if it was created without"}, {0}},
    {"no encryption", not_encrypted, LATZERO_AUTHENTICATION, NO_KEY, {"not encrypted"}, {0}},
    {"destroyed", after_destroy, LATZERO_DESTROYED, NO_KEY, {"was destroyed"}, {0}},
    {"size, destroyed", size_after_destroy, LATZERO_DESTROYED, NO_KEY, {"was destroyed"}, {0}},
    {"connect to none", no_pool, LATZERO_POOL_NOT_FOUND, NO_KEY, {"there is no pool"}, {0}},
    {"destroy none", destroy_no_pool, LATZERO_POOL_NOT_FOUND, NO_KEY, {"there is no pool"}, {0}},
    {"junk", junk, LATZERO_CORRUPT, NO_KEY, {"/dev/shm/"}, {"file of that name"}},
    {"link", linked, LATZERO_PERMISSION, NO_KEY, {"/dev/shm/", "symbolic link"}, {0}},
    {"other layout", other_layout, LATZERO_VERSION, NO_KEY, {"99"}, {0}},
    {"bad header", bad_header, LATZERO_CORRUPT, NO_KEY, {"/dev/shm/"}, {0}},
    {"no slot", no_slot, LATZERO_BUSY, NO_KEY, {"1024"}, {0}},
    {"life lock held", life_locked, LATZERO_TIMEOUT, NO_KEY, {"is stuck while connecting"}, {0}},
};

const size_t sentence_row_count = sizeof sentence_rows / sizeof *sentence_rows;

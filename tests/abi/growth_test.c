/* Growth from the first MiB to the cap: every client sees it without reconnecting, and the header tells it. */
#include <sys/stat.h>

#include "abi/test.h"

enum { value_size = 1000 };

/* Sets keys from `first` on until the pool answers something else; returns how many were set. */
static size_t fill(latzero_client *client, size_t first, latzero_status *ended) {
    char key[32], value[value_size];
    size_t i;
    for (i = first;; i++) {
        snprintf(key, sizeof key, "key-%zu", i);
        fill_pattern(value, sizeof value, i);
        *ended = latzero_set_bytes(client, key, LATZERO_CSTR, value, sizeof value, NULL);
        if (*ended != LATZERO_OK) return i;
    }
}

static void check_all(latzero_client *client, size_t count) {
    char key[32], expected[value_size], value[value_size];
    size_t i;
    for (i = 0; i < count; i++) {
        snprintf(key, sizeof key, "key-%zu", i);
        fill_pattern(expected, sizeof expected, i);
        CHECK_OK(latzero_get(client, key, LATZERO_CSTR, value, sizeof value, NULL));
        CHECK(memcmp(value, expected, sizeof value) == 0);
    }
}

/* Is told how many keys there are once the pool has grown. */
static void look_on(char **arguments) {
    latzero_client *client = join(arguments[0], (uint32_t)atoi(arguments[1]));
    char count[32];
    CHECK_EQUAL(stats_of(client).capacity_bytes, 1 << 20);
    say("connected");
    CHECK(hear_parent(count, sizeof count));
    check_all(client, (size_t)atol(count));
    CHECK_EQUAL(stats_of(client).capacity_bytes, LATZERO_MAX_BYTES_DEFAULT);
    leave(client);
}

static child_process start_onlooker(const char *name, uint32_t flags) {
    child_process child = start_child(look_on, name, decimal(flags), NULL);
    expect_line(&child, "connected");
    return child;
}

static void end_onlooker(child_process *child, size_t count) {
    tell(child, decimal((long long)count));
    expect_end(child, 0);
}

static void every_client_sees_growth(void **state) {
    const char *name = pool_name("growth");
    latzero_client *writer = create_and_join(name, 0), *other = join(name, 0),
                   *reader = join(name, LATZERO_CONNECT_READ_ONLY);
    child_process onlooking_reader, onlooking_writer;
    latzero_status ended;
    size_t count;
    (void)state;
    onlooking_reader = start_onlooker(name, LATZERO_CONNECT_READ_ONLY);
    onlooking_writer = start_onlooker(name, 0);
    CHECK_EQUAL(stats_of(reader).capacity_bytes, 1 << 20);
    count = fill(writer, 0, &ended);
    CHECK_STATUS(ended, LATZERO_MEMORY_FULL);
    CHECK_SENTENCE(name);
    /* At least seven tenths of the cap are values. */
    CHECK(count * value_size > LATZERO_MAX_BYTES_DEFAULT / 10 * 7);
    check_all(reader, count);
    check_all(other, count);
    check_all(writer, count);
    CHECK_EQUAL(stats_of(reader).capacity_bytes, LATZERO_MAX_BYTES_DEFAULT);
    CHECK_EQUAL(stats_of(other).key_count, count);
    end_onlooker(&onlooking_reader, count);
    end_onlooker(&onlooking_writer, count);
    leave(reader);
    leave(other);
    leave(writer);
}

typedef struct first_words {
    uint64_t data_length;
    uint64_t capacity;
} first_words;

static first_words read_first_words(const char *name, uint64_t *file_size) {
    first_words words = {0, 0};
    struct stat found;
    FILE *file = fopen(pool_path(name), "rbe");
    CHECK(file != NULL && fread(&words, sizeof words, 1, file) == 1);
    CHECK(fstat(fileno(file), &found) == 0);
    fclose(file);
    *file_size = (uint64_t)found.st_size;
    return words;
}

static void the_first_sixteen_bytes_tell_length_and_capacity(void **state) {
    const char *name = pool_name("header");
    latzero_client *client = create_and_join(name, 20 * LATZERO_MAX_BYTES_LEAST);
    uint64_t file_size, capacity = LATZERO_MAX_BYTES_LEAST, length = 0;
    latzero_status status = LATZERO_OK;
    char key[32];
    size_t i, growths = 0;
    (void)state;
    for (i = 0; status == LATZERO_OK; i++) {
        const first_words words = read_first_words(name, &file_size);
        CHECK(words.data_length <= words.capacity && words.capacity <= 20 * LATZERO_MAX_BYTES_LEAST);
        /* Longer where a step was begun ahead. */
        CHECK(words.capacity <= file_size && file_size <= 20 * LATZERO_MAX_BYTES_LEAST);
        CHECK_EQUAL(words.capacity, stats_of(client).capacity_bytes);
        CHECK(words.data_length >= length && words.capacity >= capacity);
        CHECK(words.data_length >= stats_of(client).used_bytes);
        /* Twice as much at a time as long as that is little, and at last what the cap leaves. */
        if (words.capacity != capacity) {
            CHECK(words.capacity == 2 * capacity || words.capacity == 20 * LATZERO_MAX_BYTES_LEAST);
            growths++;
        }
        capacity = words.capacity;
        length = words.data_length;
        snprintf(key, sizeof key, "key-%zu", i);
        status = set_pattern(client, key, 5000, i);
    }
    CHECK_STATUS(status, LATZERO_MEMORY_FULL);
    CHECK_EQUAL(capacity, 20 * LATZERO_MAX_BYTES_LEAST);
    CHECK_EQUAL(growths, 5);
    leave(client);
}

static void any_cap_is_filled_to_the_last_page(void **state) {
    static const uint64_t caps[] = {LATZERO_MAX_BYTES_LEAST, LATZERO_MAX_BYTES_LEAST + 4096,
                                    LATZERO_MAX_BYTES_LEAST * 3 / 2, LATZERO_MAX_BYTES_LEAST * 3,
                                    LATZERO_MAX_BYTES_LEAST * 7 + 12345};
    size_t i, count;
    latzero_status ended;
    (void)state;
    for (i = 0; i < sizeof caps / sizeof *caps; i++) {
        latzero_client *client = create_and_join(pool_name("caps"), caps[i]);
        latzero_pool_stats stats;
        count = fill(client, 0, &ended);
        CHECK_STATUS(ended, LATZERO_MEMORY_FULL);
        CHECK_SENTENCE("cap");
        stats = stats_of(client);
        CHECK_EQUAL(stats.capacity_bytes, caps[i] / 4096 * 4096);
        CHECK_EQUAL(stats.key_count, count);
        CHECK(count * value_size > (caps[i] - 200000) / 10 * 7);
        check_all(client, count);
        leave(client);
    }
}

static void what_can_never_fit_is_refused_at_once(void **state) {
    latzero_client *client = create_and_join(pool_name("never"), 0);
    char *value = calloc(1, LATZERO_MAX_BYTES_DEFAULT + 1);
    static const uint64_t sizes[] = {LATZERO_MAX_BYTES_DEFAULT + 1, LATZERO_MAX_BYTES_DEFAULT,
                                     LATZERO_MAX_BYTES_DEFAULT - 4096};
    size_t i;
    (void)state;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        CHECK_STATUS(latzero_set_bytes(client, "k", 1, value, sizes[i], NULL), LATZERO_TOO_LARGE);
        CHECK_SENTENCE("'k'");
        CHECK_SENTENCE(pool_name("never"));
    }
    CHECK_EQUAL(stats_of(client).capacity_bytes, 1 << 20);
    CHECK_EQUAL(stats_of(client).key_count, 0);
    free(value);
    leave(client);
}

/* In an empty pool a value fits, or can never fit: there is nothing that could be deleted for it. */
static void an_empty_pool_is_never_full(void **state) {
    const uint64_t cap = 2 * LATZERO_MAX_BYTES_LEAST;
    char *value = calloc(1, cap);
    size_t size, fitted = 0;
    (void)state;
    for (size = cap; size > cap - 300000; size -= 1024) {
        latzero_client *client = create_and_join(pool_name("empty"), cap);
        const latzero_status status = latzero_set_bytes(client, "k", 1, value, size, NULL);
        CHECK(status == LATZERO_OK || status == LATZERO_TOO_LARGE);
        CHECK(!fitted || status == LATZERO_OK);
        fitted += status == LATZERO_OK;
        leave(client);
    }
    CHECK(fitted > 0);
    free(value);
}

static void numbers_agree(latzero_client *client, uint64_t keys) {
    const latzero_pool_stats stats = stats_of(client);
    uint64_t size = 0;
    CHECK_OK(latzero_size(client, &size));
    CHECK_EQUAL(size, keys);
    CHECK_EQUAL(stats.key_count, keys);
    CHECK(stats.used_bytes + stats.free_bytes <= stats.capacity_bytes && stats.capacity_bytes <= stats.max_bytes);
    CHECK(stats.utilization > (double)stats.used_bytes / (double)stats.capacity_bytes - 1e-9);
    CHECK(stats.utilization < (double)stats.used_bytes / (double)stats.capacity_bytes + 1e-9);
}

static void size_and_stats_follow_every_change(void **state) {
    latzero_client *client = create_and_join(pool_name("numbers"), 0);
    uint64_t commits = 0, used_when_empty;
    char key[32];
    size_t i;
    (void)state;
    numbers_agree(client, 0);
    for (i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "key-%zu", i);
        CHECK_OK(set_pattern(client, key, i * 7, i));
        numbers_agree(client, i + 1);
        CHECK(stats_of(client).commits > commits);
        commits = stats_of(client).commits;
    }
    CHECK_OK(set_pattern(client, "key-5", 9000, 1));
    numbers_agree(client, 1000);
    CHECK_OK(latzero_clear(client));
    numbers_agree(client, 0);
    used_when_empty = stats_of(client).used_bytes;
    for (i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "key-%zu", i);
        CHECK_STATUS(latzero_get(client, key, LATZERO_CSTR, NULL, 0, NULL), LATZERO_NOT_FOUND);
        CHECK_OK(set_pattern(client, key, i * 7, i));
        check_pattern(client, key, i * 7, i);
    }
    for (i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "key-%zu", i);
        CHECK_OK(latzero_delete(client, key, LATZERO_CSTR));
        numbers_agree(client, 999 - i);
    }
    /* What is left are the index tables. */
    CHECK(stats_of(client).used_bytes >= used_when_empty && stats_of(client).used_bytes < 100000);
    leave(client);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(look_on)};
    const struct CMUnitTest tests[] = {
        TEST(every_client_sees_growth),           TEST(the_first_sixteen_bytes_tell_length_and_capacity),
        TEST(any_cap_is_filled_to_the_last_page), TEST(what_can_never_fit_is_refused_at_once),
        TEST(an_empty_pool_is_never_full),        TEST(size_and_stats_follow_every_change),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}

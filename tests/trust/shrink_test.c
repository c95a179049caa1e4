/* Memory that a pool no longer needs goes back to the system when a client comes and finds nobody else there. With
 * anybody else in the pool nothing is cut: the system would end who still takes the end for usable. */
#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include "abi/test.h"

enum { MIB = 1 << 20, COUNT = 20000, VALUE = 1000, STEP = 32 * MIB };

static uint64_t length_of(const char *name) {
    struct stat found;
    CHECK(stat(pool_path(name), &found) == 0);
    return (uint64_t)found.st_size;
}

static const char *numbered(unsigned number) {
    static char key[32];
    snprintf(key, sizeof key, "key-%u", number);
    return key;
}

static latzero_client *create_lasting(const char *name) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.flags = LATZERO_POOL_PERSISTENT;
    seal_new_pool(&options);
    CHECK_OK(latzero_pool_create(name, &options));
    return join(name, 0);
}

/* Fills it, and deletes all but each `kept`-th. */
static void fill_and_thin_out(latzero_client *client, unsigned kept) {
    unsigned i;
    for (i = 0; i < COUNT; i++) CHECK_OK(set_pattern(client, numbered(i), VALUE, i));
    for (i = 0; i < COUNT; i++)
        if (i % kept != 0) CHECK_OK(latzero_delete(client, numbered(i), LATZERO_CSTR));
}

static void check_kept(latzero_client *client, unsigned kept) {
    unsigned i;
    for (i = 0; i < COUNT; i += kept) check_pattern(client, numbered(i), VALUE, i);
    CHECK_EQUAL(stats_of(client).key_count, (COUNT + kept - 1) / kept);
}

static void destroy(const char *name) { CHECK_OK(latzero_pool_destroy(name)); }

static void what_is_not_needed_goes_back(void **state) {
    const char *name = pool_name("shorter");
    latzero_client *client = create_lasting(name);
    uint64_t before;
    (void)state;
    fill_and_thin_out(client, 100);
    before = length_of(name);
    CHECK(before > COUNT * VALUE);
    leave(client);
    client = join(name, 0);
    printf("200 values of 20,000 are left: %.1f MiB become %.1f\n", (double)before / MIB,
           (double)length_of(name) / MIB);
    CHECK(length_of(name) <= 4 * MIB);
    CHECK_EQUAL(stats_of(client).capacity_bytes, length_of(name));
    CHECK_EQUAL(pool_info_of(name).capacity_bytes, length_of(name));
    check_kept(client, 100);
    fill_and_thin_out(client, 1);
    check_kept(client, 1);
    CHECK(stats_of(client).capacity_bytes > COUNT * VALUE);
    leave(client);
    destroy(name);
}

static void an_empty_pool_is_short(void **state) {
    const char *name = pool_name("empty");
    latzero_client *client = create_lasting(name);
    (void)state;
    fill_and_thin_out(client, 1);
    CHECK_OK(latzero_clear(client));
    leave(client);
    client = join(name, 0);
    printf("cleared: %.1f MiB\n", (double)length_of(name) / MIB);
    CHECK(length_of(name) <= 2 * MIB);
    leave(client);
    destroy(name);
}

/* So whoever comes and goes meets no growth, nor does he wait for moves. */
static void what_is_half_full_stays(void **state) {
    const char *name = pool_name("half");
    latzero_client *client = create_lasting(name);
    uint64_t capacity;
    (void)state;
    fill_and_thin_out(client, 1);
    capacity = stats_of(client).capacity_bytes;
    leave(client);
    client = join(name, 0);
    CHECK_EQUAL(stats_of(client).capacity_bytes, capacity);
    leave(client);
    destroy(name);
}

/* ---- beside others ----------------------------------------------------------------------------------------------- */

static void be_there(char **arguments) {
    latzero_client *client = join(arguments[0], (uint32_t)atoi(arguments[1]));
    latzero_borrowed *borrowed = NULL;
    const void *bytes;
    if (atoi(arguments[2])) CHECK_OK(latzero_borrow(client, "lent", LATZERO_CSTR, &bytes, NULL, &borrowed));
    check_pattern(client, numbered(COUNT - 1), VALUE, COUNT - 1);
    say("there");
    await_order("read");
    check_pattern(client, numbered(0), VALUE, 0);
    if (borrowed != NULL) CHECK_OK(latzero_return(borrowed));
    leave(client);
}

static const child_role roles[] = {ROLE(be_there)};

static void check_beside(uint32_t flags, int lends) {
    const char *name = pool_name("beside");
    latzero_client *client = create_lasting(name);
    child_process other;
    uint64_t length;
    unsigned i;
    for (i = 0; i < COUNT; i++) CHECK_OK(set_pattern(client, numbered(i), VALUE, i));
    CHECK_OK(set_pattern(client, "lent", 20000, 1));
    other = start_child(be_there, name, decimal(flags), decimal(lends), NULL);
    expect_line(&other, "there");
    for (i = 1; i < COUNT; i++) CHECK_OK(latzero_delete(client, numbered(i), LATZERO_CSTR));
    length = length_of(name);
    leave(client);
    client = join(name, 0);
    CHECK_EQUAL(length_of(name), length);
    CHECK_EQUAL(stats_of(client).capacity_bytes, length);
    tell(&other, "read");
    expect_end(&other, 0);
    leave(client);
    client = join(name, LATZERO_CONNECT_READ_ONLY);
    CHECK_EQUAL(length_of(name), length);
    leave(client);
    leave(join(name, 0));
    CHECK(length_of(name) <= length / 2);
    destroy(name);
}

static void nothing_is_cut_beside_a_writer(void **state) {
    (void)state;
    check_beside(0, 0);
}

static void nothing_is_cut_beside_a_reader(void **state) {
    (void)state;
    check_beside(LATZERO_CONNECT_READ_ONLY, 0);
}

static void nothing_is_cut_beside_a_borrower(void **state) {
    (void)state;
    if (tests_are_sealed()) skip();
    check_beside(LATZERO_CONNECT_READ_ONLY, 1);
}

/* ---- what others left -------------------------------------------------------------------------------------------- */

/* As one who was killed when the capacity had fallen, and the object was not cut yet. */
static void what_was_left_long_is_cut(void **state) {
    const char *name = pool_name("long");
    latzero_client *client = create_lasting(name);
    int file;
    (void)state;
    CHECK_OK(set_pattern(client, "key", VALUE, 1));
    leave(client);
    file = open(pool_path(name), O_RDWR | O_CLOEXEC);
    CHECK(file >= 0 && ftruncate(file, 2 * STEP) == 0 && close(file) == 0);
    client = join(name, 0);
    CHECK_EQUAL(length_of(name), stats_of(client).capacity_bytes);
    check_pattern(client, "key", VALUE, 1);
    leave(client);
    destroy(name);
}

int main(int count, char **arguments) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_not_needed_goes_back),   TEST(an_empty_pool_is_short),
        TEST(what_is_half_full_stays),        TEST(nothing_is_cut_beside_a_writer),
        TEST(nothing_is_cut_beside_a_reader), TEST(nothing_is_cut_beside_a_borrower),
        TEST(what_was_left_long_is_cut),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}

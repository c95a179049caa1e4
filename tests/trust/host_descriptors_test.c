/* Hosts that close every descriptor from 3 on, as daemons do, and open files of their own under the same numbers: the
 * library leaves those alone, does on without a descriptor what needs none, and says what helps where it needs one. */
#include <sys/stat.h>

#include "neighbours/foreign.h"

static char log_path[64];
static char large[3000000];

typedef struct host {
    const char *name;
    foreign_files files;
} host;

static latzero_status create(const char *name, uint32_t flags) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.flags = flags;
    return latzero_pool_create(name, &options);
}

static latzero_client *connect_to(const char *name, uint32_t flags) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = NULL;
    options.flags = flags;
    MUST_OK(latzero_connect(name, &options, &client));
    return client;
}

static latzero_status store_large(latzero_client *client, const char *key) {
    return latzero_set_bytes(client, key, LATZERO_CSTR, large, sizeof large, NULL);
}

/* Runs `body` with each kind of file under the library's numbers, each time with a new persistent pool. */
static void with_each_kind(void (*body)(void *)) {
    host self = {pool_name("host"), {FOREIGN_LOG, log_path, {0}, {-1, -1}}};
    int kind;
    for (kind = FOREIGN_LOG; kind < FOREIGN_KINDS; kind++) {
        self.files.kind = (foreign_kind)kind;
        snprintf(log_path, sizeof log_path, "/tmp/latzero-test-%d.log", (int)getpid());
        write_log(log_path);
        in_host(body, &self, foreign_title(self.files.kind));
        CHECK(remove(log_path) == 0);
        check_from_outside(self.name);
        CHECK_OK(latzero_pool_destroy(self.name));
    }
}

/* ---- a client whose descriptor is gone --------------------------------------------------------------------------- */

/* Calls, looks at the host's files, and only then at what the call said. */
#define MUST_TELL_AND_SPARE(call, self)                           \
    do {                                                          \
        const latzero_status told = (call);                       \
        foreign_must_be_intact(&(self)->files);                   \
        host_must_be_told(told, 0, 1, #call, __FILE__, __LINE__); \
    } while (0)
#define MAY_TELL_AND_SPARE(call, self)                            \
    do {                                                          \
        const latzero_status told = (call);                       \
        foreign_must_be_intact(&(self)->files);                   \
        host_must_be_told(told, 1, 1, #call, __FILE__, __LINE__); \
    } while (0)

static latzero_client *connect_and_lose(host *self, uint32_t flags) {
    latzero_client *client;
    begin_step("create and connect");
    MUST_OK(create(self->name, LATZERO_POOL_PERSISTENT));
    client = connect_to(self->name, 0);
    store_keys(client);
    if (flags != 0) {
        MUST_OK(latzero_disconnect(client));
        client = connect_to(self->name, flags);
    }
    begin_step("take the numbers");
    take_numbers(&self->files);
    return client;
}

static void growth_says_what_helps(void *argument) {
    host *self = argument;
    latzero_client *client = connect_and_lose(self, 0), *second;
    latzero_pool_stats stats = LATZERO_POOL_STATS_INIT;
    begin_step("get and set");
    MUST(has_keys(client));
    store_keys(client);
    begin_step("grow");
    MUST_TELL_AND_SPARE(store_large(client, "large"), self);
    begin_step("stats");
    MAY_TELL_AND_SPARE(latzero_stats(client, &stats), self);
    begin_step("go on after growth was refused");
    MUST(has_keys(client));
    MUST_OK(latzero_increment(client, "counter", LATZERO_CSTR, 1, 0, NULL));
    begin_step("connect anew");
    second = connect_to(self->name, 0);
    MUST_OK(store_large(second, "large"));
    foreign_must_be_intact(&self->files);
    begin_step("read what another connection has grown for");
    MUST(latzero_get(client, "large", LATZERO_CSTR, large, sizeof large, NULL) == LATZERO_OK);
    begin_step("disconnect");
    MAY_TELL_AND_SPARE(latzero_disconnect(client), self);
    begin_step("use the other connection");
    MUST_OK(store_large(second, "larger"));
    MUST(has_keys(second));
    MUST_OK(latzero_disconnect(second));
    foreign_must_be_intact(&self->files);
    exit(0);
}

static void foreign_files_are_left_alone(void **state) {
    (void)state;
    with_each_kind(growth_says_what_helps);
}

static void look_about(void *argument) {
    host *self = argument;
    latzero_client *client = connect_and_lose(self, 0);
    latzero_check_report report = LATZERO_CHECK_REPORT_INIT;
    latzero_borrowed *borrowed = NULL;
    latzero_status status;
    const void *value;
    char other[LATZERO_NAME_MAX + 1];
    snprintf(other, sizeof other, "%s-other", self->name);
    begin_step("check");
    MUST_OK(latzero_pool_check(self->name, NULL, &report));
    MUST(report.sound == 1);
    foreign_must_be_intact(&self->files);
    begin_step("borrow");
    MUST_OK(set_pattern(client, "medium", 100000, 1));
    status = latzero_borrow(client, "medium", LATZERO_CSTR, &value, NULL, &borrowed);
    MAY_TELL(status);
    if (status == LATZERO_OK) MUST_OK(latzero_return(borrowed));
    MUST_OK(latzero_delete(client, "medium", LATZERO_CSTR));
    foreign_must_be_intact(&self->files);
    begin_step("another pool");
    MUST_OK(create(other, 0));
    foreign_must_be_intact(&self->files);
    MUST_OK(latzero_disconnect(connect_to(other, 0)));
    begin_step("list and clean up");
    MUST(is_listed(self->name, NULL));
    MUST_OK(latzero_pool_cleanup(NULL));
    MUST_OK(latzero_auto_cleanup(1));
    pause_ms(20);
    MUST_OK(latzero_auto_cleanup(0));
    foreign_must_be_intact(&self->files);
    begin_step("exit with the connection open");
    exit(0);
}

static void other_calls_go_on(void **state) {
    (void)state;
    with_each_kind(look_about);
}

static void look_in_a_child(void *argument) {
    host *self = argument;
    latzero_client *client;
    foreign_must_be_intact(&self->files);
    client = connect_to(self->name, 0);
    MUST(has_keys(client));
    MUST_OK(latzero_disconnect(client));
    foreign_must_be_intact(&self->files);
    exit(0);
}

static void have_children(void *argument) {
    host *self = argument;
    latzero_client *client = connect_and_lose(self, 0);
    begin_step("fork");
    MUST(end_of_fork(look_in_a_child, self) == 0);
    MUST(end_of_fork(look_in_a_child, self) == 0);
    foreign_must_be_intact(&self->files);
    MUST(has_keys(client));
    begin_step("disconnect");
    MAY_TELL_AND_SPARE(latzero_disconnect(client), self);
    exit(0);
}

static void children_close_no_foreign_file(void **state) {
    (void)state;
    with_each_kind(have_children);
}

static void read_only(void *argument) {
    host *self = argument;
    latzero_client *reader = connect_and_lose(self, LATZERO_CONNECT_READ_ONLY);
    latzero_pool_stats stats = LATZERO_POOL_STATS_INIT;
    begin_step("read");
    MUST(has_keys(reader));
    MAY_TELL_AND_SPARE(latzero_stats(reader, &stats), self);
    begin_step("disconnect");
    MAY_TELL_AND_SPARE(latzero_disconnect(reader), self);
    exit(0);
}

static void readers_leave_foreign_files_alone(void **state) {
    (void)state;
    with_each_kind(read_only);
}

/* ---- a creator whose descriptor is gone -------------------------------------------------------------------------- */

static void create_and_lose(void *argument) {
    host *self = argument;
    latzero_client *client;
    char other[LATZERO_NAME_MAX + 1];
    int32_t exists = 0;
    snprintf(other, sizeof other, "%s-other", self->name);
    begin_step("create");
    MUST_OK(create(self->name, LATZERO_POOL_PERSISTENT));
    MUST_OK(create(other, 0));
    begin_step("take the numbers");
    take_numbers(&self->files);
    begin_step("look");
    MUST_OK(latzero_pool_exists(other, &exists));
    MUST(exists == 1);
    MUST(is_listed(other, NULL));
    foreign_must_be_intact(&self->files);
    begin_step("connect");
    client = connect_to(self->name, 0);
    store_keys(client);
    MUST_OK(store_large(client, "large"));
    foreign_must_be_intact(&self->files);
    MUST_OK(latzero_disconnect(client));
    foreign_must_be_intact(&self->files);
    MUST_OK(latzero_disconnect(connect_to(other, 0)));
    foreign_must_be_intact(&self->files);
    begin_step("exit");
    exit(0);
}

static void creators_leave_foreign_files_alone(void **state) {
    (void)state;
    with_each_kind(create_and_lose);
}

/* ---- the same number twice --------------------------------------------------------------------------------------- */

/* Connects until a connection has that number. */
static latzero_client *connect_with_number(const char *name, int number) {
    unsigned char marks[MOST_DESCRIPTORS];
    latzero_client *client = NULL;
    int i;
    for (i = 0; i < 8; i++) {
        client = connect_to(name, 0);
        (void)mark_pool_descriptors(marks);
        if (marks[number]) return client;
    }
    MUST(!"a connection gets the number anew");
    return NULL;
}

/* The host closes all; a later connection gets the first one's number. It leads to the same object, and yet is not the
 * first one's to close. */
static void connect_twice(void *argument) {
    host *self = argument;
    latzero_client *first, *second;
    unsigned char marks[MOST_DESCRIPTORS];
    int number, low;
    begin_step("create and connect");
    MUST_OK(create(self->name, LATZERO_POOL_PERSISTENT));
    first = connect_to(self->name, 0);
    store_keys(first);
    number = lowest_pool_descriptor();
    MUST(number >= 3);
    close_from_3();
    while ((low = dup(0)) < number) MUST(low >= 3);
    close(low);
    begin_step("connect with the same number");
    second = connect_with_number(self->name, number);
    begin_step("disconnect the first");
    MAY_TELL(latzero_disconnect(first));
    (void)mark_pool_descriptors(marks);
    MUST(marks[number]); /* it is the second's */
    begin_step("grow through the second");
    MUST_OK(store_large(second, "large"));
    MUST(has_keys(second));
    begin_step("disconnect the second");
    MUST_OK(latzero_disconnect(second));
    (void)mark_pool_descriptors(marks);
    MUST(!marks[number]);
    exit(0);
}

static void a_number_used_twice_stays_the_second_s(void **state) {
    host self = {pool_name("twice"), {FOREIGN_NONE, "", {0}, {-1, -1}}};
    (void)state;
    in_host(connect_twice, &self, "two connections of one number");
    check_from_outside(self.name);
    CHECK_OK(latzero_pool_destroy(self.name));
}

/* ---- life without descriptors ------------------------------------------------------------------------------------ */

static void see_it_live(void *name) { CHECK_EQUAL(pool_exists(name), 1); }

static void see_it_gone(void *name) {
    CHECK_EQUAL(pool_exists(name), 0);
    CHECK(!file_exists(pool_path(name)));
}

static void live_and_leave(void *argument) {
    host *self = argument;
    latzero_client *client, *reader;
    begin_step("connect");
    MUST_OK(create(self->name, 0));
    client = connect_to(self->name, 0);
    store_keys(client);
    reader = connect_to(self->name, LATZERO_CONNECT_READ_ONLY);
    take_numbers(&self->files);
    begin_step("two clients without descriptors live");
    in_fork(see_it_live, (void *)(size_t)self->name);
    MUST(has_keys(reader));
    MAY_TELL(latzero_disconnect(client));
    begin_step("a reader without a descriptor lives");
    in_fork(see_it_live, (void *)(size_t)self->name);
    MUST(has_keys(reader));
    MAY_TELL(latzero_disconnect(reader));
    begin_step("without clients it is gone, while its creator lives");
    in_fork(see_it_gone, (void *)(size_t)self->name);
    foreign_must_be_intact(&self->files);
    exit(0);
}

static void a_client_without_descriptor_lives_and_leaves(void **state) {
    host self = {pool_name("leaves"), {FOREIGN_NULL, "", {0}, {-1, -1}}};
    (void)state;
    in_host(live_and_leave, &self, "no descriptor left");
    self.files.kind = FOREIGN_NONE;
    in_host(live_and_leave, &self, "no descriptor left, numbers free");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(foreign_files_are_left_alone),
        TEST(other_calls_go_on),
        TEST(children_close_no_foreign_file),
        TEST(readers_leave_foreign_files_alone),
        TEST(creators_leave_foreign_files_alone),
        TEST(a_number_used_twice_stays_the_second_s),
        TEST(a_client_without_descriptor_lives_and_leaves),
    };
    return RUN_TESTS(tests);
}

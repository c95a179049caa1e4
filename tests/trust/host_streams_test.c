/* Hosts that were started without standard streams, or closed them, and print all the same: no descriptor of the
 * library is a standard one, so nothing that is printed reaches a pool. */
#include <fcntl.h>
#include <sys/stat.h>

#include "hosts/host.h"

typedef struct streams {
    const char *name;
    unsigned closed;    /* bit n: descriptor n */
    int looks_for_ours; /* at every step; else the host prints and that is all */
} streams;

/* What a program does that thinks it has standard streams. */
static void print_a_lot(void) {
    static char line[4096];
    int number, i;
    memset(line, '#', sizeof line - 1);
    for (number = 0; number < 3; number++) {
        for (i = 0; i < 8; i++)
            if (write(number, line, sizeof line - 1) < 0) break;
    }
    for (i = 0; i < 20; i++) {
        printf("%s\n", line);
        fprintf(stderr, "%s\n", line);
    }
    fflush(stdout);
    clearerr(stdout);
    clearerr(stderr);
}

static void end_step(const streams *self) {
    if (self->looks_for_ours) {
        const int lowest = lowest_pool_descriptor();
        MUST(lowest < 0 || lowest >= 3);
    } else {
        print_a_lot();
    }
}

static void close_streams(const streams *self) {
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    int number;
    MUST(nowhere > 2);
    for (number = 0; number < 3; number++) MUST(dup2(nowhere, number) == number);
    close(nowhere);
    for (number = 0; number < 3; number++)
        if (self->closed >> number & 1) close(number);
}

static latzero_client *create_and_connect(const streams *self) {
    latzero_pool_options create = LATZERO_POOL_OPTIONS_INIT;
    latzero_client *client = NULL;
    create.flags = LATZERO_POOL_PERSISTENT;
    begin_step("create");
    MUST_OK(latzero_pool_create(self->name, &create));
    end_step(self);
    begin_step("exists");
    MUST(pool_exists(self->name) == 1);
    end_step(self);
    begin_step("connect");
    MUST_OK(latzero_connect(self->name, NULL, &client));
    end_step(self);
    begin_step("set");
    store_keys(client);
    end_step(self);
    return client;
}

static void grow(const streams *self, latzero_client *client) {
    static char large[3000000];
    latzero_borrowed *borrowed = NULL;
    const void *value;
    begin_step("grow");
    MUST_OK(latzero_set_bytes(client, "large", LATZERO_CSTR, large, sizeof large, NULL));
    end_step(self);
    begin_step("borrow");
    MUST_OK(latzero_borrow(client, "large", LATZERO_CSTR, &value, NULL, &borrowed));
    end_step(self);
    MUST_OK(latzero_return(borrowed));
    end_step(self);
}

static void print_and_exit(void *argument) {
    const streams *self = argument;
    end_step(self);
    print_a_lot();
    exit(0);
}

static void have_children(streams *self) {
    int i;
    begin_step("fork");
    for (i = 0; i < 3; i++) MUST(end_of_fork(print_and_exit, self) == 0);
    end_step(self);
}

static void look_around(const streams *self, latzero_client *client) {
    latzero_check_report report = LATZERO_CHECK_REPORT_INIT;
    latzero_global_info global = LATZERO_GLOBAL_INFO_INIT;
    latzero_client *view = NULL;
    latzero_iter *iter = NULL;
    const char *key;
    size_t length;
    begin_step("check");
    MUST_OK(latzero_pool_check(self->name, NULL, &report));
    end_step(self);
    MUST(report.sound == 1);
    begin_step("list");
    MUST(is_listed(self->name, NULL));
    MUST_OK(latzero_global_stats(&global));
    end_step(self);
    begin_step("namespace");
    MUST_OK(latzero_namespace(client, "space", LATZERO_CSTR, &view));
    MUST_OK(latzero_set_i64(view, "key", LATZERO_CSTR, 1, NULL));
    end_step(self);
    MUST_OK(latzero_disconnect(view));
    begin_step("iterate");
    MUST_OK(latzero_iter_open(client, NULL, 0, &iter));
    while (latzero_iter_next(iter, &key, &length, NULL, NULL) == LATZERO_OK) continue;
    end_step(self);
    latzero_iter_close(iter);
}

static void come_and_go(const streams *self, latzero_client *client) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *reader = NULL;
    size_t removed;
    begin_step("connect read-only");
    options.flags = LATZERO_CONNECT_READ_ONLY;
    MUST_OK(latzero_connect(self->name, &options, &reader));
    end_step(self);
    MUST(has_keys(reader));
    MUST_OK(latzero_disconnect(reader));
    end_step(self);
    begin_step("clean up");
    MUST_OK(latzero_pool_cleanup(&removed));
    MUST_OK(latzero_auto_cleanup(1));
    pause_ms(5);
    end_step(self);
    MUST_OK(latzero_auto_cleanup(0));
    begin_step("read all keys");
    MUST(has_keys(client));
    begin_step("disconnect");
    MUST_OK(latzero_disconnect(client));
    end_step(self);
}

static void live_without_streams(void *argument) {
    streams *self = argument;
    latzero_client *client;
    close_streams(self);
    client = create_and_connect(self);
    grow(self, client);
    have_children(self);
    look_around(self, client);
    come_and_go(self, client);
    print_a_lot();
    _exit(0);
}

static void without_each_stream(int looks_for_ours) {
    unsigned closed;
    for (closed = 1; closed < 8; closed++) {
        streams self = {pool_name("streams"), closed, looks_for_ours};
        char title[64];
        snprintf(title, sizeof title, "closed:%s%s%s", closed & 1 ? " 0" : "", closed & 2 ? " 1" : "",
                 closed & 4 ? " 2" : "");
        printf("%s\n", title);
        in_host(live_without_streams, &self, title);
        check_from_outside(self.name);
        CHECK_OK(latzero_pool_destroy(self.name));
    }
}

static void what_is_printed_reaches_no_pool(void **state) {
    (void)state;
    without_each_stream(0);
}

static void no_descriptor_is_a_standard_one(void **state) {
    (void)state;
    without_each_stream(1);
}

/* A pool that was created, and that nobody has connected to when the host prints. */
static void create_and_print(void *argument) {
    const streams *self = argument;
    latzero_pool_options create = LATZERO_POOL_OPTIONS_INIT;
    latzero_client *client = NULL;
    close_streams(self);
    begin_step("create");
    MUST_OK(latzero_pool_create(self->name, &create));
    end_step(self);
    begin_step("connect after printing");
    MUST_OK(latzero_connect(self->name, NULL, &client));
    store_keys(client);
    MUST(has_keys(client));
    MUST_OK(latzero_disconnect(client));
    _exit(0);
}

static void a_created_pool_is_not_printed_over(void **state) {
    unsigned closed;
    (void)state;
    for (closed = 1; closed < 8; closed++) {
        streams self = {pool_name("created"), closed, 0};
        in_host(create_and_print, &self, "a created pool, printing");
        CHECK_EQUAL(pool_exists(self.name), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_printed_reaches_no_pool),
        TEST(no_descriptor_is_a_standard_one),
        TEST(a_created_pool_is_not_printed_over),
    };
    return RUN_TESTS(tests);
}

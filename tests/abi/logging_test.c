/* Where the log goes: levels, formats, descriptors, sinks, the environment; whatever becomes of a descriptor. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#include "abi/log_lines.h"
#include "abi/test.h"

static void create_and_destroy(const char *name) {
    create_pool(name, 0);
    CHECK_OK(latzero_pool_destroy(name));
}

/* What can be read from there now. */
static char *read_pipe(int end, char *text, size_t size) {
    struct pollfd asked = {end, POLLIN, 0};
    size_t length = 0;
    while (length < size - 1 && poll(&asked, 1, 0) == 1 && (asked.revents & POLLIN) != 0) {
        const ssize_t got = read(end, text + length, size - 1 - length);
        CHECK(got > 0);
        length += (size_t)got;
    }
    text[length] = 0;
    return text;
}

static size_t count_of(const char *text, const char *part) {
    size_t count = 0;
    for (text = strstr(text, part); text != NULL; text = strstr(text + 1, part)) count++;
    return count;
}

static void a_level_includes_those_before_it(void **state) {
    static const char *const names[] = {"OFF", "ERROR", "WARNING", "INFO", "DEBUG"};
    const char *name = pool_name("levels");
    log_lines lines;
    uint32_t level, i;
    (void)state;
    for (level = LATZERO_LOG_OFF; level <= LATZERO_LOG_DEBUG; level++) {
        const unsigned char zeros[4096] = {0};
        latzero_client *none = NULL;
        int32_t there;
        collect_log(&lines, level);
        CHECK_STATUS(latzero_connect(name, NULL, &none), LATZERO_POOL_NOT_FOUND); /* DEBUG */
        create_pool(name, 0);                                                     /* INFO */
        write_file_at(pool_path(name), 0, zeros, sizeof zeros);
        CHECK_STATUS(latzero_connect(name, NULL, &none), LATZERO_CORRUPT); /* ERROR */
        CHECK(remove(pool_path(name)) == 0);
        CHECK_OK(latzero_pool_exists(name, &there));
        for (i = 0; i < lines.count; i++) {
            CHECK(lines.levels[i] <= level);
            CHECK(strcmp(member_of(lines.texts[i], "level"), names[lines.levels[i]]) == 0);
        }
        CHECK_EQUAL(lines_with(&lines, "POOL_NOT_FOUND"), level >= LATZERO_LOG_DEBUG);
        CHECK_EQUAL(lines_with(&lines, "created the pool"), level >= LATZERO_LOG_INFO);
        CHECK_EQUAL(lines_with(&lines, "\"CORRUPT\""), level >= LATZERO_LOG_ERROR);
        stop_log(&lines);
    }
}

/* YYYY-MM-DDThh:mm:ss.ffffffZ, within an hour of now. */
static void check_time(const char *text) {
    static const char form[] = "0000-00-00T00:00:00.000000Z";
    time_t now = time(NULL);
    char begin[2][16];
    size_t i;
    for (i = 0; form[i] != 0; i++) CHECK(form[i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == form[i]);
    strftime(begin[0], sizeof begin[0], "%Y-%m-%dT%H", gmtime(&now));
    now -= 60;
    strftime(begin[1], sizeof begin[1], "%Y-%m-%dT%H", gmtime(&now));
    CHECK(strncmp(text, begin[0], 13) == 0 || strncmp(text, begin[1], 13) == 0);
}

static void a_line_is_json_or_simple(void **state) {
    const char *name = pool_name("fo\"r\\m");
    char text[4096], expected[256];
    latzero_client *client;
    log_lines lines;
    const char *line;
    int ends[2];
    (void)state;
    CHECK(pipe(ends) == 0);
    collect_log(&lines, LATZERO_LOG_INFO);
    create_pool(name, 0);
    leave(join(name, 0));
    line = LINE_WITH(&lines, "\"connect\"");
    check_time(member_of(line, "timestamp"));
    CHECK(strcmp(member_of(line, "level"), "INFO") == 0 && strcmp(member_of(line, "logger"), "latzero.client") == 0);
    CHECK(strcmp(member_of(line, "message"), "connected") == 0 && strcmp(member_of(line, "status"), "OK") == 0);
    CHECK(strstr(member_of(line, "pool"), "fo\\\"r\\\\m") != NULL);
    CHECK(strchr(member_of(line, "duration_ms"), '.') != NULL);
    CHECK(member_of(line, "key") == NULL && member_of(line, "process") == NULL);
    stop_log(&lines);
    CHECK_OK(log_to(ends[1], LATZERO_LOG_INFO, LATZERO_LOG_SIMPLE));
    client = create_and_join(pool_name("simple"), 0);
    read_pipe(ends[0], text, sizeof text);
    check_time(text);
    snprintf(expected, sizeof expected, "Z INFO latzero.pool: created the pool pool=\"%s\" operation=create\n",
             pool_name("simple"));
    CHECK(strcmp(text + 26, expected) == 0 || strncmp(text + 26, expected, strlen(expected)) == 0);
    snprintf(expected, sizeof expected,
             "Z INFO latzero.client: connected pool=\"%s\" operation=connect duration_ms=", pool_name("simple"));
    CHECK(strstr(text, expected) != NULL && strstr(text, " status=OK\n") != NULL);
    CHECK_OK(latzero_configure_logging(NULL));
    leave(client);
    CHECK(close(ends[0]) == 0 && close(ends[1]) == 0);
}

/* Nobody reads, or nobody can; each is one of the ways in which a descriptor goes wrong under a host. */
static void a_full_pipe_stops_nobody(void **state) {
    const char *name = pool_name("full");
    char text[4096], block[4096];
    int ends[2], flags;
    size_t lost;
    (void)state;
    CHECK(pipe(ends) == 0);
    flags = fcntl(ends[1], F_GETFL);
    memset(block, 'x', sizeof block);
    CHECK(fcntl(ends[1], F_SETFL, flags | O_NONBLOCK) == 0);
    while (write(ends[1], block, sizeof block) > 0) continue;
    CHECK(fcntl(ends[1], F_SETFL, flags) == 0);
    CHECK_OK(log_to(ends[1], LATZERO_LOG_INFO, LATZERO_LOG_JSON));
    alarm(20);
    create_and_destroy(name);
    create_and_destroy(name);
    alarm(0);
    while (strchr(read_pipe(ends[0], text, sizeof text), 'x') != NULL) continue;
    /* Once there is room, it is told how many are missing. */
    create_and_destroy(name);
    read_pipe(ends[0], text, sizeof text);
    CHECK_EQUAL(count_of(text, "created the pool"), 1);
    CHECK_EQUAL(count_of(text, "destroyed the pool"), 1);
    CHECK(strstr(text, " lines before this one could not be written") != NULL);
    lost = (size_t)atoi(strstr(text, " lines before") - 1);
    CHECK_EQUAL(lost, 4);
    CHECK_OK(latzero_configure_logging(NULL));
    CHECK(close(ends[0]) == 0 && close(ends[1]) == 0);
}

static void nobody_reads_the_pipe(void *argument) {
    const char *name = argument;
    int ends[2];
    sigset_t waiting;
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    CHECK(pipe(ends) == 0 && close(ends[0]) == 0);
    CHECK_OK(log_to(ends[1], LATZERO_LOG_INFO, LATZERO_LOG_JSON));
    errno = 77;
    create_and_destroy(name);
    CHECK_EQUAL(errno, 77);
    CHECK(sigpending(&waiting) == 0 && sigismember(&waiting, SIGPIPE) == 0);
}

static void a_broken_pipe_is_no_signal(void **state) {
    (void)state;
    in_fork(nobody_reads_the_pipe, (void *)pool_name("broken"));
}

/* The host closes the descriptor, and the number becomes that of a pool's object. */
static void a_closed_descriptor_is_left_alone(void **state) {
    const char *name = pool_name("closed");
    unsigned char *before, *after;
    size_t size, size_after;
    struct stat found, object;
    int ends[2];
    (void)state;
    CHECK(pipe(ends) == 0);
    CHECK_OK(log_to(ends[1], LATZERO_LOG_INFO, LATZERO_LOG_JSON));
    CHECK(close(ends[1]) == 0);
    create_pool(name, 0);
    CHECK(fstat(ends[1], &found) == 0 && stat(pool_path(name), &object) == 0);
    CHECK(found.st_dev == object.st_dev && found.st_ino == object.st_ino);
    before = read_file(pool_path(name), &size);
    create_and_destroy(pool_name("another"));
    after = read_file(pool_path(name), &size_after);
    CHECK(size == size_after && memcmp(before, after, size) == 0);
    free(before);
    free(after);
    CHECK_STATUS(log_to(ends[1], LATZERO_LOG_INFO, LATZERO_LOG_JSON), LATZERO_INVALID_ARGUMENT);
    CHECK_OK(latzero_configure_logging(NULL));
    CHECK_OK(latzero_pool_destroy(name));
    CHECK(close(ends[0]) == 0);
}

static void nonsense_is_refused(void **state) {
    latzero_logging_options options = LATZERO_LOGGING_OPTIONS_INIT;
    int reading = open("/dev/null", O_RDONLY);
    log_lines lines;
    (void)state;
    collect_log(&lines, LATZERO_LOG_INFO);
    CHECK_STATUS(log_to(-1, LATZERO_LOG_DEBUG + 1, LATZERO_LOG_JSON), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("log level 5");
    CHECK_STATUS(log_to(-1, LATZERO_LOG_INFO, LATZERO_LOG_JSON + 1), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("log format 2");
    CHECK_STATUS(log_to(-2, LATZERO_LOG_INFO, LATZERO_LOG_JSON), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(log_to(77777, LATZERO_LOG_INFO, LATZERO_LOG_JSON), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("77777 is not open for writing");
    CHECK_STATUS(log_to(reading, LATZERO_LOG_INFO, LATZERO_LOG_JSON), LATZERO_INVALID_ARGUMENT);
    options.struct_size = 3;
    CHECK_STATUS(latzero_configure_logging(&options), LATZERO_INVALID_ARGUMENT);
    /* What was refused has changed nothing. */
    create_and_destroy(pool_name("nonsense"));
    CHECK_EQUAL(lines_with(&lines, "destroyed the pool"), 1);
    /* An older program's struct ends early. */
    options.struct_size = 8;
    options.level = LATZERO_LOG_OFF;
    CHECK_OK(latzero_configure_logging(&options));
    create_and_destroy(pool_name("nonsense"));
    CHECK_EQUAL(lines_with(&lines, "destroyed the pool"), 1);
    stop_log(&lines);
    CHECK(close(reading) == 0);
}

static void call_the_library(uint32_t level, const char *line, size_t line_len, void *user_data) {
    int32_t there;
    (void)level;
    CHECK_EQUAL(strlen(line), line_len);
    CHECK_EQUAL(gettid(), ((pid_t *)user_data)[0]);
    ((pid_t *)user_data)[1]++;
    (void)latzero_pool_exists(pool_name("another"), &there);
    create_and_destroy(pool_name("another"));
}

/* It must not do so; but it is not called by itself. */
static void a_sink_is_called_by_the_thread_and_not_by_itself(void **state) {
    pid_t thread_and_calls[2] = {gettid(), 0};
    latzero_logging_options options = LATZERO_LOGGING_OPTIONS_INIT;
    (void)state;
    options.level = LATZERO_LOG_DEBUG;
    options.sink = call_the_library;
    options.user_data = thread_and_calls;
    CHECK_OK(latzero_configure_logging(&options));
    create_and_destroy(pool_name("sink"));
    CHECK_OK(latzero_configure_logging(NULL));
    CHECK_EQUAL(thread_and_calls[1], 2);
}

/* ---- the environment --------------------------------------------------------------------------------------------- */

static void do_as_told(char **arguments) {
    if (strcmp(arguments[1], "off") == 0) CHECK_OK(log_to(-1, LATZERO_LOG_OFF, LATZERO_LOG_SIMPLE));
    if (strcmp(arguments[1], "simple") == 0) CHECK_OK(log_to(-1, LATZERO_LOG_INFO, LATZERO_LOG_SIMPLE));
    if (strcmp(arguments[1], "anew") == 0) CHECK_OK(latzero_configure_logging(NULL));
    setenv("LATZERO_LOG", "debug", 1); /* too late */
    create_and_destroy(arguments[0]);
}

/* What a child logs to its standard error. */
static const char *log_of_child(const char *level, const char *format, const char *call) {
    static child_process child;
    if (level != NULL) setenv("LATZERO_LOG", level, 1);
    if (format != NULL) setenv("LATZERO_LOG_FORMAT", format, 1);
    child = start_child(do_as_told, pool_name("environment"), call, NULL);
    unsetenv("LATZERO_LOG");
    unsetenv("LATZERO_LOG_FORMAT");
    expect_end(&child, 0);
    return child.words;
}

static void the_environment_asks_until_a_call_does(void **state) {
    const char *words;
    (void)state;
    CHECK(strcmp(log_of_child(NULL, "json", ""), "") == 0);
    CHECK(strcmp(log_of_child("off", NULL, ""), "") == 0);
    CHECK(strcmp(log_of_child("loud", NULL, ""), "") == 0);
    CHECK(strcmp(log_of_child("warning", NULL, ""), "") == 0);
    words = log_of_child("info", NULL, "");
    CHECK(count_of(words, "\n") == 2 && strstr(words, " INFO latzero.pool: created the pool pool=") != NULL);
    words = log_of_child("Info", "JSON", "");
    check_json_line(words, (size_t)(strchr(words, '\n') - words));
    CHECK(strcmp(log_of_child("debug", "json", "off"), "") == 0);
    words = log_of_child("error", "json", "simple");
    CHECK(count_of(words, "\n") == 2 && strchr(words, '{') == NULL);
    words = log_of_child("info", "json", "anew");
    check_json_line(words, (size_t)(strchr(words, '\n') - words));
}

/* ---- several at once --------------------------------------------------------------------------------------------- */

enum { threads = 4, children = 3, rounds = 50 };

static void *log_much(void *worker) {
    char name[LATZERO_NAME_MAX + 1];
    int i;
    snprintf(name, sizeof name, "t%d-many-%d-%d", (int)process_of_test(), *(const int *)worker, (int)getpid());
    for (i = 0; i < rounds; i++) create_and_destroy(name);
    return NULL;
}

static void log_in_a_child(void *worker) { log_much(worker); }

static void lines_of_threads_and_children_are_whole(void **state) {
    static int numbers[threads] = {0, 1, 2, 3};
    child_process born[children];
    char path[] = "/tmp/latzero-log-XXXXXX";
    const int file = mkostemp(path, O_APPEND);
    size_t size = 0, lines = 0, i;
    char *text, *at, *end;
    (void)state;
    CHECK(file >= 0);
    CHECK_OK(log_to(file, LATZERO_LOG_INFO, LATZERO_LOG_JSON));
    for (i = 0; i < children; i++) born[i] = start_fork(log_in_a_child, &numbers[i]);
    in_threads(log_much, numbers, threads, sizeof *numbers);
    for (i = 0; i < children; i++) expect_end(&born[i], 0);
    CHECK_OK(latzero_configure_logging(NULL));
    text = (char *)read_file(path, &size);
    for (at = text; at < text + size; at = end + 1, lines++) {
        end = memchr(at, '\n', (size_t)(text + size - at));
        CHECK(end != NULL);
        check_json_line(at, (size_t)(end - at));
    }
    CHECK_EQUAL(lines, 2 * rounds * (threads + children));
    free(text);
    CHECK(close(file) == 0 && remove(path) == 0);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(do_as_told)};
    const struct CMUnitTest tests[] = {
        TEST(a_level_includes_those_before_it),
        TEST(a_line_is_json_or_simple),
        TEST(a_full_pipe_stops_nobody),
        TEST(a_broken_pipe_is_no_signal),
        TEST(a_closed_descriptor_is_left_alone),
        TEST(nonsense_is_refused),
        TEST(a_sink_is_called_by_the_thread_and_not_by_itself),
        TEST(the_environment_asks_until_a_call_does),
        TEST(lines_of_threads_and_children_are_whole),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}

#include "abi/log_lines.h"

static void take_line(uint32_t level, const char *line, size_t line_len, void *user_data) {
    log_lines *lines = user_data;
    CHECK(lines->count < sizeof lines->texts / sizeof *lines->texts);
    CHECK_EQUAL(strlen(line), line_len);
    check_json_line(line, line_len);
    lines->levels[lines->count] = level;
    lines->texts[lines->count++] = strdup(line);
}

void collect_log(log_lines *lines, uint32_t level) {
    latzero_logging_options options = LATZERO_LOGGING_OPTIONS_INIT;
    lines->count = 0;
    options.level = level;
    options.format = LATZERO_LOG_JSON;
    options.sink = take_line;
    options.user_data = lines;
    CHECK_OK(latzero_configure_logging(&options));
}

void stop_log(log_lines *lines) {
    CHECK_OK(latzero_configure_logging(NULL));
    forget_lines(lines);
}

void forget_lines(log_lines *lines) {
    while (lines->count > 0) free(lines->texts[--lines->count]);
}

size_t lines_with(const log_lines *lines, const char *part) {
    size_t found = 0, i;
    for (i = 0; i < lines->count; i++) found += strstr(lines->texts[i], part) != NULL;
    return found;
}

const char *line_with(const log_lines *lines, const char *part, const char *file, int line) {
    const char *found = NULL;
    size_t i;
    for (i = 0; i < lines->count; i++)
        if (strstr(lines->texts[i], part) != NULL) found = lines->texts[i];
    if (lines_with(lines, part) != 1) {
        for (i = 0; i < lines->count; i++) fprintf(stderr, "%s\n", lines->texts[i]);
        check_equal((long long)lines_with(lines, part), 1, part, file, line);
    }
    return found;
}

latzero_status log_to(int descriptor, uint32_t level, uint32_t format) {
    latzero_logging_options options = LATZERO_LOGGING_OPTIONS_INIT;
    options.level = level;
    options.format = format;
    options.descriptor = descriptor;
    return latzero_configure_logging(&options);
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

/* Behind a text with its quotes, or a number. */
static const char *skip_value(const char *at) {
    if (*at != '"') return at + strspn(at, "0123456789.");
    for (at++; *at != '"'; at++) {
        CHECK((unsigned char)*at >= 0x20 && *at != 0x7f);
        if (*at == '\\') at++, CHECK(*at == '"' || *at == '\\');
    }
    return at + 1;
}

static int is_number(const char *name) { return strcmp(name, "duration_ms") == 0 || strcmp(name, "process") == 0; }

void check_json_line(const char *line, size_t size) {
    static const char *const names[] = {"timestamp", "level", "logger",      "message", "pool",
                                        "operation", "key",   "duration_ms", "status",  "process"};
    enum { all = sizeof names / sizeof *names, always = 4 };
    const char *at = line;
    size_t member;
    CHECK_EQUAL(*at++, '{');
    for (member = 0; member < all; member++) {
        const size_t length = strlen(names[member]);
        if (*at != '"' || strncmp(at + 1, names[member], length) != 0 || at[1 + length] != '"') {
            CHECK(member >= always);
            continue;
        }
        at += length + 2;
        CHECK(strncmp(at, ": ", 2) == 0);
        at += 2;
        CHECK((*at == '"') == !is_number(names[member]));
        at = skip_value(at);
        if (*at == '}') break;
        CHECK(strncmp(at, ", ", 2) == 0);
        at += 2;
    }
    CHECK(*at == '}' && at + 1 == line + size);
}

const char *member_of(const char *line, const char *name) {
    static char places[11][1200];
    static unsigned next;
    char *place = places[next++ % 11], start[32];
    const char *at, *end;
    snprintf(start, sizeof start, "\"%s\": ", name);
    at = strstr(line, start);
    if (at == NULL) return NULL;
    at += strlen(start);
    end = skip_value(at);
    if (*at == '"') at++, end--;
    snprintf(place, sizeof places[0], "%.*s", (int)(end - at), at);
    return place;
}

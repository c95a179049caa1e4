/* Lines of the log, collected and looked into. */
#ifndef LATZERO_TESTS_ABI_LOG_LINES_H
#define LATZERO_TESTS_ABI_LOG_LINES_H

#include <stddef.h>
#include <stdint.h>

#include <latzero/latzero.h>

#include "abi/checks.h"

/* Lines as a sink got them, in the order of their calls. For one thread. */
typedef struct log_lines {
    size_t count;
    uint32_t levels[256];
    char *texts[256];
} log_lines;

/* Collects from now on what is logged as JSON; until stop_log(). */
void collect_log(log_lines *lines, uint32_t level);
/* Logs nothing any more, and forgets the lines. */
void stop_log(log_lines *lines);
void forget_lines(log_lines *lines);

/* How many lines have that text in them. */
size_t lines_with(const log_lines *lines, const char *part);
/* The only line with that text in it. */
const char *line_with(const log_lines *lines, const char *part, const char *file, int line);
#define LINE_WITH(lines, part) line_with(lines, part, __FILE__, __LINE__)

/* What the log is asked for, with a descriptor. */
latzero_status log_to(int descriptor, uint32_t level, uint32_t format);

/* One line of JSON: it must be one object of texts and numbers, with the members that lines may have, in their order,
 * and no other bytes than printable ones. */
void check_json_line(const char *line, size_t size);
/* A member of such a line: its text without quotes, or its number, in a place that ten more calls use; NULL: it has
 * none. */
const char *member_of(const char *line, const char *name);

#endif

/* Files of this test alone, in a directory of their own. */
#ifndef LATZERO_TESTS_ABI_SCRATCH_H
#define LATZERO_TESTS_ABI_SCRATCH_H

#include <stddef.h>

/* The path of a file there. The directory is made by the first call, and removed, with all files, when the process
 * ends. Valid for eight more calls. */
const char *scratch_path(const char *name);
/* How many files there are. */
size_t scratch_files(void);
void clear_scratch(void);

/* Writes a whole file, or fails the test. */
void write_whole(const char *path, const void *bytes, size_t size);

#endif

/* Whether a sentence of the library is text, and shows the names that it is about. */
#ifndef LATZERO_TESTS_SUPPORT_TEXT_CHECK_H
#define LATZERO_TESTS_SUPPORT_TEXT_CHECK_H

#include <stddef.h>

/* Valid UTF-8 without control characters, not empty, under 1,024 bytes. Else it says what is wrong. */
int is_text(const char *sentence);
/* Whether it shows these bytes as printable text, whole or the beginning with "..." behind it. */
int shows(const char *sentence, const char *bytes, size_t size);

#endif

#include "abi/text_check.h"

#include <stdio.h>
#include <string.h>

/* Reads one character by its value, not by a table of lead bytes. Its length; 0 if there is none. */
static size_t read_character(const unsigned char *at, size_t left, unsigned long *value) {
    static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
    const size_t length = at[0] < 0x80             ? 1
                          : (at[0] & 0xe0) == 0xc0 ? 2
                          : (at[0] & 0xf0) == 0xe0 ? 3
                          : (at[0] & 0xf8) == 0xf0 ? 4
                                                   : 0;
    size_t i;
    if (length == 0 || length > left) return 0;
    *value = length == 1 ? at[0] : at[0] & (0x7fu >> length);
    for (i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) return 0;
        *value = *value << 6 | (at[i] & 0x3f);
    }
    if (*value < least[length] || *value > 0x10ffff || (*value >= 0xd800 && *value <= 0xdfff)) return 0;
    return length;
}

static int is_control(unsigned long value) {
    return value < 0x20 || (value >= 0x7f && value < 0xa0) || (value >= 0x2028 && value <= 0x202e) ||
           (value >= 0x2066 && value <= 0x2069);
}

int is_text(const char *sentence) {
    const size_t size = strlen(sentence);
    size_t at = 0;
    if (size == 0 || size >= 1024) {
        fprintf(stderr, "a sentence of %zu bytes\n", size);
        return 0;
    }
    while (at < size) {
        unsigned long value = 0;
        const size_t length = read_character((const unsigned char *)sentence + at, size - at, &value);
        if (length == 0 || is_control(value)) {
            fprintf(stderr, "byte %zu of a sentence is no printable text: \"%s\"\n", at, sentence);
            return 0;
        }
        at += length;
    }
    return 1;
}

int shows(const char *sentence, const char *bytes, size_t size) {
    /* What must be there of something long, before dots may stand for the rest. */
    enum { ENOUGH = 160 };
    char shown[8 * ENOUGH];
    size_t used = 0, at = 0;
    while (at < size && used < ENOUGH && at < 56) {
        unsigned long value = 0;
        const unsigned char *from = (const unsigned char *)bytes + at;
        const size_t length = read_character(from, size - at, &value), taken = length == 0 ? 1 : length;
        size_t i;
        for (i = 0; i < taken; i++)
            used += (size_t)snprintf(shown + used, sizeof shown - used,
                                     length != 0 && !is_control(value) ? "%c" : "\\x%02x", from[i]);
        at += taken;
    }
    if (strstr(sentence, shown) != NULL) return 1;
    fprintf(stderr, "a sentence does not show %s: \"%s\"\n", shown, sentence);
    return 0;
}

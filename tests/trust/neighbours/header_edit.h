/* One edit of a header while the library looks at it. */
#ifndef LATZERO_TESTS_TRUST_HEADER_EDIT_H
#define LATZERO_TESTS_TRUST_HEADER_EDIT_H

#include <stdint.h>

/* A word of 4 or 8 bytes, changed by bits or replaced, before a call; taken back before a later one, or never. */
typedef struct header_edit {
    uint32_t at, bytes;
    uint64_t bits;    /* that change; 0: the word is replaced */
    uint64_t instead; /* by this one */
    uint64_t call, undo_call;
} header_edit;

/* The n-th edit of so many calls: walks the bits from 16 to 1,088, and rolls dice for the rest. */
header_edit next_edit(uint64_t number, uint64_t calls, uint64_t *dice);
/* One bit of the flags. */
header_edit flags_edit(uint32_t bit, uint64_t call);

/* Makes the edit through a descriptor. 0 if it was left out: it would make a text key cost more than a moment. */
int make_edit(const header_edit *edit, int file, uint64_t *before);
void undo_edit(const header_edit *edit, int file, uint64_t before);

void print_edit(const header_edit *edit);

#endif

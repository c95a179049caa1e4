#include "header_edit.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "abi/test.h"

enum { WALK_FROM = 16, WALK_TO = 1088 };

static header_edit bit_edit(uint64_t bit) {
    header_edit edit = {(uint32_t)(bit / 64 * 8), 8, (uint64_t)1 << bit % 64, 0, 0, 0};
    return edit;
}

static header_edit word_edit(uint64_t *dice) {
    static const uint64_t words[] = {0, 1, 2, UINT64_MAX, 4096, 0x7fffffff, (uint64_t)1 << 63};
    const uint32_t bytes = next_random(dice) % 2 ? 4 : 8;
    const uint64_t kind = next_random(dice) % 10;
    header_edit edit = {0, bytes, 0, 0, 0, 0};
    /* Most within what is constant or tells life. */
    edit.at = (uint32_t)(next_random(dice) % (kind % 2 ? WALK_TO : HEADER_BYTES) / bytes * bytes);
    edit.instead = kind < 7 ? words[kind] : next_random(dice);
    return edit;
}

/* Several flags together, which one bit could not change in a way that agrees with the rest. */
static header_edit flags_together(uint64_t *dice) {
    static const uint64_t sets[] = {2 | 4, 1 | 4, 1 | 2, 1 | 2 | 4, 2, 4};
    header_edit edit = {FLAGS_AT, 4, 0, 0, 0, 0};
    edit.bits = sets[next_random(dice) % 6];
    return edit;
}

header_edit next_edit(uint64_t number, uint64_t calls, uint64_t *dice) {
    const uint64_t kind = next_random(dice) % 16;
    header_edit edit;
    if (kind < 9)
        edit = bit_edit(WALK_FROM * 8 + number % ((WALK_TO - WALK_FROM) * 8));
    else if (kind < 11)
        edit = bit_edit(next_random(dice) % (HEADER_BYTES * 8));
    else if (kind < 13)
        edit = flags_together(dice);
    else
        edit = word_edit(dice);
    edit.call = 1 + next_random(dice) % calls;
    if (next_random(dice) % 3 == 0) edit.undo_call = edit.call + 1 + next_random(dice) % 6;
    return edit;
}

header_edit flags_edit(uint32_t bit, uint64_t call) {
    header_edit edit = {FLAGS_AT, 4, (uint64_t)1 << bit, 0, call, 0};
    return edit;
}

/* What a try of the text key costs is read from the wrapped keys. */
static int is_costly(const unsigned char *header) {
    int i;
    for (i = 0; i < 2; i++) {
        const unsigned char *wrapped = header + WRAPPED_AT + i * WRAPPED_BYTES;
        uint32_t passes;
        uint64_t memory;
        memcpy(&passes, wrapped + 4, sizeof passes);
        memcpy(&memory, wrapped + 8, sizeof memory);
        if (passes > 2 || (memory > (1 << 18) && memory < (uint64_t)1 << 40)) return 1;
    }
    return 0;
}

int make_edit(const header_edit *edit, int file, uint64_t *before) {
    unsigned char header[WRAPPED_AT + 2 * WRAPPED_BYTES + 8];
    uint64_t word = 0;
    if (pread(file, &word, edit->bytes, edit->at) != (ssize_t)edit->bytes) return 0;
    *before = word;
    word = edit->bits != 0 ? word ^ edit->bits : edit->instead;
    if (edit->at >= WRAPPED_AT - 8 && edit->at < WRAPPED_AT + 2 * WRAPPED_BYTES) {
        if (pread(file, header, sizeof header, 0) != (ssize_t)sizeof header) return 0;
        memcpy(header + edit->at, &word, edit->bytes);
        if (is_costly(header)) return 0;
    }
    return pwrite(file, &word, edit->bytes, edit->at) == (ssize_t)edit->bytes;
}

void undo_edit(const header_edit *edit, int file, uint64_t before) {
    (void)!pwrite(file, &before, edit->bytes, edit->at);
}

void print_edit(const header_edit *edit) {
    printf("  at %u, %u bytes, %s %#" PRIx64 ", before call %" PRIu64, edit->at, edit->bytes,
           edit->bits != 0 ? "bits" : "replaced by", edit->bits != 0 ? edit->bits : edit->instead, edit->call);
    if (edit->undo_call != 0) printf(", undone before call %" PRIu64, edit->undo_call);
    printf("\n");
}

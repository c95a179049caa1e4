#include "cap_edits.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { PAGE = 4096, CLASSES = 21, FREE_HEADS_AT = 192, LEAST_LONG_KEY = 60000 };
static const uint64_t FREE_MARK = UINT64_C(1) << 63;

/* ---- words ------------------------------------------------------------------------------------------------------- */

static uint64_t *word_at(const pool_bytes *bytes, uint64_t at) { return (uint64_t *)(void *)(bytes->at + at); }
static uint32_t *half_at(const pool_bytes *bytes, uint64_t at) { return (uint32_t *)(void *)(bytes->at + at); }
static uint64_t stripe_at(uint64_t stripe) { return STRIPES_AT + STRIPE_BYTES * stripe; }
static uint64_t *page_entry(const pool_bytes *bytes, uint64_t page) {
    return word_at(bytes, bytes->page_table_at + 8 * page);
}
static uint64_t usable_pages(const pool_bytes *bytes) {
    const uint64_t pages = bytes->size / PAGE;
    return pages < bytes->pages ? pages : bytes->pages;
}
static uint32_t key_size(const pool_bytes *bytes, uint64_t record) { return *half_at(bytes, record + 12) & 0xffff; }
/* Where the key lies, behind the words that the flags name. */
static uint64_t key_at(const pool_bytes *bytes, uint64_t record) {
    const uint32_t flags = *half_at(bytes, record + 12) >> 24;
    return record + 16 + 8 * ((flags & 1) + (flags >> 1 & 1) + (flags >> 2 & 1) + (flags >> 4 & 1) * 2);
}

/* Calls visit for each live slot of a stripe's table: its word and the offset of its record. */
typedef void (*slot_visit)(const pool_bytes *bytes, uint64_t stripe, uint64_t *slot, uint64_t record, void *context);

static void for_each_slot(const pool_bytes *bytes, uint64_t stripe, slot_visit visit, void *context) {
    const uint64_t word = *word_at(bytes, stripe_at(stripe)), table = 16 * (word & UINT32_MAX);
    const uint64_t slots = table != 0 ? UINT64_C(1) << (word >> 32 & 31) : 0;
    uint64_t i;
    for (i = 0; i < slots && table + 8 * i < bytes->size; i++) {
        uint64_t *slot = word_at(bytes, table + 8 * i);
        const uint64_t record = 16 * (*slot & UINT32_MAX);
        if (record > 16 && record + PAGE <= bytes->size) visit(bytes, stripe, slot, record, context);
    }
}

static void for_all_slots(const pool_bytes *bytes, slot_visit visit, void *context) {
    uint64_t stripe;
    for (stripe = 0; stripe < STRIPES; stripe++) for_each_slot(bytes, stripe, visit, context);
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

/* Each stripe's table becomes one of as many slots as there is room for, on the same bytes or a page apart. */
static void lay_tables(const pool_bytes *bytes, uint64_t apart) {
    uint64_t lowest = UINT64_MAX, bits = 6, stripe;
    for (stripe = 0; stripe < STRIPES; stripe++) {
        const uint64_t at = 16 * (*word_at(bytes, stripe_at(stripe)) & UINT32_MAX);
        if (at != 0 && at < lowest) lowest = at / PAGE * PAGE;
    }
    while (lowest + STRIPES * apart + (UINT64_C(16) << bits) <= bytes->size) bits++;
    for (stripe = 0; stripe < STRIPES; stripe++)
        *word_at(bytes, stripe_at(stripe)) = (lowest + apart * stripe) / 16 | bits << 32 | UINT64_C(1) << 40;
}

static void lay_on_same_bytes(const pool_bytes *bytes) { lay_tables(bytes, 0); }
static void lay_a_page_apart(const pool_bytes *bytes) { lay_tables(bytes, PAGE); }

/* No empty slot ends a probe. */
static void fill_slot_gaps(const pool_bytes *bytes) {
    uint64_t stripe, i;
    for (stripe = 0; stripe < STRIPES; stripe++) {
        const uint64_t word = *word_at(bytes, stripe_at(stripe)), table = 16 * (word & UINT32_MAX);
        for (i = 0; table != 0 && i < UINT64_C(1) << (word >> 32 & 31); i++)
            if (*word_at(bytes, table + 8 * i) == 0) *word_at(bytes, table + 8 * i) = 1;
    }
}

typedef struct sample {
    uint64_t records[64];
    size_t count;
    uint64_t value; /* of the largest record so far */
} sample;

static void take_largest(const pool_bytes *bytes, uint64_t stripe, uint64_t *slot, uint64_t record, void *context) {
    sample *found = context;
    (void)stripe, (void)slot;
    if (*half_at(bytes, record + 8) <= found->value) return;
    found->value = *half_at(bytes, record + 8);
    found->records[0] = record;
    found->count = 1;
}

static void take_long_keys(const pool_bytes *bytes, uint64_t stripe, uint64_t *slot, uint64_t record, void *context) {
    sample *found = context;
    (void)stripe, (void)slot;
    if (found->count < 64 && key_size(bytes, record) >= LEAST_LONG_KEY) found->records[found->count++] = record;
}

static void lead_to_sample(const pool_bytes *bytes, uint64_t stripe, uint64_t *slot, uint64_t record, void *context) {
    const sample *found = context;
    (void)bytes, (void)stripe, (void)record;
    *slot = (*slot & ~(uint64_t)UINT32_MAX) | found->records[(*slot >> 32) % found->count] / 16;
}

static void lead_to_one_large_record(const pool_bytes *bytes) {
    sample found = {{0}, 0, 0};
    for_all_slots(bytes, take_largest, &found);
    CHECK(found.count > 0);
    for_all_slots(bytes, lead_to_sample, &found);
}

static void lead_to_long_keys(const pool_bytes *bytes) {
    sample found = {{0}, 0, 0};
    for_all_slots(bytes, take_long_keys, &found);
    CHECK(found.count > 0);
    for_all_slots(bytes, lead_to_sample, &found);
}

/* ---- records ----------------------------------------------------------------------------------------------------- */

static void set_version(const pool_bytes *bytes, uint64_t stripe, uint64_t *slot, uint64_t record, void *context) {
    (void)slot, (void)context;
    *word_at(bytes, record) = 64 + stripe;
}

static void give_one_version(const pool_bytes *bytes) { for_all_slots(bytes, set_version, NULL); }

/* The first key of each stripe becomes that of all that have one of its size. */
static void set_key(const pool_bytes *bytes, uint64_t stripe, uint64_t *slot, uint64_t record, void *context) {
    uint64_t *first = context; /* the record, and its slot, of each stripe */
    if (first[2 * stripe] == 0) first[2 * stripe] = record, first[2 * stripe + 1] = *slot;
    if (key_size(bytes, record) != key_size(bytes, first[2 * stripe])) return;
    memmove(bytes->at + key_at(bytes, record), bytes->at + key_at(bytes, first[2 * stripe]), key_size(bytes, record));
    *slot = (*slot & UINT32_MAX) | first[2 * stripe + 1] >> 32 << 32;
}

static void give_one_key(const pool_bytes *bytes) {
    uint64_t first[2 * STRIPES] = {0};
    for_all_slots(bytes, set_key, first);
}

/* ---- pages ------------------------------------------------------------------------------------------------------- */

static void clear_page_table(const pool_bytes *bytes) {
    memset(page_entry(bytes, bytes->data_at / PAGE), 0, 8 * (bytes->pages - bytes->data_at / PAGE));
}

static void carve_all_pages_alike(const pool_bytes *bytes) {
    uint64_t page;
    for (page = bytes->data_at / PAGE; page < bytes->pages; page++) *page_entry(bytes, page) = 2 | UINT64_C(1) << 32;
}

/* From each page an extent begins that ends with the pool. */
static void lay_extents(const pool_bytes *bytes) {
    uint64_t page;
    for (page = bytes->data_at / PAGE; page < usable_pages(bytes); page++)
        *page_entry(bytes, page) = 4 | (usable_pages(bytes) - page) << 32;
}

/* The same in limbo, and said to be borrowed. */
static void lay_limbo(const pool_bytes *bytes) {
    uint64_t page;
    for (page = bytes->data_at / PAGE; page < usable_pages(bytes); page++)
        *page_entry(bytes, page) = 5 | (usable_pages(bytes) - page) << 32;
    *word_at(bytes, 1176) = usable_pages(bytes);
}

/* The blocks of every eighth page of small records form one circle, on which all free lists of their class are. */
static void chain_free_lists(const pool_bytes *bytes) {
    uint64_t page, stripe, size_class, first = 0, last = 0;
    for (page = bytes->data_at / PAGE; page < usable_pages(bytes); page += 8) {
        const uint64_t entry = *page_entry(bytes, page);
        if ((entry & 15) != 2) continue;
        if (last != 0) *word_at(bytes, last) = FREE_MARK | page * (PAGE / 16);
        if (first == 0) first = page * PAGE;
        last = page * PAGE;
    }
    CHECK(first != 0);
    *word_at(bytes, last) = FREE_MARK | first / 16;
    for (stripe = 0; stripe < STRIPES; stripe++)
        for (size_class = 0; size_class < CLASSES; size_class++)
            *half_at(bytes, stripe_at(stripe) + FREE_HEADS_AT + 4 * size_class) = (uint32_t)(first / 16);
}

/* ---- the header -------------------------------------------------------------------------------------------------- */

/* Not by one number: the hash has differences of the secret's words. */
static void change_hash_secret(const pool_bytes *bytes) {
    int i;
    for (i = 0; i < HASH_SECRET_BYTES; i++) bytes->at[HASH_SECRET_AT + i] ^= (unsigned char)(7 * i + 1);
}

static void say_more_than_there_is(const pool_bytes *bytes) { *word_at(bytes, 8) = bytes->pages * PAGE * 2; }
static void say_less_than_there_is(const pool_bytes *bytes) { *word_at(bytes, 8) = UINT64_C(1) << 20; }

static void miscount(const pool_bytes *bytes) { *half_at(bytes, stripe_at(0) + 80) += 1; }

const cap_edit least_edit = {"a wrong count", miscount, 0, 0, 1};
const cap_edit cap_edits[] = {
    {"tables on the same bytes", lay_on_same_bytes, 1, 1, 0},
    {"tables a page apart", lay_a_page_apart, 1, 0, 0},
    {"tables without an empty slot", fill_slot_gaps, 0, 0, 0},
    {"slots to one large record", lead_to_one_large_record, 1, 1, 0},
    {"slots to long keys", lead_to_long_keys, 1, 1, 0},
    {"one version for all", give_one_version, 0, 0, 0},
    {"one key for all", give_one_key, 0, 0, 0},
    {"no page in use", clear_page_table, 0, 0, 1},
    {"pages all of one class", carve_all_pages_alike, 0, 0, 1},
    {"extents over each other", lay_extents, 1, 0, 1},
    {"limbo over each other", lay_limbo, 0, 1, 1},
    {"free lists in a circle", chain_free_lists, 1, 1, 0},
    {"more capacity than there is", say_more_than_there_is, 0, 0, 1},
    {"less capacity than there is", say_less_than_there_is, 0, 0, 1},
    /* At the end: a client that is connected keeps the old one. */
    {"another hash secret", change_hash_secret, 0, 0, 0},
};
const size_t cap_edit_count = sizeof cap_edits / sizeof *cap_edits;

void edit_pool(const char *name, const cap_edit *edit) {
    const int file = open(pool_path(name), O_RDWR | O_CLOEXEC);
    struct stat status;
    pool_bytes bytes;
    CHECK(fstat(file, &status) == 0);
    bytes.size = (uint64_t)status.st_size;
    bytes.at = mmap(NULL, bytes.size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    CHECK(bytes.at != MAP_FAILED);
    bytes.pages = *word_at(&bytes, CAP_AT) / PAGE;
    bytes.page_table_at = PAGE_MAP_AT + (bytes.pages / 8 + 8 + PAGE - 1) / PAGE * PAGE;
    bytes.data_at = bytes.page_table_at + (8 * bytes.pages + PAGE - 1) / PAGE * PAGE;
    edit->make(&bytes);
    munmap(bytes.at, bytes.size);
    close(file);
}

/*
 * What latzero_last_error() says of each status and of each way to it: what it must name, and what would mislead. Told
 * about hostile pool names and keys, too: always text, never a byte that a terminal would act upon.
 */
#include "abi/sentences.h"
#include "abi/text_check.h"

/* ---- hostile names and keys -------------------------------------------------------------------------------------- */

typedef struct odd {
    const char *bytes;
    size_t size;
} odd;

#define ODD(text) \
    { text, sizeof text - 1 }

static const odd odd_keys[] = {
    ODD("plain"), ODD("\0\n\r\t\x1b[31m\x7f%s%n%P%K"), ODD("'quoted' \"and\" `not` \\x00"),
    ODD("C1: \xc2\x85 \xc2\x9b"
        "31m"),
    ODD("overlong: \xc0\xaf \xe0\x80\xaf \xf8\x88\x80\x80\x80, surrogate: \xed\xa0\x80, high: \xf4\x90\x80\x80"),
    ODD("bidi: \xe2\x80\xae, line: \xe2\x80\xa8"),
    /* The 64th byte is amid a character of two, three and four bytes. */
    ODD("123456789 123456789 123456789 123456789 123456789 123456789 123\xc3\xa4 and more"),
    ODD("123456789 123456789 123456789 123456789 123456789 123456789 12\xe2\x82\xac and more"),
    ODD("123456789 123456789 123456789 123456789 123456789 123456789 1\xf0\x9f\x98\x80 and more"),
    ODD("\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff"
        "\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff"
        "\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe"
        "\xff")};

/* A name for a pool: the test's own beginning, then these bytes, the last of them again up to the longest name. */
static const char *odd_name(const odd *from, int longest, char name[201]) {
    size_t size = (size_t)snprintf(name, 201, "%s ", pool_name("s")), i;
    for (i = 0; i < from->size && size < 200; i++) {
        const unsigned char byte = (unsigned char)from->bytes[i];
        if (byte >= 0x20 && byte != 0x7f && byte != '/') name[size++] = (char)byte;
    }
    while (longest && size < 200) name[size++] = from->bytes[from->size - 1];
    name[size] = 0;
    return name;
}

/* Whether the sentence is as the row says. A fault is told, and the next row played: each has a reason of its own. */
static int play(const sentence_row *row, const char *name, const odd *key) {
    scene at = {name, NULL, NULL, key->bytes, key->size};
    latzero_status status;
    char sentence[2048];
    int i, holds;
    at.client = create_and_join(name, LATZERO_MAX_BYTES_LEAST);
    at.reader = join(name, LATZERO_CONNECT_READ_ONLY);
    status = row->run(&at);
    snprintf(sentence, sizeof sentence, "%s", latzero_last_error());
    holds = status == row->status && is_text(sentence);
    if (!(row->lacks & NO_POOL)) holds &= shows(sentence, name, strlen(name) < 100 ? strlen(name) : 100);
    if (!(row->lacks & NO_KEY)) holds &= shows(sentence, key->bytes, key->size);
    for (i = 0; i < 3; i++) {
        holds &= row->must[i] == NULL || strstr(sentence, row->must[i]) != NULL;
        holds &= row->must_not[i] == NULL || strstr(sentence, row->must_not[i]) == NULL;
    }
    if (!holds) fprintf(stderr, "row '%s': %s: %s\n", row->title, latzero_status_name(status), sentence);
    leave(at.reader);
    leave(at.client);
    return holds;
}

static void each_status_says_what_it_is_about(void **state) {
    const odd plain = ODD("the key");
    size_t i, faults = 0;
    (void)state;
    for (i = 0; i < sentence_row_count; i++) faults += !play(&sentence_rows[i], pool_name("plain"), &plain);
    CHECK_EQUAL(faults, 0);
}

static void names_and_keys_are_shown_as_text(void **state) {
    const size_t odds = sizeof odd_keys / sizeof *odd_keys;
    char name[201];
    size_t i, k, faults = 0;
    (void)state;
    for (i = 0; i < sentence_row_count; i++)
        for (k = 0; k < odds; k++)
            faults += !play(&sentence_rows[i], odd_name(&odd_keys[(i + k) % odds], i % 2 == 0, name), &odd_keys[k]);
    CHECK_EQUAL(faults, 0);
}

/* ---- any bytes at all -------------------------------------------------------------------------------------------- */

static void random_bytes_of(char *bytes, size_t size, uint64_t *random) {
    static const char *const pieces[] = {"\xc2\x85", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xc0\xaf", "'", "\n", "\x1b"};
    size_t at = 0;
    while (at < size) {
        const uint64_t number = next_random(random);
        const char *piece = pieces[number / 16 % 7];
        const size_t left = size - at, length = strlen(piece) < left ? strlen(piece) : left;
        if (number % 4 == 0) {
            memcpy(bytes + at, piece, length);
            at += length;
        } else {
            bytes[at++] = number % 4 == 1 ? (char)(number >> 40) : (char)('a' + number / 64 % 26);
        }
    }
}

static void any_key_and_name_is_shown_as_text(void **state) {
    uint64_t random = 12, rounds = rounds_of(100000), i;
    latzero_client *client = create_and_join(pool_name("any"), LATZERO_MAX_BYTES_LEAST);
    (void)state;
    for (i = 0; i < rounds; i++) {
        char key[300], name[202] = {0};
        const size_t size = 1 + next_random(&random) % sizeof key;
        int32_t exists;
        random_bytes_of(key, size, &random);
        switch (i % 6) {
        case 0: CHECK_STATUS(latzero_delete(client, key, size), LATZERO_NOT_FOUND); break;
        case 1: CHECK_STATUS(latzero_expire(client, key, size, 0), LATZERO_INVALID_ARGUMENT); break;
        case 2: CHECK_STATUS(latzero_set_string(client, key, size, "\xff", 1, NULL), LATZERO_INVALID_ARGUMENT); break;
        case 3: CHECK_STATUS(latzero_set_json(client, key, size, "{", 1, NULL), LATZERO_INVALID_ARGUMENT); break;
        case 4: CHECK_STATUS(latzero_get(client, key, size, NULL, 0, NULL), LATZERO_NOT_FOUND); break;
        default:
            random_bytes_of(name, 1 + size % 200, &random);
            if (latzero_pool_destroy(name) == LATZERO_OK || latzero_pool_exists(name, &exists) == LATZERO_OK) continue;
        }
        CHECK(is_text(latzero_last_error()));
        if (i % 6 != 5) CHECK(shows(latzero_last_error(), key, size));
    }
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(each_status_says_what_it_is_about), TEST(names_and_keys_are_shown_as_text),
                                       TEST(any_key_and_name_is_shown_as_text)};
    return RUN_TESTS(tests);
}

/* Who asks for encryption gets it or is refused: a plain pool of the same key is no substitute. */
#include "neighbours/keyed_pools.h"

/* A keyed pool by number of its kind: encrypted and plain ones, raw and text keys. */
static const pool_kind *const encrypted_kinds[] = {&pool_kinds[0], &pool_kinds[1]};
static const pool_kind *const plain_kinds[] = {&pool_kinds[2], &pool_kinds[3]};

static latzero_status connect_or_create_encrypted(const char *name, const pool_kind *kind, int key_of_creation_alone,
                                                  latzero_client **client) {
    latzero_connect_options options = connect_options_of(kind);
    latzero_pool_options create = options_of(kind);
    create.flags |= LATZERO_POOL_ENCRYPTED;
    options.flags |= LATZERO_CONNECT_CREATE;
    options.create_options = &create;
    if (key_of_creation_alone) {
        options.auth_key = NULL;
        options.auth_key_len = 0;
        options.flags &= ~(uint32_t)LATZERO_CONNECT_RAW_KEY;
    }
    *client = NULL;
    return latzero_connect(name, &options, client);
}

static void creating_encrypted_meets_no_plain_pool(void **state) {
    const char *name = pool_name("meets");
    latzero_client *client;
    int i, alone;
    (void)state;
    for (i = 0; i < 2; i++) {
        const latzero_pool_options options = options_of(plain_kinds[i]);
        CHECK_OK(latzero_pool_create(name, &options));
        for (alone = 0; alone < 2; alone++) {
            CHECK_STATUS(connect_or_create_encrypted(name, plain_kinds[i], alone, &client), LATZERO_AUTHENTICATION);
            CHECK_SENTENCE("encrypted");
            CHECK_SENTENCE(name);
            CHECK(client == NULL);
        }
        /* Who does not ask for it gets the pool as it is. */
        CHECK_OK(connect_as(name, plain_kinds[i], LATZERO_CONNECT_CREATE, &client));
        leave(client);
        CHECK_OK(latzero_pool_destroy(name));
    }
}

static void demanded_encryption_meets_no_plain_pool(void **state) {
    static const uint32_t ways[] = {0, LATZERO_CONNECT_READ_ONLY, LATZERO_CONNECT_CREATE};
    const char *name = pool_name("demands");
    const latzero_pool_options keyless = options_of(&pool_kinds[4]);
    latzero_client *client;
    size_t i, way;
    (void)state;
    for (i = 0; i < 2; i++) {
        const latzero_pool_options options = options_of(plain_kinds[i]);
        CHECK_OK(latzero_pool_create(name, &options));
        for (way = 0; way < sizeof ways / sizeof *ways; way++) {
            CHECK_STATUS(connect_as(name, plain_kinds[i], ways[way] | LATZERO_CONNECT_ENCRYPTED, &client),
                         LATZERO_AUTHENTICATION);
            CHECK_SENTENCE("encrypted");
            CHECK(client == NULL);
        }
        CHECK_OK(latzero_pool_destroy(name));
    }
    CHECK_OK(latzero_pool_create(name, &keyless));
    CHECK_STATUS(connect_as(name, &pool_kinds[4], LATZERO_CONNECT_ENCRYPTED, &client), LATZERO_AUTHENTICATION);
    CHECK_STATUS(connect_as(name, &pool_kinds[0], LATZERO_CONNECT_ENCRYPTED, &client), LATZERO_AUTHENTICATION);
    CHECK_OK(latzero_pool_destroy(name));
}

static void an_encrypted_pool_is_let_be_demanded(void **state) {
    const char *name = pool_name("granted");
    latzero_client *client;
    int i;
    (void)state;
    for (i = 0; i < 2; i++) {
        const latzero_pool_options options = options_of(encrypted_kinds[i]);
        CHECK_OK(latzero_pool_create(name, &options));
        CHECK_OK(connect_as(name, encrypted_kinds[i], LATZERO_CONNECT_ENCRYPTED, &client));
        CHECK_EQUAL(stats_of(client).encryption, 1);
        leave(client);
        CHECK_OK(connect_as(name, encrypted_kinds[i], LATZERO_CONNECT_ENCRYPTED | LATZERO_CONNECT_READ_ONLY, &client));
        leave(client);
        CHECK_OK(connect_or_create_encrypted(name, encrypted_kinds[i], 1, &client));
        leave(client);
        CHECK_OK(latzero_pool_destroy(name));
        /* And made where there is none. */
        CHECK_OK(connect_or_create_encrypted(name, encrypted_kinds[i], 0, &client));
        CHECK_EQUAL(stats_of(client).encryption, 1);
        leave(client);
        CHECK_OK(latzero_pool_destroy(name));
    }
}

/* CREATE with the demand, but with options for a plain pool: nothing is made that would be refused. */
static void a_demand_makes_no_plain_pool(void **state) {
    const char *name = pool_name("unmade");
    latzero_connect_options options = connect_options_of(&pool_kinds[2]);
    latzero_client *client = NULL;
    latzero_status status;
    (void)state;
    options.flags |= LATZERO_CONNECT_CREATE | LATZERO_CONNECT_ENCRYPTED;
    status = latzero_connect(name, &options, &client);
    if (status == LATZERO_OK) {
        CHECK_EQUAL(stats_of(client).encryption, 1);
        leave(client);
    } else {
        CHECK_STATUS(status, LATZERO_INVALID_ARGUMENT);
    }
    CHECK(!file_exists(pool_path(name)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(creating_encrypted_meets_no_plain_pool),
        TEST(demanded_encryption_meets_no_plain_pool),
        TEST(an_encrypted_pool_is_let_be_demanded),
        TEST(a_demand_makes_no_plain_pool),
    };
    return RUN_TESTS(tests);
}

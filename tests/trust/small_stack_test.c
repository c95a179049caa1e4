/*
 * Every call in a thread of the stack that the header asks for, 32 KiB, where it succeeds and where it fails.
 */
#include <pthread.h>

#include "abi/every_call.h"

enum { STACK_BYTES = 32 << 10 };

static const char *name;

static void *call_everything(void *argument) {
    latzero_client *client = create_and_join(name, 0), *reader = join(name, LATZERO_CONNECT_READ_ONLY);
    latzero_check_options check = LATZERO_CHECK_OPTIONS_INIT;
    latzero_pool_info *pools = NULL;
    char key[300];
    size_t i, count;
    (void)argument;
    memset(key, '\xff', sizeof key);
    for (i = 0; i < every_call_count; i++) {
        const client_call *call = &every_call[i];
        ready_for(call, client, "k");
        CHECK_OK(call->run(client, "k", 1));
        if (call->traits & WRITES) CHECK_STATUS(call->run(reader, key, sizeof key), LATZERO_READ_ONLY);
        (void)call->run(NULL, key, sizeof key);
        CHECK(*latzero_last_error() != 0);
    }
    check.flags = LATZERO_CHECK_REPAIR;
    CHECK_OK(latzero_pool_check(name, &check, NULL));
    CHECK_OK(latzero_pool_list(sizeof *pools, &pools, &count));
    latzero_free(pools);
    CHECK_OK(latzero_pool_cleanup(NULL));
    CHECK_OK(latzero_set_json(client, "json", 4, "[[[[[[[[[[{\"a\":[1,2.5,null]}]]]]]]]]]]", LATZERO_CSTR, NULL));
    check_json(client, "json", "[[[[[[[[[[{\"a\":[1,2.5,null]}]]]]]]]]]]");
    leave(reader);
    leave(client);
    return NULL;
}

/* A text key, which takes the way by Argon2id. */
static void *connect_by_text(void *argument) {
    latzero_pool_options create = LATZERO_POOL_OPTIONS_INIT;
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = NULL;
    (void)argument;
    create.flags = LATZERO_POOL_ENCRYPTED;
    create.kdf_memory_bytes = 1 << 20;
    options.flags = LATZERO_CONNECT_CREATE;
    options.create_options = &create;
    options.auth_key = "a text";
    options.auth_key_len = LATZERO_CSTR;
    CHECK_OK(latzero_connect(name, &options, &client));
    CHECK_OK(latzero_pool_rekey(name, "a text", LATZERO_CSTR, "another", LATZERO_CSTR, NULL));
    leave(client);
    return NULL;
}

static void run_in_small_stack(void *(*body)(void *)) {
    pthread_attr_t small;
    pthread_t thread;
    CHECK(pthread_attr_init(&small) == 0);
    CHECK(pthread_attr_setstacksize(&small, STACK_BYTES) == 0);
    CHECK(pthread_create(&thread, &small, body, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    pthread_attr_destroy(&small);
}

static void every_call_fits(void **state) {
    (void)state;
    skip_under_sanitizers();
    name = pool_name("small");
    run_in_small_stack(call_everything);
}

static void a_text_key_fits(void **state) {
    (void)state;
    skip_under_sanitizers();
    name = pool_name("text");
    run_in_small_stack(connect_by_text);
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(every_call_fits), TEST(a_text_key_fits)};
    return RUN_TESTS(tests);
}

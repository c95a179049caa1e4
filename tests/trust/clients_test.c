/* Who is connected to a pool, and what each holds: everybody who is there is told of, and nobody who is not. */
#include <time.h>

#include "neighbours/holder.h"

typedef struct client_list {
    latzero_client_info *infos;
    size_t count;
} client_list;

static client_list list_of(latzero_client *client) {
    client_list list = {NULL, 77};
    CHECK_OK(latzero_clients(client, sizeof *list.infos, &list.infos, &list.count));
    CHECK(list.infos != NULL && list.count > 0);
    return list;
}

/* The only one of a process that can write, or cannot; NULL if there is none. */
static const latzero_client_info *find(const client_list *list, pid_t process, int read_only) {
    const latzero_client_info *found = NULL;
    size_t i;
    for (i = 0; i < list->count; i++) {
        const latzero_client_info *info = &list->infos[i];
        if (info->process != (uint32_t)process || (info->flags & LATZERO_CLIENT_READ_ONLY) != (uint32_t)read_only)
            continue;
        CHECK(found == NULL);
        found = info;
    }
    return found;
}

static uint32_t holds_of(latzero_client *client, pid_t process, int read_only) {
    const client_list list = list_of(client);
    const latzero_client_info *info = find(&list, process, read_only);
    uint32_t holds;
    CHECK(info != NULL);
    holds = info->holds;
    latzero_free(list.infos);
    return holds;
}

static int64_t wall_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void everybody_is_told_of(void **state) {
    const char *name = pool_name("all");
    const int64_t begin = wall_ns();
    latzero_client *client = create_and_join(name, 0), *reader;
    const latzero_client_info *info;
    client_list list;
    holder held;
    (void)state;
    start_holder(&held, name, HOLD_NOTHING, 1);
    reader = join(name, LATZERO_CONNECT_READ_ONLY);
    list = list_of(client);
    CHECK_EQUAL(list.count, 4);
    CHECK_EQUAL(stats_of(client).clients, 4);
    info = find(&list, getpid(), 0);
    CHECK(info != NULL && info->flags == LATZERO_CLIENT_SELF && info->holds == 0 && info->stripes == 0);
    CHECK(info->connected_ns >= begin && info->connected_ns <= wall_ns());
    info = find(&list, held.child.process, 0);
    CHECK(info != NULL && info->flags == 0 && info->holds == 0);
    CHECK(info->connected_ns >= begin && info->connected_ns <= wall_ns());
    info = find(&list, getpid(), 1);
    CHECK(info != NULL && info->flags == LATZERO_CLIENT_READ_ONLY && info->connected_ns == 0);
    info = find(&list, held.child.process, 1);
    CHECK(info != NULL && info->flags == LATZERO_CLIENT_READ_ONLY && info->connected_ns == 0 && info->holds == 0);
    CHECK(((list.infos[0].flags | list.infos[1].flags) & LATZERO_CLIENT_READ_ONLY) == 0);
    latzero_free(list.infos);
    /* By the eyes of a client that cannot write. */
    list = list_of(reader);
    CHECK_EQUAL(list.count, 4);
    info = find(&list, getpid(), 1);
    CHECK(info != NULL && info->flags == (LATZERO_CLIENT_READ_ONLY | LATZERO_CLIENT_SELF));
    info = find(&list, getpid(), 0);
    CHECK(info != NULL && info->flags == 0);
    latzero_free(list.infos);
    /* The dead are not there. */
    end_holder(&held);
    list = list_of(client);
    CHECK_EQUAL(list.count, 2);
    CHECK(find(&list, held.child.process, 0) == NULL && find(&list, held.child.process, 1) == NULL);
    latzero_free(list.infos);
    leave(reader);
    leave(client);
}

static void locks_are_told_with_their_holder(void **state) {
    const char *name = pool_name("locks");
    latzero_client *client = create_and_join(name, 0);
    const latzero_client_info *info;
    client_list list;
    holder held, other;
    uint32_t owner;
    (void)state;
    start_holder(&held, name, HOLD_NOTHING, 0);
    start_holder(&other, name, HOLD_NOTHING, 0);
    owner = owner_of(name, held.child.process);
    put_stripe_owner(name, 3, owner);
    put_stripe_owner(name, 63, owner);
    put_stripe_owner(name, 5, owner + (1u << 12)); /* of another client, which had the slot before */
    put_extent_owner(name, owner_of(name, other.child.process));
    list = list_of(client);
    info = find(&list, held.child.process, 0);
    CHECK(info != NULL && info->holds == LATZERO_HOLDS_STRIPE);
    CHECK(info->stripes == (UINT64_C(1) << 3 | UINT64_C(1) << 63));
    info = find(&list, other.child.process, 0);
    CHECK(info != NULL && info->holds == LATZERO_HOLDS_PAGES && info->stripes == 0);
    info = find(&list, getpid(), 0);
    CHECK(info != NULL && info->holds == 0);
    latzero_free(list.infos);
    put_stripe_owner(name, 3, 0);
    put_stripe_owner(name, 5, 0);
    put_stripe_owner(name, 63, 0);
    put_extent_owner(name, 0);
    CHECK_EQUAL(holds_of(client, held.child.process, 0), 0);
    end_holder(&held);
    end_holder(&other);
    leave(client);
}

static void the_life_lock_is_told_with_its_holder(void **state) {
    const char *name = pool_name("life");
    latzero_client *client = create_and_join(name, 0);
    holder held;
    (void)state;
    start_holder(&held, name, HOLD_LIFE_LOCK, 1);
    CHECK_EQUAL(holds_of(client, held.child.process, 0), LATZERO_HOLDS_LIFE);
    CHECK_EQUAL(holds_of(client, held.child.process, 1), 0);
    CHECK_EQUAL(holds_of(client, getpid(), 0), 0);
    end_holder(&held);
    leave(client);
}

static uint32_t flags_of_all(latzero_client *client) {
    latzero_client_info *infos = NULL;
    uint32_t flags = 0;
    size_t count, i;
    CHECK_OK(latzero_clients(client, sizeof *infos, &infos, &count));
    for (i = 0; i < count; i++) flags |= infos[i].flags << (8 * i);
    latzero_free(infos);
    return flags;
}

/* Of two clients of one process the one that does: writer and reader, which have the same number. */
static void watches_are_told_with_their_watcher(void **state) {
    enum {
        writer = LATZERO_CLIENT_SELF,
        reader_behind = LATZERO_CLIENT_READ_ONLY << 8,
        watches = LATZERO_CLIENT_WATCHES
    };
    const char *name = pool_name("watches");
    latzero_client *client = create_and_join(name, 0), *reader = join(name, LATZERO_CONNECT_READ_ONLY);
    latzero_watch *watch = NULL;
    (void)state;
    CHECK_EQUAL(flags_of_all(client), writer | reader_behind);
    CHECK_OK(latzero_watch_open(client, NULL, &watch));
    CHECK_EQUAL(flags_of_all(client), writer | watches | reader_behind);
    latzero_watch_close(watch);
    CHECK_EQUAL(flags_of_all(client), writer | reader_behind);
    CHECK_OK(latzero_watch_open(reader, NULL, &watch));
    CHECK_EQUAL(flags_of_all(client), writer | reader_behind | watches << 8);
    latzero_watch_close(watch);
    leave(reader);
    leave(client);
}

static void loans_are_told_with_their_borrower(void **state) {
    const char *name = pool_name("loans");
    latzero_client *client = create_and_join(name, 0);
    latzero_borrowed *borrowed = NULL;
    const void *value = NULL;
    holder held;
    (void)state;
    CHECK_OK(set_pattern(client, "loan", 50000, 1));
    start_holder(&held, name, HOLD_LOAN, 1);
    CHECK_EQUAL(holds_of(client, held.child.process, 0), LATZERO_HOLDS_LOAN);
    CHECK_EQUAL(holds_of(client, held.child.process, 1), 0);
    CHECK_OK(latzero_borrow(client, "loan", 4, &value, NULL, &borrowed));
    CHECK_EQUAL(holds_of(client, getpid(), 0), LATZERO_HOLDS_LOAN);
    CHECK_OK(latzero_return(borrowed));
    CHECK_EQUAL(holds_of(client, getpid(), 0), 0);
    end_holder(&held);
    leave(client);
}

/* Of one that has closed its descriptors the system tells nothing; it is there all the same. */
static void who_is_not_to_be_seen_is_told_as_unknown(void **state) {
    const char *name = pool_name("unseen");
    latzero_client *client = create_and_join(name, 0);
    const latzero_client_info *info;
    client_list list;
    holder held;
    (void)state;
    start_holder(&held, name, CLOSE_ALL, 1);
    list = list_of(client);
    CHECK_EQUAL(list.count, 3);
    info = find(&list, held.child.process, 0); /* its slot tells */
    CHECK(info != NULL && info->holds == 0);
    info = find(&list, 0, 1);
    CHECK(info != NULL && info->holds == 0);
    latzero_free(list.infos);
    end_holder(&held);
    leave(client);
}

static void a_crowd_is_told_in_order(void **state) {
    enum { crowd = 100 };
    static latzero_client *clients[2 * crowd];
    const char *name = pool_name("crowd");
    latzero_client *client = create_and_join(name, 0);
    client_list list;
    size_t i;
    (void)state;
    for (i = 0; i < 2 * crowd; i++) clients[i] = join(name, i % 2 ? LATZERO_CONNECT_READ_ONLY : 0);
    leave(clients[50]);
    leave(clients[51]);
    list = list_of(client);
    CHECK_EQUAL(list.count, 2 * crowd - 1);
    for (i = 0; i < list.count; i++) {
        CHECK_EQUAL(list.infos[i].process, getpid());
        CHECK_EQUAL(list.infos[i].flags & LATZERO_CLIENT_READ_ONLY, i >= crowd);
        CHECK_EQUAL((list.infos[i].flags & LATZERO_CLIENT_SELF) != 0, i == 0);
    }
    latzero_free(list.infos);
    for (i = 0; i < 2 * crowd; i++)
        if (i != 50 && i != 51) leave(clients[i]);
    leave(client);
}

static void the_list_has_the_caller_s_stride(void **state) {
    static const uint32_t bad[] = {0, 8, 31, 36, 8192};
    latzero_client *client = create_and_join(pool_name("stride"), 0), *view = NULL;
    latzero_client_info *infos = NULL;
    size_t count = 77, i;
    (void)state;
    for (i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_STATUS(latzero_clients(client, bad[i], &infos, &count), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_clients(client, sizeof *infos, NULL, &count), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_clients(client, sizeof *infos, &infos, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK(infos == NULL && count == 77);
    CHECK_OK(latzero_namespace(client, "view", LATZERO_CSTR, &view));
    CHECK_OK(latzero_clients(view, sizeof *infos + 16, &infos, &count));
    CHECK(count == 1 && infos->struct_size == sizeof *infos + 16 && infos->process == (uint32_t)getpid());
    for (i = 0; i < 16; i++) CHECK(((unsigned char *)(infos + 1))[i] == 0);
    latzero_free(infos);
    leave(view);
    leave(client);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {HOLDER_ROLES};
    const struct CMUnitTest tests[] = {
        TEST(everybody_is_told_of),
        TEST(locks_are_told_with_their_holder),
        TEST(the_life_lock_is_told_with_its_holder),
        TEST(watches_are_told_with_their_watcher),
        TEST(loans_are_told_with_their_borrower),
        TEST(who_is_not_to_be_seen_is_told_as_unknown),
        TEST(a_crowd_is_told_in_order),
        TEST(the_list_has_the_caller_s_stride),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}

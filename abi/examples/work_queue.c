/*
 * A work queue between processes: a list to which anybody appends, and from which each job goes to one worker, in the
 * order of the appends.
 *
 *     work_queue add TEXT...    appends a job each
 *     work_queue work           does jobs, and sleeps while there is none; an empty one ends it
 *     work_queue remove         removes the queue with all that is in it
 *
 * The pool is persistent, so that jobs wait for workers as well as workers for jobs. A worker that is killed takes the
 * job with it that it has in its hand.
 */
#include <stdio.h>
#include <string.h>

#include <latzero/latzero.h>

static const char pool[] = "work-queue", jobs[] = "jobs";

static int failed(latzero_status status) {
    if (status == LATZERO_OK) return 0;
    fprintf(stderr, "%s: %s\n", latzero_status_name(status), latzero_last_error());
    return 1;
}

static int add(latzero_client *client, int count, char **texts) {
    int i;
    for (i = 0; i < count; i++)
        if (failed(latzero_append(client, jobs, LATZERO_CSTR, LATZERO_TYPE_STRING, texts[i], strlen(texts[i]), NULL)))
            return 1;
    return 0;
}

/* A job of more than 4,096 bytes would stay where it is: TOO_SMALL takes nothing, and info.size says what it needs. */
static int work(latzero_client *client) {
    for (;;) {
        latzero_value_info info = LATZERO_VALUE_INFO_INIT;
        char job[4096];
        uint64_t left = 0;
        latzero_status popped = latzero_pop_front(client, jobs, LATZERO_CSTR, job, sizeof job, &info, &left);
        if (popped == LATZERO_NOT_FOUND) {
            /* The version is that of the empty queue: a job that has come since ends the wait at once. */
            if (failed(latzero_wait(client, jobs, LATZERO_CSTR, info.version, -1, &info.version))) return 1;
            continue;
        }
        if (failed(popped)) return 1;
        if (info.size == 0) return 0;
        printf("did %.*s\n", (int)info.size, job);
        fflush(stdout);
    }
}

int main(int count, char **words) {
    latzero_pool_options create = LATZERO_POOL_OPTIONS_INIT;
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = NULL;
    const char *what = count > 1 ? words[1] : "";
    int status = 2;
    if (strcmp(what, "remove") == 0) return failed(latzero_pool_destroy(pool));
    create.flags = LATZERO_POOL_PERSISTENT;
    options.flags = LATZERO_CONNECT_CREATE;
    options.create_options = &create;
    if (failed(latzero_connect(pool, &options, &client))) return 1;
    if (strcmp(what, "add") == 0)
        status = add(client, count - 2, words + 2);
    else if (strcmp(what, "work") == 0)
        status = work(client);
    else
        fprintf(stderr, "usage: work_queue add TEXT... | work | remove\n");
    return failed(latzero_disconnect(client)) ? 1 : status;
}

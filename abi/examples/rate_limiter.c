/*
 * A rate limiter between processes: so many calls of a user in a window that begins with the first one.
 *
 *     rate_limiter USER [CALLS [SECONDS]]    asks once; 0: let in, 1: not
 *
 * The call that makes a counter gives it its end in the same step, so that no kill leaves one that counts for ever.
 */
#include <stdio.h>
#include <stdlib.h>

#include <latzero/latzero.h>

static int failed(latzero_status status) {
    if (status == LATZERO_OK) return 0;
    fprintf(stderr, "%s: %s\n", latzero_status_name(status), latzero_last_error());
    return 1;
}

int main(int count, char **words) {
    const long long calls = count > 2 ? atoll(words[2]) : 10, seconds = count > 3 ? atoll(words[3]) : 60;
    latzero_pool_options create = LATZERO_POOL_OPTIONS_INIT;
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_count_options window = LATZERO_COUNT_OPTIONS_INIT;
    latzero_client *client = NULL;
    int64_t made = 0, left_ms = 0;
    if (count < 2) {
        fprintf(stderr, "usage: rate_limiter USER [CALLS [SECONDS]]\n");
        return 2;
    }
    create.flags = LATZERO_POOL_PERSISTENT;
    options.flags = LATZERO_CONNECT_CREATE;
    options.create_options = &create;
    if (failed(latzero_connect("rate-limiter", &options, &client))) return 2;
    window.ttl_ms = seconds * 1000;
    if (failed(latzero_count(client, words[1], LATZERO_CSTR, 1, &window, &made))) return 2;
    if (made <= calls)
        printf("%s: call %lld of %lld\n", words[1], (long long)made, calls);
    else if (latzero_ttl(client, words[1], LATZERO_CSTR, &left_ms) == LATZERO_OK)
        printf("%s: no more calls for %lld s\n", words[1], (long long)(left_ms + 999) / 1000);
    if (failed(latzero_disconnect(client))) return 2;
    return made > calls;
}

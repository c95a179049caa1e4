/* The least that a program does that found latzero installed. Two of them may meet in the pool: they agree. */
#include <latzero/latzero.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = NULL;
    char *text = NULL;
    int as_expected = 0;

    options.flags = LATZERO_CONNECT_CREATE;
    if (latzero_connect("stranger", &options, &client) == LATZERO_OK &&
        latzero_set_string(client, "greeting", LATZERO_CSTR, "hello", LATZERO_CSTR, NULL) == LATZERO_OK &&
        latzero_get_string(client, "greeting", LATZERO_CSTR, &text, NULL) == LATZERO_OK) {
        as_expected = strcmp(text, "hello") == 0;
    }
    if (!as_expected) fprintf(stderr, "%s\n", latzero_last_error());
    latzero_free(text);
    if (client != NULL && latzero_disconnect(client) != LATZERO_OK) as_expected = 0;
    return as_expected ? 0 : 1;
}

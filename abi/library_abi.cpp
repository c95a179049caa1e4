// Version, statuses, errors, memory.
#include <latzero/latzero.h>

#include <cstdlib>

#include "base/last_error.hpp"
#include "base/status.hpp"

#define LATZERO_TEXT(x) #x
#define LATZERO_VERSION_TEXT(major, minor, patch) LATZERO_TEXT(major) "." LATZERO_TEXT(minor) "." LATZERO_TEXT(patch)

extern "C" {

uint32_t latzero_version(void) {
    return LATZERO_VERSION_MAJOR << 16 | LATZERO_VERSION_MINOR << 8 | LATZERO_VERSION_PATCH;
}

const char *latzero_version_string(void) {
    return LATZERO_VERSION_TEXT(LATZERO_VERSION_MAJOR, LATZERO_VERSION_MINOR, LATZERO_VERSION_PATCH);
}

const char *latzero_status_name(latzero_status status) {
    return latzero::status_name(static_cast<latzero::Status>(status));
}

const char *latzero_last_error(void) { return latzero::kept_error(); }

void latzero_free(void *memory) { std::free(memory); }
}

#include "system/secrets.hpp"

#include "failure.hpp"

#include <cstring>

#include <sys/prctl.h>
#include <sys/random.h>

namespace latzero::cli {

void hide_memory() { prctl(PR_SET_DUMPABLE, 0); }

void wipe(char *bytes, std::size_t size) { explicit_bzero(bytes, size); }

void fill_with_random_bytes(void *bytes, std::size_t size) {
    if (getrandom(bytes, size, 0) != static_cast<ssize_t>(size)) {
        throw system_failure("get random bytes");
    }
}

}  // namespace latzero::cli

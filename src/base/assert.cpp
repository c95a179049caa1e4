#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace latzero {

// In one piece, since other threads and processes may be at it too.
void assertion_failed(const char *file, int line, const char *condition) noexcept {
    char text[512];
    std::snprintf(text, sizeof text, "latzero: %s:%d: assertion failed: %s\n", file, line, condition);
    std::fputs(text, stderr);
    std::abort();
}

}  // namespace latzero

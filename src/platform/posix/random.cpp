#include "platform/random.hpp"

#include <errno.h>
#include <sys/random.h>
#include <sys/types.h>

#include "base/last_error.hpp"
#include "platform/cancellation.hpp"

namespace latzero::platform {

Status random_bytes(void *out, std::size_t size) {
    const CancellationGuard not_now;
    auto *at = static_cast<char *>(out);
    while (size > 0) {
        const ssize_t got = getrandom(at, size, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(Status::io, "the system gives no random bytes (errno %d)", errno);
        at += got;
        size -= static_cast<std::size_t>(got);
    }
    return Status::ok;
}

}  // namespace latzero::platform

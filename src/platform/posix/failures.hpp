// What the system refuses around shared memory objects, as a status and a sentence that says what helps.
#pragma once

#include "base/status.hpp"

namespace latzero::platform {

// Where objects lie.
inline constexpr const char *kDirectory = "/dev/shm";

// What was tried, on which object, and errno.
Status fail_errno(const char *what, const char *where, int error);

// The same for what needs an object's own descriptor: EBADF means that it is not the object's any more.
Status fail_use(const char *what, const char *where, int error);

// The same of a mapping; of a lock, which kernels and sandboxes may not have.
Status fail_map(const char *what, int error);
Status fail_lock(const char *what, int error);

// The life lock was held past the deadline, by that process; 0: nobody knows by which.
Status fail_life_locked(std::uint32_t process);

// A name may be squatted: by a link, a directory, a pipe, another user's file.
Status fail_squatted(const char *path, const char *by, Status status);

// Of an open(), whose failure may be that of a squatted name. pool_not_found, without a sentence, for a name that is
// free.
Status fail_open(const char *path, int error);

}  // namespace latzero::platform

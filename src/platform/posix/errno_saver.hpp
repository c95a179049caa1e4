// No call of the library changes the caller's errno.
#pragma once

#include <errno.h>

namespace latzero::platform {

class ErrnoSaver {
public:
    ErrnoSaver() : saved_(errno) {}
    ~ErrnoSaver() { errno = saved_; }
    ErrnoSaver(const ErrnoSaver &) = delete;
    ErrnoSaver &operator=(const ErrnoSaver &) = delete;

private:
    int saved_;
};

}  // namespace latzero::platform

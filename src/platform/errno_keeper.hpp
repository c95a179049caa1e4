// No call of the library changes the caller's errno, whatever is asked of the system and refused meanwhile.
#pragma once

#include <cerrno>

namespace latzero::platform {

class ErrnoKeeper {
public:
    ErrnoKeeper() : kept_(errno) {}
    ~ErrnoKeeper() { errno = kept_; }
    ErrnoKeeper(const ErrnoKeeper &) = delete;
    ErrnoKeeper &operator=(const ErrnoKeeper &) = delete;

private:
    int kept_;
};

}  // namespace latzero::platform

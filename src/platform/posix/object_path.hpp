// Where shared memory objects lie, and under which names.
#pragma once

#include <limits.h>
#include <sys/types.h>
#include <unistd.h>

#include <string_view>

namespace latzero::platform {

// Where an object lies: that of the user who opened it, also if the process is another now. In place: who ends a pool
// must not need memory for that.
class ObjectPath {
public:
    ObjectPath() : text_{} {}
    explicit ObjectPath(std::string_view name);

    const char *c_str() const { return text_; }
    uid_t user() const { return user_; }

private:
    uid_t user_ = geteuid();
    char text_[sizeof "/dev/shm/" + NAME_MAX];
};

}  // namespace latzero::platform

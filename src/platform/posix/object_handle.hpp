// What an open memory object is here: a descriptor on a file, and where that file lies.
#pragma once

#include <sys/types.h>

#include "platform/memory_object.hpp"
#include "platform/posix/fork_table.hpp"
#include "platform/posix/object_path.hpp"

namespace latzero::platform {

struct MemoryObject::Handle {
    ForkEntry entry;
    Access access = Access::read_write;
    mode_t mode = 0600;
    ObjectPath path;  // where the object was published or opened

    // The descriptor, if it still leads to the object. Otherwise -1, with EBADF: no call does anything then.
    int fd() const {
        if (is_still_open(entry)) [[likely]]
            return entry.fd;
        return -1;
    }
};

}  // namespace latzero::platform

// A /dev/shm of this process's own, which it and its children see and nobody else does.
#pragma once

#include <sched.h>
#include <sys/mount.h>

namespace latzero::test {

// `options` are those of a tmpfs. false, with /dev/shm as it was, where that needs a privilege.
inline bool mount_own_shm(const char *options) {
    // What is mounted over /dev/shm goes on to others unless it, or the whole tree, is private. In a chroot "/" is no
    // mount.
    const auto make_private = [](const char *where, unsigned long flags) {
        return mount(nullptr, where, nullptr, flags | MS_PRIVATE, nullptr) == 0;
    };
    return unshare(CLONE_NEWNS) == 0 && (make_private("/", MS_REC) || make_private("/dev/shm", 0)) &&
           mount("latzero-test", "/dev/shm", "tmpfs", 0, options) == 0;
}

}  // namespace latzero::test

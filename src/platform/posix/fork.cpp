#include "platform/fork.hpp"

#include "platform/posix/fork_table.hpp"

namespace latzero::platform {

Status ForkWatch::start(ForkWatch &watch) {
    const Status installed = install_fork_handlers();
    if (installed != Status::ok) return installed;
    watch.epoch_ = current_epoch();
    return Status::ok;
}

ForkLock::ForkLock() { take_fork_lock(); }
ForkLock::~ForkLock() { release_fork_lock(); }

}  // namespace latzero::platform

#include "client/watches.hpp"

#include "client/watch.hpp"

namespace latzero::client {

void Watches::add(Watch &watch) {
    const std::lock_guard lock(mutex_);
    open_.insert(&watch);
}

void Watches::remove(Watch &watch) {
    const std::lock_guard lock(mutex_);
    open_.erase(&watch);
}

// Each removes itself.
void Watches::end_all() {
    for (;;) {
        Watch *any = nullptr;
        {
            const std::lock_guard lock(mutex_);
            if (open_.empty()) return;
            any = *open_.begin();
        }
        any->end();
    }
}

}  // namespace latzero::client

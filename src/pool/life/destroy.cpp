#include "pool/life/destroy.hpp"

#include "platform/clock.hpp"
#include "pool/life/creations.hpp"
#include "pool/life/lifetime.hpp"
#include "pool/life/names.hpp"
#include "pool/life/open.hpp"

namespace latzero::pool {

namespace {

Status bury_by_name(std::string_view name) {
    FoundPool found;
    const Status status = open_pool(name, platform::Access::read_write, platform::boot_ns() + kDefaultTimeoutNs, found);
    if (status != Status::ok) return status;
    return found.is_absent() ? fail_absent(name) : bury(found.lock);
}

}  // namespace

Status destroy(std::string_view name) {
    Status status = platform::find_boot_clock();
    if (status == Status::ok) status = bury_by_name(name);
    // At the limit of descriptors the one that keeps a pool of this process's own will do.
    if (status == Status::no_memory && destroy_creation(name)) status = Status::ok;
    review_creations();
    return status;
}

}  // namespace latzero::pool

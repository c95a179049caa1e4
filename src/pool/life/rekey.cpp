#include "pool/life/rekey.hpp"

#include "platform/clock.hpp"
#include "pool/life/gate.hpp"
#include "pool/life/lifetime.hpp"
#include "pool/life/names.hpp"
#include "pool/life/open.hpp"
#include "store/segment.hpp"

namespace latzero::pool {

Status rekey(std::string_view name, const value::AuthKey &before, const value::AuthKey &after,
             const value::KdfCost &cost, const value::KdfCeiling &ceiling) {
    Status status = platform::find_boot_clock();
    if (status != Status::ok) return status;
    Gate gate(&before, ceiling);
    gate.begin_until(platform::boot_ns() + kDefaultTimeoutNs);
    FoundPool found;
    status = open_pool(name, platform::Access::read_write, gate, found);
    while (status == Status::ok && !found.is_absent()) {
        const store::PoolConstants verified = found.header.constants;
        // To wrap the key takes long as well: not with the lock held.
        found.close();
        store::WrappedBytes wrapped;
        status = gate.wrap(after, cost, wrapped);
        if (status == Status::ok) status = open_pool(name, platform::Access::read_write, gate, found);
        // It could be another pool of the same name and key.
        if (status == Status::ok && !found.is_absent() && found.header.constants == verified)
            return store::Segment::write_wrapped_key(found.object, wrapped);
    }
    return status == Status::ok ? fail_absent(name) : status;
}

}  // namespace latzero::pool

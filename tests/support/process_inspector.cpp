#include "process_inspector.hpp"

#include <cinttypes>
#include <utility>

#include "base/last_error.hpp"
#include "pool/attach.hpp"
#include "process_harness.hpp"
#include "store/recovery.hpp"

namespace latzero::test {

using namespace store;

Inspector::Inspector(std::string name, Access access) : name_(std::move(name)) {
    pool::AttachOptions options;
    options.read_only = access == Access::read_only;
    const Status status = pool::attach(name_, options, pool_);
    attached_ = LATZERO_EXPECT(status == Status::ok, "attach to inspect: %s (%s)", status_name(status), last_error());
}

Inspector::~Inspector() {
    if (attached_) (void)pool::detach(name_, pool_);
}

Owner Inspector::holder_of_stripe(std::string_view key) const {
    return segment().stripe(pool_.key(key).stripe).lock.owner.load();
}

Owner Inspector::holder_of_extents() const { return segment().header().extent_lock.owner.load(); }

bool Inspector::lives(Owner owner) const {
    return segment().object().held_byte(kWriterBytes + slot_of(owner), 1, true).held;
}

bool Inspector::is_amid_change(pid_t process) const {
    for (std::uint32_t number = 0; number < kStripes; number++) {
        const Stripe &stripe = segment().stripe(number);
        const Owner owner = stripe.lock.owner;
        if (owner == 0 || segment().client(slot_of(owner)).process != static_cast<std::uint32_t>(process)) continue;
        if (stripe.intent.classes != 0 || stripe.changing != 0) return true;
    }
    return false;
}

CheckReport Inspector::recover_and_check() {
    const Status recovered = recover_all_dead(pool_.session());
    LATZERO_EXPECT(recovered == Status::ok, "recovery of the dead: %s (%s)", status_name(recovered), last_error());
    CheckReport report = check(segment(), [this](std::string_view key) { return pool_.key(key); });
    for (const std::string &violation : report.violations) report_failure("invariant: %s", violation.c_str());
    LATZERO_EXPECT(report.claimed_blocks == report.live_blocks + report.free_blocks + report.transfer_blocks,
                   "blocks: %" PRIu64 " claimed, but %" PRIu64 " live, %" PRIu64 " free, %" PRIu64 " in transfer",
                   report.claimed_blocks, report.live_blocks, report.free_blocks, report.transfer_blocks);
    LATZERO_EXPECT(report.extent_pages == report.live_extent_pages, "extents: %" PRIu64 " pages, %" PRIu64 " live",
                   report.extent_pages, report.live_extent_pages);
    return report;
}

}  // namespace latzero::test

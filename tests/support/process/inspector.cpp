#include "inspector.hpp"

#include <cinttypes>
#include <utility>

#include "../sealed.h"
#include "base/last_error.hpp"
#include "platform/liveness.hpp"
#include "pool/life/attach.hpp"
#include "pool/read.hpp"
#include "stage.hpp"
#include "store/recovery.hpp"

namespace latzero::test {

using namespace store;

Inspector::Inspector(std::string name, Access access) : Inspector(std::move(name), access, tests_are_sealed()) {}

Inspector::Inspector(std::string name, Access access, bool encrypted) : name_(std::move(name)) {
    const value::AuthKey auth{TEST_RAW_KEY, value::AuthKey::Kind::raw};
    pool::Gate gate(encrypted ? &auth : nullptr);
    pool::AttachOptions options;
    options.read_only = access == Access::read_only;
    options.gate = &gate;
    Status status = pool::attach(name_, options, pool_);
    if (status == Status::ok && encrypted)
        status = pool::SealedPool::start(pool_, gate.pool_key(), gate.cipher(), sealed_);
    attached_ = LATZERO_EXPECT(status == Status::ok, "attach to inspect: %s (%s)", status_name(status), last_error());
}

Inspector::~Inspector() {
    if (attached_) (void)pool::detach(name_, pool_);
}

Status Inspector::read(std::string_view key, void *buffer, std::size_t capacity, pool::ValueInfo &info) {
    if (!sealed_) return pool::get(pool_, pool_.key(key), buffer, capacity, info);
    pool::PrivateCopy opened;
    const Status status = sealed_->open(key, opened, info);
    if (status == Status::ok) opened.value().copy(static_cast<char *>(buffer), capacity);
    return status == Status::ok && info.size > capacity ? Status::too_small : status;
}

std::uint32_t Inspector::stripe_of(std::string_view key) const {
    return sealed_ ? sealed_->stripe_of(key) : pool_.key(key).stripe;
}

Owner Inspector::holder_of_stripe(std::string_view key) const {
    return segment().stripe(stripe_of(key)).lock.owner.load();
}

Owner Inspector::holder_of_extents() const { return segment().header().extent_lock.owner.load(); }

bool Inspector::lives(Owner owner) const {
    return platform::is_held(segment().object(), kWriterBytes + slot_of(owner), 1, platform::HeldBy::writers);
}

bool Inspector::is_amid_change(pid_t process) const {
    for (std::uint32_t number = 0; number < kStripes; number++) {
        const Stripe &stripe = segment().stripe(number);
        if (holds(process, stripe.lock) && (stripe.intent.classes != 0 || stripe.changing != 0)) return true;
    }
    return false;
}

bool Inspector::is_waited_for(pid_t process) const {
    const auto waited_for = [&](const LockWord &lock) { return lock.waiters != 0 && holds(process, lock); };
    for (std::uint32_t number = 0; number < kStripes; number++)
        if (waited_for(segment().stripe(number).lock)) return true;
    return waited_for(segment().header().extent_lock);
}

bool Inspector::holds(pid_t process, const LockWord &lock) const {
    const Owner owner = lock.owner;
    return owner != 0 && segment().client(slot_of(owner)).process == static_cast<std::uint32_t>(process);
}

CheckReport Inspector::recover_and_check() {
    const Status recovered = recover_all_dead(pool_.session());
    LATZERO_EXPECT(recovered == Status::ok, "recovery of the dead: %s (%s)", status_name(recovered), last_error());
    CheckReport report = check(segment(), [this](std::string_view key) { return pool_.stored_key(key); });
    for (const std::string &violation : report.violations) report_failure("invariant: %s", violation.c_str());
    LATZERO_EXPECT(report.claimed_blocks == report.live_blocks + report.free_blocks + report.transfer_blocks,
                   "blocks: %" PRIu64 " claimed, but %" PRIu64 " live, %" PRIu64 " free, %" PRIu64 " in transfer",
                   report.claimed_blocks, report.live_blocks, report.free_blocks, report.transfer_blocks);
    LATZERO_EXPECT(report.extent_pages == report.live_extent_pages, "extents: %" PRIu64 " pages, %" PRIu64 " live",
                   report.extent_pages, report.live_extent_pages);
    return report;
}

}  // namespace latzero::test

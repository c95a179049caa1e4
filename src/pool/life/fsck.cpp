#include "pool/life/fsck.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/last_error.hpp"
#include "platform/clock.hpp"
#include "platform/liveness.hpp"
#include "platform/sync.hpp"
#include "pool/life/client_slots.hpp"
#include "pool/life/names.hpp"
#include "pool/life/open.hpp"
#include "pool/life/shrink.hpp"
#include "pool/sealed_pool.hpp"
#include "store/recovery.hpp"
#include "store/stripe.hpp"

namespace latzero::pool {

using namespace store;
using platform::Access;
using platform::HeldBy;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

class Pass {
public:
    Pass(std::string_view name, const FsckOptions &options, FsckReport &report)
        : name_(name), options_(options), report_(report), deadline_(platform::boot_ns() + options.timeout_ns) {}
    ~Pass() {
        while (held_ > 0) release_stripe(--held_);
        if (joined_) leave();
    }
    Pass(const Pass &) = delete;
    Pass &operator=(const Pass &) = delete;

    Status run() {
        Status status = join();
        if (status == Status::ok) status = say(recover_all_dead(with_time_left()));
        if (status == Status::ok) status = lock_stripes();
        if (status == Status::ok) status = look(report_.found);
        if (status != Status::ok || !options_.repair || report_.found.sound()) return status;
        mend_clients();
        report_.repaired = true;
        status = say(repair(actor(), hash_, how(), report_.repair));
        return status == Status::ok ? look(report_.left) : status;
    }

private:
    Session &session() { return pool_.session(); }
    const Segment &segment() { return session().segment; }
    Actor actor() { return {session(), session().owner}; }

    // Each wait ends at the pass's own deadline.
    Session &with_time_left() {
        const std::uint64_t now = platform::boot_ns();
        session().timeout_ns = deadline_ - std::min(deadline_, now);
        return session();
    }

    CheckOptions how() {
        CheckOptions options;
        options.holder = session().owner;
        if (sealed_) options.verifies = [this](const RecordView &view) { return sealed_->verifies(view); };
        return options;
    }

    // --- coming and going

    Status join() {
        Gate gate = options_.auth != nullptr ? Gate(options_.auth, options_.ceiling) : Gate();
        gate.begin_until(deadline_);
        FoundPool found;
        Status status = open_pool(name_, Access::read_write, gate, found, WhenOver::keep);
        deadline_ = gate.wait_until_ns();
        if (status != Status::ok) return status;
        if (found.is_absent()) return fail_absent(name_);
        report_.encrypted = found.header.constants.encrypted();
        report_.opened = options_.auth != nullptr;
        status = fill_holes_locked(found);
        if (status == Status::ok)
            status = session().segment.attach(std::move(found.object), Access::read_write, found.header.constants);
        if (status != Status::ok) return about_pool(status, name_);
        found.lock.follow(segment().object());
        status = believe_object();
        if (status == Status::ok && options_.auth != nullptr && report_.encrypted)
            status = SealedPool::start(pool_, gate.pool_key(), gate.cipher(), sealed_);
        if (status == Status::ok) status = claim_slot(found.lock, session());
        if (status != Status::ok) return about_pool(status, name_);
        joined_ = true;
        status = look_at_clients_locked();
        if (options_.auth != nullptr) look_at_keys_locked();
        if (found.state == FoundPool::State::over) over_.adopt(found.lock);
        return status;
    }

    // Before anything is mapped: where there is no memory, a look would take some, or end this process by a signal.
    Status fill_holes_locked(const FoundPool &found) {
        Length length;
        const Status looked = Segment::look_at_length(found.object, found.header.constants, length);
        if (looked != Status::ok || !length.has_holes) return looked;
        if (!options_.repair) return Segment::check_length(found.object, found.header.constants);
        report_.found.add({Part::header}, "the object had holes: they have memory now, and zeros where data were");
        return found.object.commit(0, length.needed);
    }

    // Where the header lies about the size, the object tells.
    Status believe_object() {
        std::uint64_t size = 0;
        const Status measured = segment().object().size(size);
        if (measured == Status::ok) segment().believe(true_extent(segment(), size).there);
        return measured;
    }

    void leave() {
        LifeLock lock;
        if (!over_.held()) (void)lock.take(segment().object(), platform::boot_ns() + options_.timeout_ns);
        if (lock.held() && report_.repaired) shrink(lock, pool_);
        free_slot(session());
        release_byte(session());
        // A client that left meanwhile saw this pass's byte, and took the pool for alive.
        if (lock.held()) (void)bury_if_orphaned(lock, segment().constants());
    }

    // --- what the life lock guards

    // Whether a client is there and its slot says otherwise. A recoverer holds the byte for a moment too.
    Status look_at_client_locked(std::uint32_t slot, bool &unlisted) {
        constexpr int kLooks = 5;
        unlisted = true;
        for (int look = 0; look < kLooks && unlisted; look++) {
            if (look > 0) platform::pause_for(1'000'000);
            const platform::HeldByte live =
                platform::held_byte(segment().object(), kWriterBytes + slot, 1, HeldBy::writers);
            if (live.status != Status::ok) return live.status;
            unlisted = live.held && segment().client(slot).in_use.load(std::memory_order_acquire) == 0;
        }
        return Status::ok;
    }

    Status look_at_clients_locked() {
        for (std::uint32_t slot = 0; slot < kClientLimit; slot++) {
            if (segment().client(slot).in_use.load(std::memory_order_acquire) != 0) continue;
            bool unlisted = false;
            const Status looked = look_at_client_locked(slot, unlisted);
            if (looked != Status::ok) return about_pool(looked, name_);
            if (!unlisted) continue;
            unlisted_.push_back(slot);
            report_.found.add({Part::client}, "client slot %u is free, and its client is there", slot);
        }
        return Status::ok;
    }

    void mend_clients() {
        for (const std::uint32_t slot : unlisted_)
            if (platform::is_held(segment().object(), kWriterBytes + slot, 1, HeldBy::writers))
                segment().client(slot).in_use.store(1, std::memory_order_release);
    }

    // A change of the key that was killed leaves the old one behind, for whoever knows it.
    void look_at_keys_locked() {
        KeyArea &keys = segment().header().keys;
        WrappedBytes &other = keys.wrapped[1 - keys.current.load(kRelaxed) % 2];
        if (std::all_of(other.begin(), other.end(), [](std::uint8_t byte) { return byte == 0; })) return;
        report_.found.add({Part::header}, "a former auth key was left behind when a change of it was killed");
        if (options_.repair) other.fill(0);
    }

    // --- locks

    Status lock_stripes() {
        for (; held_ < kStripes; held_++) {
            LockWord &lock = segment().stripe(held_).lock;
            note_owner(lock, held_);
            const LockResult result = acquire({with_time_left(), session().owner}, lock, held_);
            // As whoever meets such a lock word does; a repair goes by the blocks instead.
            const bool resolves = result.adopted && !options_.repair;
            const Status status = resolves ? resolve_adopted(actor(), held_) : result.status;
            if (status != Status::ok) return say(status);
        }
        return Status::ok;
    }

    void note_owner(const LockWord &lock, std::uint32_t number) {
        const Owner owner = lock.owner.load(std::memory_order_acquire);
        if (owner == 0 || names_a_client(segment(), owner) || lock.owner.load(std::memory_order_acquire) != owner)
            return;
        const bool is_stripe = number < kStripes;
        report_.found.add({Part::lock, is_stripe ? number : kNoStripe}, "the lock of %s %u named nobody: %#x",
                          is_stripe ? "stripe" : "the pages, number", number, owner);
    }

    void release_stripe(std::uint32_t number) { release(segment(), segment().stripe(number).lock, number); }

    // The store has sentences only for what the system refused.
    Status say(Status status) const {
        const bool has_none = status == Status::timeout || status == Status::corrupt;
        return has_none ? fail_on_pool(status, name_) : about_pool(status, name_);
    }

    Status look(CheckReport &report) {
        note_owner(segment().header().extent_lock, kExtentLockNumber);
        const ExtentLock extents({with_time_left(), session().owner}, true);
        if (extents.status() != Status::ok) return say(extents.status());
        segment().usable();
        CheckReport checked = check(segment(), hash_, how());
        merge(checked, report);
        return Status::ok;
    }

    // What was found on the way to the locks comes first.
    static void merge(CheckReport &checked, CheckReport &report) {
        checked.violation_count += report.violation_count;
        checked.findings.insert(checked.findings.begin(), report.findings.begin(), report.findings.end());
        checked.violations.insert(checked.violations.begin(), report.violations.begin(), report.violations.end());
        report = std::move(checked);
    }

    const std::string_view name_;
    const FsckOptions &options_;
    FsckReport &report_;
    std::uint64_t deadline_;  // of the waits: a try of the auth key is none
    Pool pool_;
    std::unique_ptr<SealedPool> sealed_;
    const KeyHash hash_ = [this](std::string_view key) { return pool_.stored_key(key); };
    LifeLock over_;  // of a pool that is over, so that nobody connects to it
    bool joined_ = false;
    std::uint32_t held_ = 0;  // stripes
    std::vector<std::uint32_t> unlisted_;
};

}  // namespace

Status fsck(std::string_view name, const FsckOptions &options, FsckReport &report) {
    report = {};
    const Status clock = platform::find_boot_clock();
    if (clock != Status::ok) return clock;
    return Pass(name, options, report).run();
}

}  // namespace latzero::pool

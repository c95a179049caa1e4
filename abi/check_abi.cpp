// Looking a pool through for damage.
#include "guard.hpp"
#include "outcome.hpp"
#include "pool/life/fsck.hpp"
#include "pool/life/names.hpp"
#include "pool_options.hpp"

using namespace latzero;
using namespace latzero::abi;

static_assert(static_cast<int>(store::Part::header) == LATZERO_PART_HEADER);
static_assert(static_cast<int>(store::Part::lock) == LATZERO_PART_LOCK);
static_assert(static_cast<int>(store::Part::client) == LATZERO_PART_CLIENT);
static_assert(static_cast<int>(store::Part::table) == LATZERO_PART_TABLE);
static_assert(static_cast<int>(store::Part::record) == LATZERO_PART_RECORD);
static_assert(static_cast<int>(store::Part::seal) == LATZERO_PART_SEAL);
static_assert(static_cast<int>(store::Part::counter) == LATZERO_PART_COUNTER);
static_assert(static_cast<int>(store::Part::free_list) == LATZERO_PART_FREE_LIST);
static_assert(static_cast<int>(store::Part::block) == LATZERO_PART_BLOCK);
static_assert(static_cast<int>(store::Part::page) == LATZERO_PART_PAGE);

namespace {

Status check_options(const latzero_check_options &options, std::optional<value::AuthKey> &auth,
                     pool::FsckOptions &checked) {
    constexpr std::uint32_t kKnown = LATZERO_CHECK_REPAIR | LATZERO_CHECK_RAW_KEY;
    const bool is_raw = (options.flags & LATZERO_CHECK_RAW_KEY) != 0;
    if (options.flags & ~kKnown)
        return fail(Status::invalid_argument, "the check options have unknown flags 0x%x", options.flags);
    if (options.timeout_ms < 0) return fail(Status::invalid_argument, "the timeout is negative");
    const Status status = check_auth_key(options.auth_key, options.auth_key_len, is_raw, auth);
    if (status != Status::ok) return status;
    if (is_raw && !auth) return fail(Status::invalid_argument, "the check options have a raw key, which is NULL");
    checked.repair = (options.flags & LATZERO_CHECK_REPAIR) != 0;
    checked.auth = auth ? &*auth : nullptr;
    checked.ceiling = to_ceiling(options.kdf_memory_most, options.kdf_work_most);
    if (options.timeout_ms > 0) checked.timeout_ns = timeout_ns(options.timeout_ms);
    return Status::ok;
}

latzero_check_report to_report(const pool::FsckReport &checked) {
    const store::CheckReport &last = checked.last();
    latzero_check_report report = LATZERO_CHECK_REPORT_INIT;
    report.sound = last.sound();
    report.findings = checked.found.violation_count;
    report.findings_left = last.violation_count;
    report.stripes = store::kStripes;
    report.keys = last.keys;
    report.seals = last.seals;
    report.blocks_claimed = last.claimed_blocks;
    report.blocks_live = last.live_blocks;
    report.blocks_free = last.free_blocks;
    report.blocks_in_transfer = last.transfer_blocks;
    report.pages_used = last.pages_in_use;
    report.pages_of_extents = last.extent_pages;
    report.pages_in_limbo = last.limbo_pages;
    report.pages_pending = last.pending_pages;
    report.keys_dropped = checked.repair.dropped_keys;
    report.keys_recovered = checked.repair.recovered_keys;
    report.blocks_reclaimed = checked.repair.reclaimed_blocks;
    report.pages_reclaimed = checked.repair.reclaimed_pages;
    report.structure_only = checked.encrypted && !checked.opened;
    return report;
}

// Hands findings to the caller, whose exceptions, in a language that has them, are not to pass through here.
class Teller {
public:
    explicit Teller(const latzero_check_options &options) : options_(options) {}

    void tell(std::uint32_t kind, const store::Finding &about, const std::string &text) const {
        if (options_.callback == nullptr) return;
        latzero_finding finding = {};
        finding.struct_size = sizeof finding;
        finding.kind = kind;
        finding.part = static_cast<std::uint32_t>(about.part);
        finding.stripe = about.stripe == store::kNoStripe ? -1 : static_cast<std::int32_t>(about.stripe);
        finding.offset = about.offset;
        finding.key = about.key.empty() ? nullptr : about.key.data();
        finding.key_len = about.key.size();
        finding.text = text.c_str();
        options_.callback(&finding, options_.user_data);
    }
    void tell_all(std::uint32_t kind, const store::CheckReport &report) const {
        for (std::size_t i = 0; i < report.findings.size(); i++) tell(kind, report.findings[i], report.violations[i]);
    }
    void tell_all(const store::RepairReport &repair) const {
        for (const auto &told : repair.told)
            tell(told.deed == store::RepairReport::Deed::dropped ? LATZERO_FINDING_DROPPED : LATZERO_FINDING_RECOVERED,
                 told.about, told.sentence);
    }

private:
    const latzero_check_options &options_;
};

}  // namespace

extern "C" {

latzero_status latzero_pool_check(const char *name, const latzero_check_options *options,
                                  latzero_check_report *report) {
    return guarded_slow([&]() -> Status {
        std::string_view checked;
        latzero_check_options own = LATZERO_CHECK_OPTIONS_INIT;
        std::optional<value::AuthKey> auth;
        pool::FsckOptions how;
        pool::FsckReport made;
        Status status = pool::check_name(name, checked);
        if (status != Status::ok) return status;
        status = read_options("the check options", options, own);
        if (status == Status::ok) status = check_options(own, auth, how);
        if (status != Status::ok) return about_pool(status, checked);
        constexpr Call kCheck{log::kOfPools, "check", nullptr};
        status = logged(kCheck, checked, [&] { return about_pool(pool::fsck(checked, how, made), checked); });
        if (status != Status::ok) return status;
        if (log::is_on(log::Level::error)) log_check(checked, made.found.violation_count, made.last().violation_count);
        if (report != nullptr) {
            latzero_check_report filled = to_report(made);
            status = write_info(filled, report);
            if (status != Status::ok) return status;
        }
        const Teller teller(own);
        teller.tell_all(LATZERO_FINDING_BROKEN, made.found);
        teller.tell_all(made.repair);
        if (made.repaired) teller.tell_all(LATZERO_FINDING_LEFT, made.left);
        return Status::ok;
    });
}
}

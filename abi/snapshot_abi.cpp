// Snapshots: a pool's keys in a file, and back.
#include "guard.hpp"
#include "outcome.hpp"
#include "patterns.hpp"
#include "pool/life/names.hpp"
#include "snapshot/listing.hpp"
#include "snapshot/load.hpp"
#include "snapshot/restore.hpp"
#include "snapshot/save.hpp"

using namespace latzero;
using namespace latzero::abi;

static_assert(static_cast<int>(snapshot::Phase::saving) == LATZERO_SNAPSHOT_SAVING);
static_assert(static_cast<int>(snapshot::Phase::checking) == LATZERO_SNAPSHOT_CHECKING);
static_assert(static_cast<int>(snapshot::Phase::loading) == LATZERO_SNAPSHOT_LOADING);
static_assert(static_cast<int>(snapshot::Cause::expired) == LATZERO_SKIPPED_EXPIRED);
static_assert(static_cast<int>(snapshot::Cause::present) == LATZERO_SKIPPED_PRESENT);
static_assert(static_cast<int>(snapshot::Cause::not_matching) == LATZERO_SKIPPED_NOT_MATCHING);
static_assert(static_cast<int>(snapshot::Cause::number) == LATZERO_SKIPPED_NUMBER);
static_assert(static_cast<int>(snapshot::Cause::text) == LATZERO_SKIPPED_TEXT);
static_assert(static_cast<int>(snapshot::Cause::name) == LATZERO_SKIPPED_NAME);
static_assert(static_cast<int>(snapshot::Mode::merge) == LATZERO_SNAPSHOT_MERGE);
static_assert(static_cast<int>(snapshot::Mode::replace) == LATZERO_SNAPSHOT_REPLACE);
static_assert(static_cast<int>(snapshot::Mode::if_absent) == LATZERO_SNAPSHOT_IF_ABSENT);
static_assert(sizeof(latzero_revision) == sizeof(client::Positions) &&
              sizeof(latzero_snapshot_report::revision) == sizeof(client::Positions));

namespace {

constexpr Call kSave{log::kOfClients, "snapshot_save", "saved a snapshot"};
constexpr Call kLoad{log::kOfClients, "snapshot_load", "loaded a snapshot"};
constexpr Call kRestore{log::kOfPools, "snapshot_restore", "restored the pool from a snapshot"};

// A caller's arguments, checked. What they point to is theirs.
struct Asked {
    std::string_view path, prefix, pattern;
    client::Match match = client::Match::all;
    latzero_snapshot_options options = LATZERO_SNAPSHOT_OPTIONS_INIT;
};

Status check_path(const char *path, std::string_view &checked) {
    constexpr std::size_t kLongest = 4095;
    if (!bounded_text(path, LATZERO_CSTR, kLongest, checked) || checked.empty())
        return fail(Status::invalid_argument, "a path has 1 to 4,095 bytes");
    return Status::ok;
}

// What a call may say.
struct Allowed {
    std::uint32_t flags = 0;
    bool no_path = false;
};

Status check_asked(const char *path, const latzero_snapshot_options *theirs, const Allowed &allowed, Asked &asked) {
    latzero_snapshot_options &options = asked.options;
    Status status = Status::ok;
    if (path != nullptr)
        status = check_path(path, asked.path);
    else if (!allowed.no_path)
        status = null_argument("the path");
    if (status == Status::ok) status = read_options("the snapshot options", theirs, options);
    if (status == Status::ok) status = check_reserved("the snapshot options", options.reserved);
    if (status != Status::ok) return status;
    if ((options.flags & ~allowed.flags) != 0)
        return fail(Status::invalid_argument, "the snapshot options have flags 0x%x, which this call does not know",
                    options.flags);
    if (options.mode > LATZERO_SNAPSHOT_IF_ABSENT)
        return fail(Status::invalid_argument, "the mode is %u: there are 0 to 2", options.mode);
    if (options.prefix != nullptr && !bounded_text(options.prefix, options.prefix_len, LATZERO_KEY_MAX, asked.prefix))
        return fail(Status::invalid_argument, "the prefix is longer than a key can be");
    status = check_pattern(options.pattern, options.pattern_len, asked.pattern);
    if (status == Status::ok && asked.pattern.data() != nullptr) asked.match = client::Match::glob;
    return status;
}

// Hands on to the caller what the library tells.
class Teller {
public:
    explicit Teller(const latzero_snapshot_options &options) : options_(options) {}

    snapshot::Hooks hooks() const {
        if (options_.callback == nullptr) return {};
        return {[this](const snapshot::Progress &now) { return goes_on(now); },
                [this](std::string_view key, snapshot::Cause cause) { tell_skipped(key, cause); }};
    }

private:
    bool goes_on(const snapshot::Progress &now) const {
        latzero_snapshot_event event = {};
        event.struct_size = sizeof event;
        event.kind = static_cast<std::uint32_t>(now.phase);
        event.entries = now.entries;
        event.entries_of = now.entries_of;
        event.bytes = now.bytes;
        event.bytes_of = now.bytes_of;
        return options_.callback(&event, options_.user_data) == 0;
    }
    void tell_skipped(std::string_view key, snapshot::Cause cause) const {
        latzero_snapshot_event event = {};
        event.struct_size = sizeof event;
        event.kind = LATZERO_SNAPSHOT_SKIPPED;
        event.cause = static_cast<std::uint32_t>(cause);
        event.key = key.data();
        event.key_len = key.size();
        (void)options_.callback(&event, options_.user_data);
    }

    const latzero_snapshot_options &options_;
};

std::uint32_t flags_of(const snapshot::Head &head, bool is_original) {
    std::uint32_t flags = is_original ? LATZERO_SNAPSHOT_ORIGINAL : 0;
    if (head.persistent) flags |= LATZERO_SNAPSHOT_PERSISTENT;
    if (head.keeps_events) flags |= LATZERO_SNAPSHOT_EVENTS;
    return flags;
}

latzero_snapshot_report to_report(const snapshot::Report &made) {
    latzero_snapshot_report report = LATZERO_SNAPSHOT_REPORT_INIT;
    const snapshot::Head &head = made.head;
    report.flags = flags_of(head, made.is_original);
    report.entries = made.entries;
    report.loaded = made.loaded;
    report.removed = made.removed;
    report.skipped_expired = made.expired;
    report.skipped_present = made.present;
    report.skipped_not_matching = made.not_matching;
    report.skipped_unsayable = made.unsayable;
    report.file_bytes = made.file_bytes;
    report.created_ns = head.created_ns;
    report.max_bytes = head.max_bytes;
    report.idle_ttl_ms = head.idle_ttl_ms;
    head.pool.copy(report.pool, LATZERO_NAME_MAX);
    if (head.revision) std::memcpy(&report.revision, &*head.revision, sizeof report.revision);
    if (made.path.size() < sizeof report.path) made.path.copy(report.path, made.path.size());
    return report;
}

// Runs work(made), and tells of it whatever its status.
template <typename Work>
Status reported(latzero_snapshot_report *report, Work work) {
    const Status checked = report != nullptr ? check_info(report) : Status::ok;
    if (checked != Status::ok) return checked;
    snapshot::Report made;
    const Status status = caught([&] { return work(made); });
    if (report == nullptr) return status;
    latzero_snapshot_report filled = to_report(made);
    (void)write_info(filled, report);
    return status;
}

// Runs work(view, asked, hooks, made) on a client and checked arguments.
template <typename Work>
latzero_status on_client(latzero_client *client, const char *path, const latzero_snapshot_options *options,
                         const Allowed &allowed, const Call &call, latzero_snapshot_report *report,
                         Work work) noexcept {
    const platform::CancellationGuard not_now;
    return with_view(client, [&](const View &view) -> Status {
        Asked asked;
        const Status checked = check_asked(path, options, allowed, asked);
        if (checked != Status::ok) return checked;
        const Teller teller(asked.options);
        return logged(call, view.connection->name(), [&] {
            return reported(report, [&](snapshot::Report &made) { return work(view, asked, teller.hooks(), made); });
        });
    });
}

snapshot::LoadOptions to_load(const Asked &asked, std::string_view outer, snapshot::Hooks hooks) {
    value::Bytes prefix(outer);
    prefix += asked.prefix;
    return {.path = std::string(asked.path),
            .mode = static_cast<snapshot::Mode>(asked.options.mode),
            .prefix = std::move(prefix),
            .pattern = value::Bytes(asked.pattern),
            .match = asked.match,
            .hooks = std::move(hooks)};
}

latzero_snapshot_info to_info(const snapshot::Listed &listed, std::uint32_t struct_size) {
    latzero_snapshot_info info = {};
    info.struct_size = struct_size;
    info.flags = flags_of(listed.head, listed.is_original);
    info.created_ns = listed.head.created_ns;
    info.file_bytes = listed.file_bytes;
    info.max_bytes = listed.head.max_bytes;
    listed.head.pool.copy(info.pool, LATZERO_NAME_MAX);
    listed.file.copy(info.file, sizeof info.file - 1);
    return info;
}

// Where to look, and for snapshots of which pool; "" for NULL.
Status check_place(const char *directory, const char *pool, std::string_view &place, std::string_view &name) {
    const Status checked = directory != nullptr ? check_path(directory, place) : Status::ok;
    return checked == Status::ok && pool != nullptr ? pool::check_name(pool, name) : checked;
}

}  // namespace

extern "C" {

latzero_status latzero_snapshot_save(latzero_client *client, const char *path, const latzero_snapshot_options *options,
                                     latzero_snapshot_report *report) {
    return on_client(client, path, options, {LATZERO_SNAPSHOT_PLAIN, true}, kSave, report,
                     [](const View &view, const Asked &asked, snapshot::Hooks hooks, snapshot::Report &made) -> Status {
                         if (!asked.prefix.empty() || asked.options.mode != LATZERO_SNAPSHOT_MERGE)
                             return fail(Status::invalid_argument, "a save has no prefix and no mode");
                         return snapshot::save(*view.connection,
                                               {.path = std::string(asked.path),
                                                .library = latzero_version_string(),
                                                .filter = {value::Bytes(view.prefix), asked.pattern, asked.match},
                                                .plain = (asked.options.flags & LATZERO_SNAPSHOT_PLAIN) != 0,
                                                .hooks = std::move(hooks)},
                                               made);
                     });
}

latzero_status latzero_snapshot_load(latzero_client *client, const char *path, const latzero_snapshot_options *options,
                                     latzero_snapshot_report *report) {
    return on_client(client, path, options, {}, kLoad, report,
                     [](const View &view, const Asked &asked, snapshot::Hooks hooks, snapshot::Report &made) {
                         return snapshot::load(*view.connection, to_load(asked, view.prefix, std::move(hooks)), made);
                     });
}

latzero_status latzero_snapshot_restore(const char *name, const char *path, const latzero_snapshot_options *options,
                                        latzero_snapshot_report *report) {
    return guarded_slow([&]() -> Status {
        std::string_view pool;
        Asked asked;
        Status status = pool::check_name(name, pool);
        if (status == Status::ok) status = check_asked(path, options, {}, asked);
        if (status != Status::ok) return status;
        const Teller teller(asked.options);
        return logged(kRestore, pool, [&] {
            return reported(report, [&](snapshot::Report &made) {
                return about_pool(snapshot::restore(pool, to_load(asked, {}, teller.hooks()), made), pool);
            });
        });
    });
}

latzero_status latzero_snapshot_check(const char *path, const latzero_snapshot_options *options,
                                      latzero_snapshot_report *report) {
    return guarded_slow([&]() -> Status {
        Asked asked;
        const Status checked = check_asked(path, options, {}, asked);
        if (checked != Status::ok) return checked;
        const Teller teller(asked.options);
        return reported(report, [&](snapshot::Report &made) {
            return snapshot::check(std::string(asked.path), teller.hooks(), made);
        });
    });
}

latzero_status latzero_snapshot_list(const char *directory, const char *pool, uint32_t struct_size,
                                     latzero_snapshot_info **infos, size_t *count) {
    return guarded_slow([&]() -> Status {
        if (infos == nullptr || count == nullptr) return null_argument("infos or count");
        std::string_view place, name;
        Status status =
            check_stride("latzero_snapshot_info", struct_size, sizeof struct_size, alignof(latzero_snapshot_info));
        if (status == Status::ok) status = check_place(directory, pool, place, name);
        std::vector<snapshot::Listed> found;
        if (status == Status::ok) status = snapshot::list(std::string(place), name, found);
        if (status != Status::ok) return status;
        *infos = give_array<latzero_snapshot_info>(found, struct_size, to_info);
        *count = found.size();
        return Status::ok;
    });
}

latzero_status latzero_snapshot_prune(const char *directory, const char *pool, uint64_t keep, uint64_t *removed) {
    return guarded_slow([&]() -> Status {
        std::string_view place, name;
        std::uint64_t number = 0;
        const Status checked = check_place(directory, pool, place, name);
        if (checked != Status::ok) return checked;
        const Status status = caught([&] { return snapshot::prune(std::string(place), name, keep, number); });
        if (removed != nullptr) *removed = number;
        return status;
    });
}
}

#include "snapshot/load.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "base/last_error.hpp"
#include "client/writing.hpp"
#include "pool/key_hash.hpp"
#include "snapshot/reader.hpp"

namespace latzero::snapshot {

using client::Connection;

namespace {

// Reads a file from its beginning to its end, and calls visit(entry) for each entry that a pool can have.
template <typename Visit>
Status read_all(Input &input, const Hooks &hooks, Phase phase, Report &report, Visit visit) {
    std::unique_ptr<Reader> reader;
    Status status = make_reader(input, report.is_original, reader);
    report.head = {};
    report.path = input.path();
    if (status == Status::ok) status = reader->begin(report.head);
    const std::uint64_t entries_of = report.entries;  // of an earlier pass
    Pace pace(hooks, phase, entries_of, input.file_bytes());
    if (status == Status::ok) status = pace.tell(0, 0);
    Entry entry;
    std::uint64_t entries = 0;
    while (status == Status::ok) {
        std::optional<Cause> why;
        status = reader->next(entry, why);
        if (status != Status::ok) break;
        entries++;
        if (!why) {
            status = visit(entry);
        } else if (phase == Phase::checking) {
            report.count_skipped(*why);
            if (hooks.skipped) hooks.skipped(entry.key, *why);
        }
        if (status == Status::ok) status = pace.step(entries, input.position());
    }
    if (status != Status::not_found || !reader) return status;
    report.entries = entries;
    report.file_bytes = input.file_bytes();
    return pace.tell(entries, input.position());
}

class Loading {
public:
    Loading(Connection &connection, const LoadOptions &options, Report &report)
        : connection_(connection),
          options_(options),
          report_(report),
          wanted_({}, options.pattern, options.match),
          room_(connection.constants().max_bytes - connection.constants().geometry().data_at()) {}

    Status run() {
        const Status opened = input_.open(options_.path);
        if (opened != Status::ok) return opened;
        // No text of any type of value is longer; a key has its own part.
        constexpr std::uint64_t kTextOfByte = 16, kTextOfKey = 1 << 20;
        input_.limit(kTextOfByte * client::largest_value(connection_.pool()) + kTextOfKey);
        Status status = read_all(input_, options_.hooks, Phase::checking, report_,
                                 [this](const Entry &entry) { return check_entry(entry); });
        if (status == Status::ok && options_.mode == Mode::replace) status = remove_others();
        if (status != Status::ok) return status;
        status = input_.rewind();
        if (status != Status::ok) return status;
        return read_all(input_, options_.hooks, Phase::loading, report_,
                        [this](const Entry &entry) { return load_entry(entry); });
    }

private:
    bool is_wanted(const Entry &entry) const {
        std::string_view name;
        return wanted_.passes(entry.key, name);
    }
    bool has_expired(const Entry &entry) const { return entry.expires_ms != 0 && entry.expires_ms <= now_ms(); }
    static std::int64_t now_ms() { return platform::wall_ns() / 1'000'000; }

    std::string_view key_of(const Entry &entry) {
        key_ = options_.prefix;
        return key_.append(entry.key);
    }
    std::uint64_t hash_of(std::string_view key) const {
        return pool::hash_of(key, connection_.constants().hash_secret);
    }

    client::Given given(const Entry &entry) const {
        client::Given given;
        given.type = entry.value.type;
        given.bytes = entry.value.bytes;
        given.tag = entry.tag;
        if (entry.expires_ms != 0) given.ttl_ms = std::max<std::int64_t>(entry.expires_ms - now_ms(), 1);
        return given;
    }

    Status check_entry(const Entry &entry) {
        if (!is_wanted(entry) || has_expired(entry)) return Status::ok;
        const std::string_view key = key_of(entry);
        if (key.size() > kLongestKey)
            return fail(Status::too_large, "a key of %zu bytes is too long with the prefix: both have 65,535 at most",
                        entry.key.size());
        const Status checked = client::check_given(connection_, key, given(entry));
        if (checked != Status::ok) return checked;
        if (options_.mode == Mode::replace) hashes_.push_back(hash_of(key));
        return options_.mode == Mode::if_absent ? Status::ok : take_room(entry);
    }

    // What is surely needed: a larger value may be compressed.
    Status take_room(const Entry &entry) {
        const std::uint64_t size = entry.value.bytes.size();
        needed_ += key_.size() + (size <= client::settings.compress_above.load(std::memory_order_relaxed) ? size : 0);
        if (needed_ <= room_) return Status::ok;
        return fail(Status::memory_full, "the snapshot's keys and values do not fit under the pool's cap of %llu bytes",
                    static_cast<unsigned long long>(connection_.constants().max_bytes));
    }

    // First, so that there is room. A key whose hash is that of another one in the file would stay: of a million keys
    // none does, but for one time in 20 million.
    Status remove_others() {
        std::sort(hashes_.begin(), hashes_.end());
        client::Walk walk(client::Filter(options_.prefix, options_.pattern, options_.match));
        for (;;) {
            std::string_view name;
            client::ValueInfo info;
            const Status next = walk.next(connection_, name, false, info);
            if (next != Status::ok) return next == Status::not_found ? Status::ok : next;
            key_ = options_.prefix;
            key_.append(name);
            if (std::binary_search(hashes_.begin(), hashes_.end(), hash_of(key_))) continue;
            const Status erased = client::erase(connection_, connection_.key(key_));
            if (erased != Status::ok && erased != Status::not_found) return erased;
            report_.removed += erased == Status::ok;
        }
    }

    Status skip(const Entry &entry, Cause cause) {
        report_.count_skipped(cause);
        if (options_.hooks.skipped) options_.hooks.skipped(entry.key, cause);
        return Status::ok;
    }

    Status load_entry(const Entry &entry) {
        if (!is_wanted(entry)) return skip(entry, Cause::not_matching);
        if (has_expired(entry)) return skip(entry, Cause::expired);
        const bool is_new = options_.mode == Mode::if_absent;
        std::uint64_t version = 0;
        const Status stored = client::set_if(connection_, key_of(entry), given(entry),
                                             is_new ? pool::Expect::absent() : pool::Expect(), version);
        if (is_new && stored == Status::exists) return skip(entry, Cause::present);
        report_.loaded += stored == Status::ok;
        return stored;
    }

    static constexpr std::size_t kLongestKey = 65535;

    Connection &connection_;
    const LoadOptions &options_;
    Report &report_;
    Input input_;
    client::Filter wanted_;
    value::Bytes key_;
    std::vector<std::uint64_t> hashes_;  // of the keys that are in the file
    const std::uint64_t room_;
    std::uint64_t needed_ = 0;
};

}  // namespace

Status check(const std::string &path, const Hooks &hooks, Report &report) {
    Input input;
    const Status opened = input.open(path);
    if (opened != Status::ok) return opened;
    return read_all(input, hooks, Phase::checking, report, [](const Entry &) { return Status::ok; });
}

Status load(Connection &connection, const LoadOptions &options, Report &report) {
    const Status checked = connection.check();
    if (checked != Status::ok) return checked;
    if (connection.read_only()) return fail_on_pool(Status::read_only, connection.name());
    return Loading(connection, options, report).run();
}

}  // namespace latzero::snapshot

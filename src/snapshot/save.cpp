#include "snapshot/save.hpp"

#include <algorithm>

#include "base/last_error.hpp"
#include "base/printable.hpp"
#include "client/failures.hpp"
#include "client/keys.hpp"
#include "client/reading.hpp"
#include "platform/directory.hpp"
#include "pool/stats.hpp"
#include "snapshot/entry.hpp"
#include "snapshot/output.hpp"
#include "snapshot/places.hpp"

namespace latzero::snapshot {
namespace {

constexpr std::int64_t kMillisecondNs = 1'000'000, kMicrosecondNs = 1'000;

// Between the boot clock, by which keys end, and the wall clock, which a file's reader has: once for a whole save, so
// that what ends together does so in the file.
std::int64_t wall_less_boot_ms() {
    return platform::wall_ns() / kMillisecondNs - static_cast<std::int64_t>(platform::boot_ms());
}

Head head_of(const client::Connection &connection, const std::string &library) {
    const store::PoolConstants &constants = connection.constants();
    Head head;
    head.pool = connection.name();
    head.library = library;
    head.created_ns = platform::wall_ns() / kMicrosecondNs * kMicrosecondNs;  // as the file says it
    head.max_bytes = constants.max_bytes;
    head.idle_ttl_ms = constants.idle_ttl_ms;
    head.persistent = (constants.flags & store::kPersistent) != 0;
    head.keeps_events = constants.keeps_events();
    client::Positions &revision = head.revision.emplace();
    std::copy(std::begin(constants.pool_id), std::end(constants.pool_id), revision.pool_id.begin());
    for (std::uint32_t stripe = 0; stripe < store::kStripes; stripe++)
        revision.commits[stripe] = connection.pool().segment().stripe(stripe).version.load(std::memory_order_acquire);
    return head;
}

class Saving {
public:
    Saving(client::Connection &connection, const SaveOptions &options, Report &report)
        : connection_(connection),
          options_(options),
          report_(report),
          walk_(options.filter),
          pace_(options.hooks, Phase::saving, pool::size(connection.pool()), 0) {}

    Status run() {
        report_.head = head_of(connection_, options_.library);
        Status begun = choose_path();
        if (begun == Status::ok) begun = output_.begin(report_.path);
        if (begun != Status::ok) return begun;
        append_head(report_.head, output_.text());
        const Status written = write_entries();
        return written == Status::ok ? end() : written;
    }

private:
    Status choose_path() {
        report_.path = options_.path;
        if (is_named()) return Status::ok;
        if (options_.path.empty()) {
            Status found = default_directory(report_.path);
            if (found == Status::ok) found = platform::make_private_directory(report_.path);
            if (found != Status::ok) return found;
            report_.path += '/';
        }
        report_.path += file_name(connection_.name(), report_.head.created_ns);
        return Status::ok;
    }
    // Whether the caller has named the file.
    bool is_named() const { return !options_.path.empty() && options_.path.back() != '/'; }

    Status write_entries() {
        Status status = pace_.tell(0, 0);
        while (status == Status::ok) {
            std::string_view name;
            client::ValueInfo info;
            const Status next = walk_.next(connection_, name, true, info);
            if (next == Status::not_found) break;
            status = next == Status::ok ? write_entry(name, info) : next;
            if (status == Status::ok) status = pace_.step(report_.entries, output_.bytes());
        }
        return status;
    }

    Status write_entry(std::string_view name, const client::ValueInfo &info) {
        const std::int64_t expires_ms =
            info.expiry_ms == 0 ? 0 : static_cast<std::int64_t>(info.expiry_ms) + wall_less_boot_ms_;
        value::Bytes &text = output_.text();
        text += report_.entries == 0 ? "" : ",\n";
        const EntryView entry{name, info.type, {walk_.value(), info.size}, client::tag_of(info), expires_ms};
        if (!append_entry(entry, text)) return client::refuse_form(connection_, name, "snapshot", {0, "it is damaged"});
        report_.entries++;
        return output_.flush_if_large();
    }

    Status end() {
        value::Bytes &text = output_.text();
        text.append(report_.entries == 0 ? "" : "\n").append("],\n\"key_count\": ");
        text.append(std::to_string(report_.entries)).append(",\n");
        HexDigest digest;
        const Status digested = output_.digest(digest);
        if (digested != Status::ok) return digested;
        text.append("\"digest\": \"").append(digest.data(), digest.size()).append("\"\n}\n");
        // The last moment at which it can be called off.
        Status status = pace_.tell(report_.entries, output_.bytes());
        if (status == Status::ok) status = finish();
        report_.text_bytes = output_.bytes();
        report_.file_bytes = output_.file_bytes();
        return status;
    }

    Status finish() {
        using platform::NewFile;
        const Status finished = output_.finish(is_named() ? NewFile::Existing::replaced : NewFile::Existing::refused);
        if (finished != Status::exists) return finished;
        return fail(Status::exists, "%s is there already, of the same millisecond: save again",
                    Shown(report_.path).text());
    }

    client::Connection &connection_;
    const SaveOptions &options_;
    Report &report_;
    Output output_;
    client::Walk walk_;
    Pace pace_;
    const std::int64_t wall_less_boot_ms_ = wall_less_boot_ms();
};

}  // namespace

Status save(client::Connection &connection, const SaveOptions &options, Report &report) {
    const Status checked = connection.check();
    if (checked != Status::ok) return checked;
    if (connection.constants().encrypted() && !options.plain)
        return fail(Status::unsupported,
                    "the pool is encrypted, and sealed snapshots are not there yet: LATZERO_SNAPSHOT_PLAIN writes its "
                    "keys and values in clear");
    return Saving(connection, options, report).run();
}

}  // namespace latzero::snapshot

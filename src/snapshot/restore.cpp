#include "snapshot/restore.hpp"

#include <memory>

#include "base/last_error.hpp"
#include "pool/life/create.hpp"
#include "pool/life/destroy.hpp"

namespace latzero::snapshot {
namespace {

// A file that tells nothing of its pool makes one with the defaults.
pool::PoolOptions options_of(const Head &head) {
    pool::PoolOptions options;
    if (head.max_bytes != 0) options.max_bytes = head.max_bytes;
    options.persistent = head.persistent;
    options.keeps_events = head.keeps_events;
    options.idle_ttl_ms = head.idle_ttl_ms;
    return options;
}

Status load_new(std::string_view name, const LoadOptions &options, Report &report) {
    std::unique_ptr<client::Connection> connection;
    const Status connected = client::Connection::connect(name, {.keeps_creation = true}, connection);
    if (connected != Status::ok) return connected;
    const Status loaded = load(*connection, options, report);
    const Status left = connection.release()->drop_handle();
    return loaded == Status::ok ? left : loaded;
}

}  // namespace

// The head is believed once all of the file was sound.
Status restore(std::string_view name, const LoadOptions &options, Report &report) {
    Report checked;
    Status status = check(options.path, {}, checked);
    if (status == Status::ok) status = pool::create(name, options_of(checked.head));
    if (status != Status::ok) return status;
    status = load_new(name, options, report);
    if (status == Status::ok) return status;
    // What is told is why it failed.
    keep_last_error();
    (void)pool::destroy(name);
    drop_last_error();
    return status;
}

}  // namespace latzero::snapshot

// Watches, and waits for one key.
#include "client/key_wait.hpp"
#include "client/watch.hpp"
#include "guard.hpp"
#include "handles.hpp"
#include "patterns.hpp"

using namespace latzero;
using namespace latzero::abi;

namespace latzero::abi {

constinit HandleTable<OpenWatch, latzero_watch> watch_handles;

}  // namespace latzero::abi

namespace {

static_assert(LATZERO_STRIPES == store::kStripes && sizeof(latzero_revision) == sizeof(client::Positions));
static_assert(LATZERO_EVENT_DESTROYED == static_cast<int>(client::Told::destroyed));

constexpr std::uint32_t kKinds = LATZERO_WATCH_UPDATES | LATZERO_WATCH_DELETES | LATZERO_WATCH_EXPIRIES;
constexpr std::uint32_t kAll =
    kKinds | LATZERO_WATCH_CLIENTS | LATZERO_WATCH_VALUES | LATZERO_WATCH_OTHERS | LATZERO_WATCH_FOLLOW;

client::Watched to_watched(std::uint32_t what) {
    if ((what & (kKinds | LATZERO_WATCH_CLIENTS)) == 0) what |= kKinds;
    if ((what & LATZERO_WATCH_FOLLOW) != 0) what |= kKinds | LATZERO_WATCH_VALUES;
    return {.updates = (what & LATZERO_WATCH_UPDATES) != 0,
            .deletes = (what & LATZERO_WATCH_DELETES) != 0,
            .expiries = (what & LATZERO_WATCH_EXPIRIES) != 0,
            .clients = (what & LATZERO_WATCH_CLIENTS) != 0,
            .values = (what & LATZERO_WATCH_VALUES) != 0,
            .others = (what & LATZERO_WATCH_OTHERS) != 0,
            .follow = (what & LATZERO_WATCH_FOLLOW) != 0};
}

// What the options say, and the bytes that they refer to.
struct WatchGiven {
    latzero_watch_options options = LATZERO_WATCH_OPTIONS_INIT;
    std::string_view pattern;
    client::Positions from = {};
};

Status check_watch_options(const latzero_watch_options *theirs, WatchGiven &given) {
    latzero_watch_options &options = given.options;
    Status status = read_options("the watch options", theirs, options);
    if (status == Status::ok) status = check_reserved("the watch options", options.reserved);
    if (status != Status::ok) return status;
    if ((options.what & ~kAll) != 0)
        return fail(Status::invalid_argument, "the watch options ask for 0x%x, which no watch delivers",
                    options.what & ~kAll);
    constexpr std::uint32_t kLeast = 1u << store::kLeastRingBits, kMost = 1u << store::kMostRingBits;
    const std::uint32_t history = options.history;
    if (history != 0 && (history < kLeast || history > kMost || (history & (history - 1)) != 0))
        return fail(Status::invalid_argument, "the history is a power of two from %u to %u, or 0", kLeast, kMost);
    if (options.from != nullptr) std::memcpy(&given.from, options.from, sizeof given.from);
    return check_pattern(options.pattern, options.pattern_len, given.pattern);
}

// `info`: where that of the value is kept.
Status write_event(const client::WatchEvent &event, latzero_value_info &info, latzero_event *theirs) {
    latzero_event filled = LATZERO_EVENT_INIT;
    filled.kind = static_cast<std::uint32_t>(event.kind);
    filled.flags = (event.nameless ? LATZERO_EVENT_NAMELESS : 0) | (event.key_cut ? LATZERO_EVENT_KEY_CUT : 0);
    filled.stripe = event.stripe;
    filled.key = event.name.data();
    filled.key_len = event.name.size();
    filled.revision = event.revision;
    filled.version = event.version;
    filled.lost = event.lost;
    filled.client = event.client;
    filled.client_process = event.process;
    filled.value_status = static_cast<latzero_status>(event.value_status);
    if (event.value != nullptr) {
        filled.value = event.value;
        filled.info = &info;
        (void)write_value_info(event.info, &info);
    }
    return write_info(filled, theirs);
}

template <typename Work>
latzero_status with_watch(latzero_watch *watch, Work work) noexcept {
    return guarded([&]() -> Status {
        OpenWatch *open = watch_handles.find(watch);
        return open != nullptr ? work(*open) : refuse_handle(watch, HandleKind::watch);
    });
}

}  // namespace

extern "C" {

latzero_status latzero_watch_open(latzero_client *client, const latzero_watch_options *options, latzero_watch **watch) {
    return with_view(client, [&](const View &found) -> Status {
        if (watch == nullptr) return null_argument("watch");
        WatchGiven given;
        auto opened = std::make_unique<OpenWatch>();
        Status status = check_watch_options(options, given);
        if (status != Status::ok) return status;
        const client::WatchOptions how{.what = to_watched(given.options.what),
                                       .filter = make_filter(found, given.pattern),
                                       .from = given.options.from != nullptr ? &given.from : nullptr,
                                       .history = given.options.history};
        status = client::Watch::open(*found.connection, how, opened->watch);
        if (status != Status::ok) return status;
        latzero_watch *handle = watch_handles.add(opened, HandleKind::watch);
        if (handle == nullptr) return fail(Status::no_memory, "this process has too many watches: close some");
        *watch = handle;
        return Status::ok;
    });
}

latzero_status latzero_watch_next(latzero_watch *watch, int64_t timeout_ms, latzero_event *event) {
    return with_watch(watch, [&](OpenWatch &open) -> Status {
        if (event == nullptr) return null_argument("event");
        if (timeout_ms < -1) return fail(Status::invalid_argument, "the timeout is negative: -1 is for ever");
        // Before an event is taken: one that could not be written would be lost.
        const Status checked = check_info(event);
        if (checked != Status::ok) return checked;
        client::WatchEvent found;
        const Status status = open.watch->next(timeout_ms, found);
        return status == Status::ok ? write_event(found, open.info, event) : status;
    });
}

latzero_status latzero_watch_revision(latzero_watch *watch, latzero_revision *revision) {
    return with_watch(watch, [&](OpenWatch &open) -> Status {
        if (revision == nullptr) return null_argument("revision");
        client::Positions positions = {};
        const Status status = open.watch->positions(positions);
        if (status == Status::ok) std::memcpy(revision, &positions, sizeof positions);
        return status;
    });
}

latzero_status latzero_watch_wake(latzero_watch *watch) {
    return with_watch(watch, [](OpenWatch &open) { return open.watch->wake(); });
}

void latzero_watch_close(latzero_watch *watch) {
    if (watch == nullptr) return;
    (void)guarded_slow(
        [&] { return watch_handles.remove(watch) ? Status::ok : refuse_handle(watch, HandleKind::watch); });
}

latzero_status latzero_wait(latzero_client *client, const char *key, size_t key_len, uint64_t known_version,
                            int64_t timeout_ms, uint64_t *version) {
    return with_key(client, key, key_len, [&](client::Connection &found, std::string_view checked) -> Status {
        if (version == nullptr) return null_argument("version");
        if (timeout_ms < -1) return fail(Status::invalid_argument, "the timeout is negative: -1 is for ever");
        std::uint64_t now = 0;
        const Status status = client::wait_for_change(found, checked, known_version, timeout_ms, now);
        if (status == Status::ok) *version = now;
        return status;
    });
}
}

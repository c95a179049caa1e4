// Watches, and waits for one key.
#include "background/watch_thread.hpp"
#include "client/key_wait.hpp"
#include "client/watch.hpp"
#include "guard.hpp"
#include "handles.hpp"
#include "patterns.hpp"
#include "pool_options.hpp"

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
    std::uint8_t bits = 0;
    status = check_history("the watch options", options.history, bits);
    if (status != Status::ok) return status;
    if (options.from != nullptr) std::memcpy(&given.from, options.from, sizeof given.from);
    return check_pattern(options.pattern, options.pattern_len, given.pattern);
}

// `info`: where that of the value is kept.
latzero_event to_event(const client::WatchEvent &event, latzero_value_info &info) {
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
    if (event.value == nullptr) return filled;
    info = to_value_info(event.info);
    filled.value = event.value;
    filled.info = &info;
    return filled;
}

Status open_watch(const View &view, const latzero_watch_options *options, std::unique_ptr<client::Watch> &opened) {
    WatchGiven given;
    const Status status = check_watch_options(options, given);
    if (status != Status::ok) return status;
    const client::WatchOptions how{.what = to_watched(given.options.what),
                                   .filter = make_filter(view, given.pattern),
                                   .from = given.options.from != nullptr ? &given.from : nullptr,
                                   .history = given.options.history};
    return client::Watch::open(*view.connection, how, opened);
}

// A watch that the thread of its connection knows must not end without it.
void leave_thread(client::Watch &watch) {
    client::Connection *connection = watch.connection();
    if (connection == nullptr || connection->forked() || !watch.alert()) return;
    const std::lock_guard lock(connection->service_lock());
    if (connection->service()) static_cast<background::WatchThread &>(*connection->service()).leave(watch);
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
        auto opened = std::make_unique<OpenWatch>();
        const Status status = open_watch(found, options, opened->watch);
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
        if (status != Status::ok) return status;
        latzero_event filled = to_event(found, open.info);
        return write_info(filled, event);
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
    (void)guarded_slow([&]() -> Status {
        const std::unique_ptr<OpenWatch> closed = watch_handles.remove(watch);
        if (!closed) return refuse_handle(watch, HandleKind::watch);
        leave_thread(*closed->watch);
        return Status::ok;
    });
}

latzero_status latzero_event_fd(latzero_watch *watch, intptr_t *fd) {
    return with_watch(watch, [&](OpenWatch &open) -> Status {
        if (fd == nullptr) return null_argument("fd");
        Status status = open.watch->check();
        if (status != Status::ok) return status;
        background::WatchThread *thread = nullptr;
        std::int32_t descriptor = -1;
        status = background::WatchThread::of(*open.watch->connection(), thread);
        if (status == Status::ok) status = thread->attend(*open.watch, descriptor);
        if (status == Status::ok) *fd = descriptor;
        return status;
    });
}

latzero_status latzero_on(latzero_client *client, const latzero_watch_options *options, latzero_event_callback callback,
                          void *user_data, uint64_t *registration) {
    return with_view(client, [&](const View &found) -> Status {
        if (callback == nullptr || registration == nullptr) return null_argument("callback or registration");
        std::unique_ptr<client::Watch> watch;
        background::WatchThread *thread = nullptr;
        Status status = open_watch(found, options, watch);
        if (status == Status::ok) status = background::WatchThread::of(*found.connection, thread);
        if (status != Status::ok) return status;
        const auto call = [callback, user_data](const client::WatchEvent &event) {
            latzero_value_info info;
            const latzero_event told = to_event(event, info);
            callback(&told, user_data);
        };
        std::uint64_t number = 0;
        thread->on(std::move(watch), call, number);
        *registration = number;
        return Status::ok;
    });
}

latzero_status latzero_off(latzero_client *client, uint64_t registration) {
    return with_view(client, [&](const View &found) -> Status {
        const Status checked = found.connection->check();
        if (checked == Status::forked) return checked;
        background::WatchThread *thread = nullptr;
        {
            const std::lock_guard lock(found.connection->service_lock());
            thread = static_cast<background::WatchThread *>(found.connection->service().get());
        }
        if (thread != nullptr && thread->off(registration)) return Status::ok;
        return fail(Status::invalid_argument, "there is no registration %llu: pass one that latzero_on() gave",
                    static_cast<unsigned long long>(registration));
    });
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

// A watch: the changes of a pool's keys, in the order of the commits of each stripe, as others and this process make
// them.
//
// It has a cursor in each stripe's part of the ring of changes (store/ring_cursor.hpp), and takes turns among the
// stripes. Filtering is its own work: writers know no patterns. What was overwritten before it came by is told as lost.
// A watch that follows walks a stripe instead: what it is told, applied to a copy, keeps the copy equal.
//
// - An event is delivered once, and the cursor has passed it then: positions() resumes behind what was delivered.
// - A stripe that is to be walked delivers no events before: its cursor was set first, so none is missed.
// - Once in kTickNs, while somebody asks for events, it looks at what no writer told: clients that died, changes that a
//   killed one left without a bell, a ring that was off.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "client/alert.hpp"
#include "client/connection.hpp"
#include "client/follow.hpp"
#include "client/reading.hpp"
#include "client/seen_clients.hpp"
#include "client/sleeper.hpp"
#include "client/walk.hpp"
#include "store/ring_cursor.hpp"
#include "store/watching.hpp"

namespace latzero::client {

// The last commit number of each stripe that has been delivered, and of which pool.
struct Positions {
    std::array<std::uint8_t, 16> pool_id;
    std::array<std::uint64_t, store::kStripes> commits;
};

struct Watched {
    bool updates = false, deletes = false, expiries = false, clients = false;
    bool values = false;  // each with the value of now
    bool others = false;  // not what this connection does
    bool follow = false;
};

struct WatchOptions {
    Watched what;
    Filter filter;
    const Positions *from = nullptr;  // nullptr: now
    std::uint32_t history = 0;        // slots a stripe, if the ring is made for this watch; 0: the usual
};

// As LATZERO_EVENT_*.
enum class Told : std::uint32_t {
    lost = 0,
    set = 1,
    created = 2,
    changed = 3,
    ttl = 4,
    erased = 5,
    expired = 6,
    present = 7,
    resync = 8,
    synced = 9,
    connect = 10,
    disconnect = 11,
    destroyed = 12
};

struct WatchEvent {
    Told kind = Told::lost;
    bool nameless = false;  // of an encrypted pool: nobody can name the key
    bool key_cut = false;   // `name` is its beginning
    std::uint32_t stripe = 0;
    std::string_view name;  // with a NUL behind it. No data: there is no key
    std::uint64_t revision = 0, version = 0, lost = 0;
    std::uint32_t client = 0, process = 0;
    const char *value = nullptr;
    ValueInfo info;
    Status value_status = Status::ok;
};

class Watch {
public:
    static constexpr std::uint64_t kTickNs = 1'000'000'000;
    static constexpr std::uint32_t kAllStripes = store::kStripes;  // in an event: no single one

    // The connection ends the watch, if that is still open.
    static Status open(Connection &connection, const WatchOptions &options, std::unique_ptr<Watch> &watch);
    ~Watch() { end(); }
    Watch(const Watch &) = delete;
    Watch &operator=(const Watch &) = delete;

    // The next event; waits for it that long, in milliseconds, negative for ever. What it points to is good until the
    // next call. timeout; cancelled by wake(); destroyed, once that has been delivered.
    Status next(std::int64_t timeout_ms, WatchEvent &event);
    Status positions(Positions &positions) const;
    // Has next() return; any thread.
    Status wake();

    // ok unless its connection has ended, or is not this process's.
    Status check() const;

    // For a thread that waits for several watches; it is the one that calls next().
    bool is_due() const;
    // Sees to what is due besides. 0 if there may be an event now; else how long there is none unless is_due() says so.
    std::uint64_t rest_ns(std::uint64_t now_ns);

    Connection *connection() const { return connection_; }
    bool wants_expiries() const { return what_.expiries; }
    // The watch's descriptor, or nullptr. The thread that sets it also makes it.
    std::unique_ptr<Alert> &alert() { return alert_; }

    // Afterwards it delivers nothing, and the connection may end.
    void end();

private:
    Watch(Connection &connection, const WatchOptions &options);

    void start(const Positions *from, const store::RingStart &start);
    [[gnu::cold]] Status refuse_wait(std::int64_t timeout_ms);
    const store::Segment &segment() const { return connection_->pool().segment(); }

    // ok if there is an event, not_found if there is none now.
    Status find(WatchEvent &event);
    Status found();
    bool may_walk() const { return follow_ && follow_->has_stale() && !connection_->pool().destroyed(); }
    bool find_client(WatchEvent &event);
    bool find_untold(WatchEvent &event);
    bool find_change(WatchEvent &event);
    Status find_walked(WatchEvent &event);
    bool is_present(WatchEvent &event);
    bool lose(std::uint32_t stripe, std::uint64_t lost, WatchEvent &event);
    bool tell(std::uint32_t stripe, WatchEvent &event);
    bool wants(const store::EventHead &head) const;
    bool name_key(WatchEvent &event);
    Status find_name(const store::RingEvent &raw, WatchEvent &event);
    Status find_name_behind(WatchEvent &event);
    void read_value(WatchEvent &event);

    std::uint64_t off_stripes() const;
    // As rest_ns().
    std::uint64_t tick(std::uint64_t now_ns);
    std::uint64_t sweep(std::uint64_t now_ns);

    Connection *connection_;  // nullptr: it has ended
    platform::ForkWatch watch_;
    const Watched what_;
    const Filter filter_;
    const std::uint32_t ring_bits_;  // of the ring, if it is this watch that makes it
    Sleeper sleeper_;
    std::vector<store::RingCursor> cursors_;  // of each stripe
    std::uint32_t at_ = 0, burst_ = 0;        // whose turn it is among them, and for how many events already
    std::uint32_t untold_ = 0;                // stripes before it have been looked at closely since the last tick
    std::uint64_t unknown_ = 0;               // a bit for each of which nothing is known, and that is still to be said
    std::optional<Follow> follow_;
    bool walks_ = false;  // walks and events take turns
    std::optional<SeenClients> seen_;
    std::vector<ClientChange> changes_;  // to be delivered
    bool told_end_ = false;
    std::uint64_t tick_ns_ = 0, swept_ns_ = 0;  // the next tick, the last sweep: by the boot clock
    std::unique_ptr<Alert> alert_;

    // What the last event points to.
    store::RingEvent raw_;
    value::Bytes name_;
    Memory value_;
};

}  // namespace latzero::client

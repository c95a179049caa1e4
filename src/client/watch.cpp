#include "client/watch.hpp"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <utility>

#include "base/last_error.hpp"
#include "log/log.hpp"
#include "platform/sync.hpp"
#include "store/call_deadline.hpp"
#include "store/recovery.hpp"
#include "store/remove.hpp"

namespace latzero::client {

using namespace store;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr std::uint64_t kAllBits = ~std::uint64_t{0};

// What the watch does for others waits no longer for what the living hold.
constexpr std::uint64_t kPatienceNs = 50'000'000;

std::uint32_t ring_bits(std::uint32_t history) {
    if (history == 0) return kUsualRingBits;
    return static_cast<std::uint32_t>(std::bit_width(std::min(history, 1u << kMostRingBits) - 1));
}

Told told(EventKind kind) { return static_cast<Told>(kind); }
static_assert(static_cast<int>(Told::set) == static_cast<int>(EventKind::set));
static_assert(static_cast<int>(Told::expired) == static_cast<int>(EventKind::expired));

[[gnu::cold]] void log_gap(std::string_view pool, std::uint64_t lost) {
    std::uint32_t more = 0;
    char text[120];
    if (lost == 0 || !log::is_on(log::Level::warning) || !log::is_due(log::kGaps, more)) return;
    const int size =
        std::snprintf(text, sizeof text, "a watch was too slow and has lost %llu events; %u gaps before were not told",
                      static_cast<unsigned long long>(lost), more);
    log::write({.level = log::Level::warning,
                .logger = log::kOfClients,
                .message = {text, static_cast<std::size_t>(size)},
                .pool = pool,
                .operation = "watch"});
}

}  // namespace

Watch::Watch(Connection &connection, const WatchOptions &options)
    : connection_(&connection),
      what_(options.what),
      filter_(options.filter),
      ring_bits_(ring_bits(options.history)),
      sleeper_(connection.pool()) {
    if (what_.clients) seen_.emplace(connection.pool().session());
}

Status Watch::open(Connection &connection, const WatchOptions &options, std::unique_ptr<Watch> &watch) {
    const CallDeadline all_stripes;
    const Status checked = connection.check();
    if (checked != Status::ok) return checked;
    std::unique_ptr<Watch> made(new Watch(connection, options));
    made->cursors_.reserve(kStripes);
    Status status = platform::ForkWatch::start(made->watch_);
    RingStart start;
    if (status == Status::ok) status = begin_watching(connection.pool().actor(), made->ring_bits_, start);
    if (status != Status::ok) {
        made->connection_ = nullptr;
        return status == Status::io || status == Status::no_memory ? about_pool(status, connection.name())
                                                                   : fail_on_pool(status, connection.name());
    }
    connection.watches().add(*made);
    made->start(options.from, start);
    if (const std::uint64_t off = made->off_stripes()) made->sleeper_.ask(off);
    watch = std::move(made);
    return Status::ok;
}

// A place that is resumed from may be one that the pool has not reached, if the caller made it up.
void Watch::start(const Positions *from, const RingStart &start) {
    const bool resumes = from != nullptr && from->pool_id == segment().constants().pool_id;
    for (std::uint32_t stripe = 0; stripe < kStripes; stripe++) {
        const std::uint64_t next = resumes ? std::min(from->commits[stripe], start[stripe] - 1) + 1 : start[stripe];
        cursors_.emplace_back(segment(), stripe, next);
    }
    if (what_.follow) follow_.emplace(from == nullptr);
    if (from != nullptr && !resumes) unknown_ = kAllBits;
}

void Watch::end() {
    Connection *connection = std::exchange(connection_, nullptr);
    if (connection == nullptr || watch_.forked()) return;
    connection->watches().remove(*this);
    cursors_.clear();
    const CallDeadline all_stripes;
    end_watching(connection->pool().actor());
}

Status Watch::check() const {
    if (connection_ == nullptr)
        return fail(Status::invalid_argument,
                    "the watch ended with its client: open one by a client that is connected");
    return connection_->forked() ? connection_->check() : Status::ok;
}

// What comes between the last look and the clearing is seen by the next one.
Status Watch::refuse_wait(std::int64_t timeout_ms) {
    if (alert_) {
        alert_->clear();
        if (is_due()) alert_->set();
    }
    return about_pool(fail(Status::timeout, "there was no event within %lld ms", static_cast<long long>(timeout_ms)),
                      connection_->name());
}

Status Watch::wake() {
    const Status checked = check();
    if (checked == Status::ok) sleeper_.wake();
    return checked;
}

Status Watch::positions(Positions &positions) const {
    const Status checked = check();
    if (checked != Status::ok) return checked;
    positions.pool_id = segment().constants().pool_id;
    for (std::uint32_t stripe = 0; stripe < kStripes; stripe++) {
        const bool is_known = (unknown_ >> stripe & 1) == 0 && !(follow_ && follow_->is_stale(stripe));
        positions.commits[stripe] = is_known ? cursors_[stripe].number() - 1 : 0;
    }
    return Status::ok;
}

// --- waiting ---------------------------------------------------------------------------------------------------------

Status Watch::next(std::int64_t timeout_ms, WatchEvent &event) {
    const Status checked = check();
    if (checked != Status::ok) return checked;
    std::uint64_t until_ns = 0;
    for (bool is_first = true;; is_first = false) {
        if (sleeper_.take_wake())
            return about_pool(fail(Status::cancelled, "the watch was woken: call again to go on"), connection_->name());
        const Status found = find(event);
        if (found != Status::not_found) return found;
        if (is_first) until_ns = deadline_ns(timeout_ms);
        const std::uint64_t now_ns = platform::boot_ns();
        const std::uint64_t rest = rest_ns(now_ns);
        if (rest == 0) continue;
        if (now_ns >= until_ns) return refuse_wait(timeout_ms);
        if (const std::uint64_t off = off_stripes()) sleeper_.ask(off);
        sleeper_.rest(kAllBits, std::min(until_ns - now_ns, rest), [this] { return is_due(); });
    }
}

// Whether next() would find something, or should look.
bool Watch::is_due() const {
    if (connection_->pool().destroyed() || (seen_ && seen_->is_due(segment()))) return true;
    return std::any_of(cursors_.begin(), cursors_.end(), [](const RingCursor &cursor) { return cursor.is_due(); });
}

std::uint64_t Watch::rest_ns(std::uint64_t now_ns) {
    if (now_ns >= tick_ns_) return tick(now_ns);
    const std::uint64_t rest = std::min(tick_ns_ - now_ns, sweep(now_ns));
    if (off_stripes() == 0) return rest;
    untold_ = 0;
    return std::min(rest, Sleeper::kPollNs);
}

std::uint64_t Watch::tick(std::uint64_t now_ns) {
    const CallDeadline brief(kPatienceNs);
    tick_ns_ = now_ns + kTickNs;
    untold_ = 0;
    Session &session = connection_->pool().session();
    if (segment().writable() && !connection_->pool().destroyed()) (void)recover_all_dead(session);
    if (seen_) seen_->look(session, true, &changes_);
    if (what_.expiries) connection_->with_values([](auto &values) { values.note_ended(); });
    // As a repair leaves it that found it false.
    if (segment().writable() && off_stripes() != 0) keep_watching(connection_->pool().actor(), ring_bits_);
    connection_->tell_log();
    return 0;
}

// Removes what has ended, so that it is told. How long until the next key ends, or more may be removed.
std::uint64_t Watch::sweep(std::uint64_t now_ns) {
    constexpr std::uint64_t kEachNs = 50'000'000;
    if (!what_.expiries || !segment().writable()) return kAllBits;
    const std::uint64_t due_ms = next_end_ms(segment());
    if (due_ms == 0) return kAllBits;
    const std::uint64_t due_ns = std::max(to_ns(due_ms), swept_ns_ + kEachNs);
    if (due_ns > now_ns) return due_ns - now_ns;
    const CallDeadline brief(kPatienceNs);
    swept_ns_ = now_ns;
    connection_->with_values([](auto &values) { values.sweep(); });
    return 0;
}

// Of which a ring, if a read-only client watches alone, is to come. Until then changes are seen by the commit numbers.
std::uint64_t Watch::off_stripes() const {
    std::uint64_t off = 0;
    for (std::uint32_t stripe = 0; stripe < kStripes; stripe++)
        if (!cursors_[stripe].is_on()) off |= std::uint64_t{1} << stripe;
    return off;
}

// --- finding ---------------------------------------------------------------------------------------------------------

Status Watch::find(WatchEvent &event) {
    event = {};
    const bool is_over = connection_->pool().destroyed();
    walks_ = may_walk() && !walks_;
    if (find_client(event) || find_untold(event) || (!walks_ && find_change(event))) return found();
    // By now a stripe may be stale that was not.
    const Status walked = may_walk() ? find_walked(event) : Status::not_found;
    if (walked == Status::ok) return found();
    if (walked != Status::not_found) return walked;
    if (walks_ && find_change(event)) return found();
    if (!is_over) return Status::not_found;
    if (told_end_ && alert_) alert_->clear();
    if (told_end_) return fail_on_pool(Status::destroyed, connection_->name());
    told_end_ = true;
    event.kind = Told::destroyed;
    event.stripe = kAllStripes;
    return found();
}

Status Watch::found() {
    sleeper_.note_found();
    return Status::ok;
}

bool Watch::find_client(WatchEvent &event) {
    if (seen_ && changes_.empty() && seen_->is_due(segment()))
        seen_->look(connection_->pool().session(), false, &changes_);
    if (changes_.empty()) return false;
    const ClientChange change = changes_.front();
    changes_.erase(changes_.begin());
    event.kind = change.came ? Told::connect : Told::disconnect;
    event.stripe = kAllStripes;
    event.client = change.client;
    event.process = change.process;
    event.lost = change.others;
    return true;
}

// What the ring does not tell of.
bool Watch::find_untold(WatchEvent &event) {
    while (untold_ < kStripes) {
        const std::uint32_t stripe = untold_++;
        const std::uint64_t bit = std::uint64_t{1} << stripe;
        if ((unknown_ & bit) != 0) {
            unknown_ &= ~bit;
            if (lose(stripe, 0, event)) return true;
        }
        if (follow_ && follow_->is_stale(stripe)) continue;
        if (cursors_[stripe].catch_up(raw_) == RingCursor::Found::lost &&
            lose(stripe, cursors_[stripe].number() - raw_.number, event))
            return true;
    }
    return false;
}

bool Watch::find_change(WatchEvent &event) {
    constexpr std::uint32_t kMostInTurn = 64;
    for (std::uint32_t empty = 0; empty < kStripes;) {
        const std::uint32_t stripe = at_;
        RingCursor &cursor = cursors_[stripe];
        const bool waits = follow_ && follow_->is_stale(stripe);
        const auto found = waits ? RingCursor::Found::nothing : cursor.next(raw_);
        if (found == RingCursor::Found::nothing || ++burst_ > kMostInTurn) {
            at_ = (at_ + 1) % kStripes;
            burst_ = 0;
        }
        if (found == RingCursor::Found::nothing)
            empty++;
        else if (found == RingCursor::Found::lost ? lose(stripe, cursor.number() - raw_.number, event)
                                                  : tell(stripe, event))
            return true;
    }
    return false;
}

// A stripe that is followed is walked anew instead.
bool Watch::lose(std::uint32_t stripe, std::uint64_t lost, WatchEvent &event) {
    log_gap(connection_->name(), lost);
    if (follow_) return follow_->mark(stripe, lost), false;
    event = {};
    event.kind = Told::lost;
    event.stripe = stripe;
    event.lost = lost;
    event.revision = make_version(cursors_[stripe].number() - 1, stripe);
    return true;
}

Status Watch::find_walked(WatchEvent &event) {
    std::string_view key;
    Follow::Step step = Follow::Step::nothing;
    do {
        const Status walked = follow_->next(*connection_, step, key);
        if (walked != Status::ok) return walked;
        event = {};
        event.stripe = step == Follow::Step::all_walked ? kAllStripes : follow_->stripe();
        switch (step) {
        case Follow::Step::nothing: return Status::not_found;
        case Follow::Step::began:
            event.kind = Told::resync;
            event.lost = follow_->lost();
            break;
        case Follow::Step::ended:
        case Follow::Step::all_walked: event.kind = Told::synced; break;
        case Follow::Step::key:
            event.kind = Told::present;
            name_ = key;
            break;
        }
    } while (step == Follow::Step::key && !is_present(event));
    return Status::ok;
}

// Whether a key that was listed is one of those asked for, and still there.
bool Watch::is_present(WatchEvent &event) {
    if (!filter_.passes(name_, event.name)) return false;
    read_value(event);
    return event.value_status != Status::not_found;
}

// --- telling ---------------------------------------------------------------------------------------------------------

bool Watch::wants(const EventHead &head) const {
    const Owner own = segment().writable() ? connection_->pool().session().owner : 0;
    if (what_.others && own != 0 && head.client == slot_of(own) &&
        head.generation == (generation_of(own) & kToldGenerations))
        return false;
    switch (head.kind) {
    case EventKind::erased: return what_.deletes;
    case EventKind::expired: return what_.expiries;
    default: return what_.updates;
    }
}

bool Watch::tell(std::uint32_t stripe, WatchEvent &event) {
    if (!wants(raw_.head)) return false;
    event = {};
    event.kind = told(raw_.head.kind);
    event.stripe = stripe;
    event.revision = make_version(raw_.last, stripe);
    if (!name_key(event)) return false;
    const bool is_gone = event.kind == Told::erased || event.kind == Told::expired;
    if (!is_gone && event.kind != Told::ttl && !connection_->constants().encrypted()) event.version = event.revision;
    event.client = raw_.head.client;
    if (raw_.head.client < kClientLimit) {
        const ClientSlot &client = segment().client(raw_.head.client);
        if ((client.generation.load(kRelaxed) & kToldGenerations) == raw_.head.generation)
            event.process = client.process.load(kRelaxed);
    }
    if (what_.values && !event.nameless && !event.key_cut) read_value(event);
    return true;
}

Status Watch::find_name(const RingEvent &raw, WatchEvent &event) {
    std::size_t whole = 0;
    const Status found =
        connection_->with_values([&](auto &values) { return values.name_of(raw, event.stripe, name_, whole); });
    event.key_cut = found == Status::ok && whole > name_.size();
    return found;
}

// Of a change whose record is gone by now: the event of its end names it, if the ring still has that.
Status Watch::find_name_behind(WatchEvent &event) {
    RingCursor ahead = cursors_[event.stripe];
    RingEvent later;
    for (std::uint32_t looks = 0; looks < 1u << kMostRingBits; looks++) {
        if (ahead.next(later) != RingCursor::Found::event) break;
        if (later.is_end() && later.key.starts_with(raw_.key) && find_name(later, event) == Status::ok)
            return Status::ok;
    }
    return Status::not_found;
}

// Returns false if the filter excludes the key. An unknown key passes; a watch that follows walks the whole stripe
// instead.
bool Watch::name_key(WatchEvent &event) {
    Status found = find_name(raw_, event);
    if (found == Status::not_found && !raw_.is_end()) found = find_name_behind(event);
    event.nameless = found != Status::ok;
    if (follow_ && (event.nameless || event.key_cut)) return lose(event.stripe, 1, event);
    if (event.nameless) return true;
    return event.key_cut ? filter_.may_pass(name_, event.name) : filter_.passes(name_, event.name);
}

void Watch::read_value(WatchEvent &event) {
    event.value_status = get_whole(*connection_, name_, value_, event.info);
    if (event.value_status != Status::ok) return;
    event.value = value_.get();
    event.version = event.info.version;
}

}  // namespace latzero::client

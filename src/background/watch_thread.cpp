#include "background/watch_thread.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/caught.hpp"
#include "platform/cancellation.hpp"
#include "platform/clock.hpp"
#include "platform/thread.hpp"
#include "store/remove.hpp"

namespace latzero::background {

using store::kStripes;
using store::RingCursor;

namespace {

constexpr std::uint64_t kTickNs = client::Watch::kTickNs;
// Of one watch, or one stripe.
constexpr int kMostInTurn = 64;
// How often descriptors are set for keys that end.
constexpr std::uint64_t kEndsNs = 50'000'000;

constinit thread_local const WatchThread *this_thread = nullptr;

}  // namespace

class WatchThread::Turns final : public Concern {
public:
    explicit Turns(WatchThread &thread) : thread_(thread) {}

    std::uint64_t take_turn(const std::atomic<bool> &) noexcept override {
        this_thread = &thread_;
        (void)caught([&] { return thread_.take_turn(); });
        return thread_.is_idle_ ? std::numeric_limits<std::uint64_t>::max() : 0;
    }

private:
    WatchThread &thread_;
};

Status WatchThread::of(client::Connection &connection, WatchThread *&found) {
    const platform::CancellationGuard not_now;
    const std::lock_guard lock(connection.service_lock());
    if (!connection.service()) {
        std::unique_ptr<WatchThread> made(new WatchThread(connection));
        const Status started = Worker::start(std::make_unique<Turns>(*made), made->worker_);
        if (started != Status::ok) return started;
        connection.service() = std::move(made);
    }
    found = static_cast<WatchThread *>(connection.service().get());
    return Status::ok;
}

// In a forked child nobody sleeps, whatever is noted.
WatchThread::~WatchThread() {
    stopping_ = true;
    if (worker_ && worker_->is_running() && !platform::threads_are_over()) sleeper_.wake();
    worker_.reset();
}

bool WatchThread::is_this_thread() const { return this_thread == this; }

// From the wait for something to do, or from that for events.
void WatchThread::wake() {
    worker_->wake();
    sleeper_.wake();
}

bool WatchThread::has_work() {
    const std::lock_guard lock(mutex_);
    return !stopping_ && (!registrations_.empty() || !attended_.empty());
}

// --- callbacks -------------------------------------------------------------------------------------------------------

void WatchThread::on(std::unique_ptr<client::Watch> watch, Callback callback, std::uint64_t &registration) {
    auto made = std::make_shared<Registration>();
    made->watch = std::move(watch);
    made->callback = std::move(callback);
    {
        const std::lock_guard lock(mutex_);
        made->number = ++last_number_;
        registrations_.push_back(made);
    }
    registration = made->number;
    wake();
}

bool WatchThread::off(std::uint64_t registration) {
    const platform::CancellationGuard not_now;
    std::unique_lock lock(mutex_);
    const auto found = std::find_if(registrations_.begin(), registrations_.end(),
                                    [=](const auto &one) { return one->number == registration; });
    if (found == registrations_.end()) return false;
    // The last to let go ends the watch, outside of the lock: this call, or the turn that has it in hand.
    const std::shared_ptr<Registration> over = *found;
    over->is_over = true;
    registrations_.erase(found);
    if (is_this_thread()) return true;
    served_.wait(lock, [&] { return serving_ != registration; });
    lock.unlock();
    sleeper_.wake();
    return true;
}

bool WatchThread::begin_serving(const Registration &registration) {
    const std::lock_guard lock(mutex_);
    if (registration.is_over || stopping_) return false;
    serving_ = registration.number;
    return true;
}

void WatchThread::end_serving() {
    {
        const std::lock_guard lock(mutex_);
        serving_ = 0;
    }
    served_.notify_all();
}

void WatchThread::serve(Registration &registration) {
    for (int count = 0; count < kMostInTurn && begin_serving(registration); count++) {
        client::WatchEvent event;
        const Status next = registration.watch->next(0, event);
        if (next == Status::ok) registration.callback(event);
        end_serving();
        registration.has_ended = next == Status::destroyed;
        if (next != Status::ok) return;
        sleeper_.note_found();
    }
}

// --- descriptors -----------------------------------------------------------------------------------------------------

Status WatchThread::attend(client::Watch &watch, std::int32_t &descriptor) {
    {
        const std::lock_guard lock(mutex_);
        if (!watch.alert()) watch.alert() = std::make_unique<client::Alert>();
        const Status opened = watch.alert()->open(descriptor);
        if (opened != Status::ok) return opened;
        watch.alert()->set();
        if (std::find(attended_.begin(), attended_.end(), &watch) == attended_.end()) attended_.push_back(&watch);
    }
    wake();
    return Status::ok;
}

void WatchThread::leave(client::Watch &watch) {
    const std::lock_guard lock(mutex_);
    std::erase(attended_, &watch);
}

// What came before the thread looked first may have been missed: so descriptors are set then.
bool WatchThread::start_heads() {
    heads_.reserve(kStripes);
    for (std::uint32_t stripe = 0; stripe < kStripes; stripe++)
        heads_.emplace_back(pool_.segment(), stripe,
                            pool_.segment().stripe(stripe).version.load(std::memory_order_acquire) + 1);
    return true;
}

bool WatchThread::has_changed(std::uint64_t now_ns) {
    bool changed = heads_.empty() && start_heads();
    const bool is_tick = now_ns >= alert_ns_;
    if (is_tick) alert_ns_ = now_ns + kTickNs;
    store::RingEvent event;
    for (RingCursor &head : heads_) {
        // No more in one turn, however quick the writers are.
        for (int looks = 0; looks < kMostInTurn && head.next(event) != RingCursor::Found::nothing; looks++)
            changed = true;
        if (is_tick || !head.is_on()) changed |= head.catch_up(event) != RingCursor::Found::nothing;
    }
    const std::uint32_t clients = pool_.segment().header().clients_changed.load(std::memory_order_relaxed);
    changed |= clients != std::exchange(clients_changed_, clients);
    changed |= pool_.destroyed() != std::exchange(told_end_, pool_.destroyed());
    if (next_end_ns(now_ns) == 0) {
        ends_told_ns_ = now_ns;
        changed = true;
    }
    return changed || is_tick;
}

// How long until readers are to remove what has ended.
std::uint64_t WatchThread::next_end_ns(std::uint64_t now_ns) const {
    const bool wanted = std::any_of(attended_.begin(), attended_.end(),
                                    [](const client::Watch *watch) { return watch->wants_expiries(); });
    const std::uint64_t end_ms = wanted && pool_.segment().writable() ? store::next_end_ms(pool_.segment()) : 0;
    if (end_ms == 0 || end_ms > (now_ns + kTickNs) / 1'000'000) return kTickNs;
    const std::uint64_t due_ns = std::max(end_ms * 1'000'000, ends_told_ns_ + kEndsNs);
    return due_ns > now_ns ? due_ns - now_ns : 0;
}

void WatchThread::alert_readers(std::uint64_t now_ns) {
    const std::lock_guard lock(mutex_);
    if (attended_.empty()) {
        heads_.clear();
        return;
    }
    if (!has_changed(now_ns)) return;
    for (client::Watch *watch : attended_) watch->alert()->set();
    sleeper_.note_found();
}

// --- turns -----------------------------------------------------------------------------------------------------------

Status WatchThread::take_turn() {
    is_idle_ = false;
    (void)sleeper_.take_wake();
    Registrations now;
    {
        const std::lock_guard lock(mutex_);
        now = registrations_;
    }
    for (const auto &registration : now)
        if (!registration->has_ended) serve(*registration);
    alert_readers(platform::boot_ns());
    is_idle_ = !has_work();
    if (is_idle_)
        heads_.clear();
    else
        rest(now);
    return Status::ok;
}

void WatchThread::rest(const Registrations &now) {
    const std::uint64_t now_ns = platform::boot_ns();
    std::uint64_t most_ns = kTickNs;
    for (const auto &registration : now)
        if (!registration->has_ended) most_ns = std::min(most_ns, registration->watch->rest_ns(now_ns));
    bool is_heard = true;
    {
        const std::lock_guard lock(mutex_);
        if (!attended_.empty())
            most_ns = std::min({most_ns, alert_ns_ - std::min(alert_ns_, now_ns), next_end_ns(now_ns)});
        is_heard = std::all_of(heads_.begin(), heads_.end(), [](const RingCursor &head) { return head.is_on(); });
    }
    if (!is_heard) most_ns = std::min(most_ns, client::Sleeper::kPollNs);
    if (most_ns == 0 || stopping_) return;
    sleeper_.rest(~std::uint64_t{0}, most_ns, [&] { return is_due(now); });
}

bool WatchThread::is_due(const Registrations &now) const {
    if (pool_.destroyed() && !told_end_ && !heads_.empty()) return true;
    return stopping_ ||
           std::any_of(now.begin(), now.end(),
                       [](const auto &one) { return !one->has_ended && one->watch->is_due(); }) ||
           std::any_of(heads_.begin(), heads_.end(), [](const RingCursor &head) { return head.is_due(); });
}

}  // namespace latzero::background

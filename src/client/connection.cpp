#include "client/connection.hpp"

#include "base/caught.hpp"
#include "base/last_error.hpp"
#include "client/fast_sets.hpp"
#include "log/log.hpp"
#include "platform/clock.hpp"
#include "platform/pool_names.hpp"
#include "pool/tell_deeds.hpp"
#include "store/call_deadline.hpp"
#include "store/watching.hpp"

namespace latzero::client {

Status Connection::connect(std::string_view name, const pool::AttachOptions &options,
                           std::unique_ptr<Connection> &connection) {
    std::unique_ptr<Connection> made(new Connection);
    made->name_ = name;
    made->read_only_ = options.read_only;
    Status status = platform::ForkWatch::start(made->watch_);
    if (status == Status::ok) status = pool::attach(name, options, made->pool_);
    if (status != Status::ok) return status;
    if (!options.read_only) store::serve_watchers(made->pool_.actor());
    status = caught([&] {
        const Status sealing = made->constants().encrypted() ? made->start_sealing(*options.gate) : Status::ok;
        if (sealing == Status::ok && !options.read_only) enter_connection(*made);
        return sealing;
    });
    if (status != Status::ok) {
        (void)pool::detach(name, made->pool_);
        return about_pool(status, name);
    }
    const bool is_plain = !made->sealed_;
    made->short_ways_.allow(is_plain && !made->pool_.renews_by_reads(), is_plain && !options.read_only);
    connection = std::move(made);
    return Status::ok;
}

Status Connection::start_sealing(const pool::Gate &gate) {
    value::note_secrets();
    pending_.keep_secret();
    std::unique_ptr<pool::SealedPool> sealed;
    const Status started = pool::SealedPool::start(pool_, gate.pool_key(), gate.cipher(), sealed);
    if (started == Status::ok) sealed_.emplace(pool_, std::move(sealed));
    return started;
}

bool Connection::name_lost() const {
    const platform::MemoryObject &object = pool_.segment().object();
    return !platform::is_of_current_user(object) || platform::check_named(object) == Status::pool_not_found;
}

void Connection::tell_log() {
    constexpr std::uint64_t kLost = ~std::uint64_t{0}, kPauseMs = 1000;
    if (watch_.forked()) return;
    pool::tell_deeds(pool_.session());
    if (!log::is_on(log::Level::warning) || pool_.destroyed()) return;
    std::uint64_t last = looked_for_name_ms_.load(std::memory_order_relaxed);
    const std::uint64_t now = platform::coarse_ms();
    if (last == kLost || (last != 0 && now - last < kPauseMs)) return;
    const bool is_lost = name_lost();
    if (!looked_for_name_ms_.compare_exchange_strong(last, is_lost ? kLost : now) || !is_lost) return;
    log::write({.level = log::Level::warning,
                .logger = log::kOfClients,
                .message = "the pool has lost its name: a connect does not find it any more",
                .pool = name_});
}

// Each handle's end writes what waits, not only that of the last, whose disconnect() does it by itself.
Status Connection::drop_handle() {
    const bool shared = handles_.load(std::memory_order_relaxed) > 1;
    const Status flushed = shared ? flush_at_end() : Status::ok;
    if (handles_.fetch_sub(1, std::memory_order_acq_rel) != 1) return flushed;
    const std::unique_ptr<Connection> last(this);
    return disconnect();
}

Status Connection::flush_at_end() {
    if (!pending_.waiting() || watch_.forked() || pool_.destroyed()) return Status::ok;
    return caught([this] { return flush(*this); });
}

Status Connection::disconnect() {
    const store::CallDeadline all_loans;
    leave_connection(*this);
    if (watch_.forked()) {
        // Its thread is not here, and may have stood anywhere.
        (void)service_.release();
        return Status::ok;
    }
    service_.reset();
    watches_.end_all();
    end_loans(*this);
    const Status flushed = flush_at_end();
    if (log::is_on(log::Level::warning)) tell_log();
    const Status detached = pool::detach(name_, pool_);
    const Status ended = detached == Status::ok ? flushed : detached;
    if (log::is_on(log::Level::warning)) log_end(ended);
    return ended;
}

// A pool whose name is gone now has ended with this client, or was lost or destroyed before.
void Connection::log_end(Status status) {
    const platform::MemoryObject &object = pool_.segment().object();
    const bool has_ended =
        status == Status::ok && object.has_descriptor() && platform::check_named(object) == Status::pool_not_found;
    log::write({.level = status == Status::ok ? log::Level::info : log::Level::warning,
                .logger = log::kOfClients,
                .message = status != Status::ok ? "disconnected, but not all went well"
                           : has_ended          ? "disconnected; the pool is gone"
                                                : "disconnected",
                .pool = name_,
                .operation = "disconnect",
                .status = status});
}

Status Connection::refuse() const { return fail_on_pool(watch_.forked() ? Status::forked : Status::destroyed, name_); }

}  // namespace latzero::client

#include "client/connection.hpp"

#include "base/caught.hpp"
#include "base/last_error.hpp"
#include "client/fast_sets.hpp"
#include "platform/pool_names.hpp"
#include "store/call_deadline.hpp"

namespace latzero::client {

Status Connection::connect(std::string_view name, const pool::AttachOptions &options,
                           std::unique_ptr<Connection> &connection) {
    std::unique_ptr<Connection> made(new Connection);
    made->name_ = name;
    made->read_only_ = options.read_only;
    Status status = platform::ForkWatch::start(made->watch_);
    if (status == Status::ok) status = pool::attach(name, options, made->pool_);
    if (status != Status::ok) return status;
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
    const Status detached = pool::detach(name_, pool_);
    return detached == Status::ok ? flushed : detached;
}

Status Connection::refuse() const { return fail_on_pool(watch_.forked() ? Status::forked : Status::destroyed, name_); }

}  // namespace latzero::client

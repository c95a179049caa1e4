// A connection: one process's access to one pool. It knows who connected, and refuses after fork() and after the pool's
// destruction before a shared byte is touched. The verbs on it are functions of this folder, a file for each kind.
//
// Keys here are whole: a namespace's prefix is put before them where a call comes in (abi/guard.hpp), and taken off
// again where keys go out (walk.hpp).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "client/connections.hpp"
#include "client/loans.hpp"
#include "client/pending.hpp"
#include "client/plain_values.hpp"
#include "client/sealed_values.hpp"
#include "client/short_ways.hpp"
#include "client/watch_service.hpp"
#include "client/watches.hpp"
#include "platform/fork.hpp"
#include "pool/life/attach.hpp"
#include "pool/life/clients.hpp"
#include "pool/pool.hpp"
#include "pool/stats.hpp"

namespace latzero::client {

class Connection {
public:
    static Status connect(std::string_view name, const pool::AttachOptions &options,
                          std::unique_ptr<Connection> &connection);
    ~Connection() { leave_connection(*this); }

    // --- what it is
    const std::string &name() const { return name_; }
    bool read_only() const { return read_only_; }
    const store::PoolConstants &constants() const { return pool_.segment().constants(); }
    pool::Pool &pool() { return pool_; }
    const pool::Pool &pool() const { return pool_; }
    value::Cipher cipher() const { return sealed_ ? sealed_->sealed().cipher() : value::Cipher::none; }
    std::uint64_t integrity_failures() const { return sealed_ ? sealed_->sealed().integrity_failures() : 0; }
    // Whether the pool's name, as it is in this process now, no longer leads to it. False if the system does not tell.
    bool name_lost() const;
    // Logs that it is, once, and what this client's calls have done under locks.
    void tell_log();

    // --- whether calls are let through
    // ok, forked or destroyed. The mapping is not there in a child, so this comes before all else.
    Status check() const {
        if (watch_.forked() || pool_.destroyed()) [[unlikely]]
            return refuse();
        return Status::ok;
    }
    bool forked() const { return watch_.forked(); }
    // Whether get, or set and add, may go straight to the plain pool: nothing else is to be asked.
    bool reads_short() const { return short_ways_.reads() && !pool_.destroyed(); }
    bool writes_short() const { return short_ways_.writes() && !pool_.destroyed(); }

    // --- what it works on
    // A good hash also where it leads nowhere, in an encrypted pool.
    pool::Key key(std::string_view name) const { return pool_.key(name); }
    // Runs work(values) on what the pool holds, PlainValues or SealedValues: nobody else asks which.
    template <typename Work>
    auto with_values(Work work) {
        if (sealed_) [[unlikely]]
            return work(*sealed_);
        return work(plain_);
    }
    Pending &pending() { return pending_; }
    Loans &loans() { return loans_; }
    Watches &watches() { return watches_; }
    // Guarded by service_lock(), but for the connection's end.
    std::unique_ptr<WatchService> &service() { return service_; }
    std::mutex &service_lock() { return service_lock_; }
    // Whether the caller is a callback of this connection.
    bool is_in_callback() {
        const std::lock_guard lock(service_lock_);
        return service_ != nullptr && service_->is_this_thread();
    }

    // --- how it ends
    // Handles share a connection: its own, and those of its namespaces. The last to be dropped takes it along.
    void add_handle() { handles_.fetch_add(1, std::memory_order_relaxed); }
    Status drop_handle();

    // --- for the clean-up thread: as long as it holds a connection, that does not end.
    void sweep() {
        with_values([](auto &values) { values.sweep(); });
        tell_log();
    }
    std::unique_lock<std::mutex> try_hold() { return std::unique_lock(hold_, std::try_to_lock); }
    // In a forked child nobody holds it, whatever the lock says.
    void wait_for_hold() {
        if (watch_.forked()) return;
        const std::lock_guard waited(hold_);
    }

private:
    Connection() : plain_(pool_), pending_(short_ways_) {}
    Status start_sealing(const pool::Gate &gate);
    // Leaves the pool; in a forked child there is nothing to leave.
    Status disconnect();
    // If there is still a pool to write to.
    Status flush_at_end();
    [[gnu::cold]] Status refuse() const;
    void log_end(Status status);

    // Constant after connect.
    std::string name_;
    bool read_only_ = false;
    platform::ForkWatch watch_;

    pool::Pool pool_;
    ShortWays short_ways_;
    PlainValues plain_;
    std::optional<SealedValues> sealed_;  // of an encrypted pool
    Pending pending_;
    Loans loans_;
    Watches watches_;
    std::mutex service_lock_;
    std::unique_ptr<WatchService> service_;
    std::mutex hold_;
    std::atomic<std::uint32_t> handles_{1};
    std::atomic<std::uint64_t> looked_for_name_ms_{0};  // for the log; all ones: it was lost, and that was told
};

}  // namespace latzero::client

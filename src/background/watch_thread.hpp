// The thread of a connection that serves its callbacks, and sets the descriptors of its watches.
//
// - It is started by the first of them, and ends with the connection.
// - A callback's watch is used by this thread alone. A watch with a descriptor is its reader's: the thread looks at the
//   stripes by cursors of its own, and sets the descriptor when anything has changed. So a descriptor may be set though
//   the filter hides what came.
// - The lock is not held while a callback runs: it may call everything, also off() of itself.
// - Behind the end of off() its callback does not run, nor begin. off() waits for one that runs, unless it is called by
//   it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "background/worker.hpp"
#include "client/watch.hpp"
#include "client/watch_service.hpp"

namespace latzero::background {

class WatchThread final : public client::WatchService {
public:
    using Callback = std::function<void(const client::WatchEvent &)>;

    // The connection's; started if there is none.
    static Status of(client::Connection &connection, WatchThread *&found);
    ~WatchThread() override;

    // Calls the callback with each event. Takes the watch over.
    void on(std::unique_ptr<client::Watch> watch, Callback callback, std::uint64_t &registration);
    // False if there is no such registration.
    bool off(std::uint64_t registration);

    // Gives the watch a descriptor that is set while next() may find something.
    Status attend(client::Watch &watch, std::int32_t &descriptor);
    // Before the watch ends.
    void leave(client::Watch &watch);

    bool is_this_thread() const override;

private:
    struct Registration {
        std::uint64_t number = 0;
        std::unique_ptr<client::Watch> watch;
        Callback callback;
        bool is_over = false;    // off() was called; guarded by the mutex
        bool has_ended = false;  // it has been told that the pool is destroyed; the thread's
    };
    using Registrations = std::vector<std::shared_ptr<Registration>>;
    class Turns;

    explicit WatchThread(client::Connection &connection) : pool_(connection.pool()), sleeper_(connection.pool()) {}

    void wake();
    // Otherwise it waits until it is woken, without a look now and then.
    bool has_work();
    Status take_turn();
    void serve(Registration &registration);
    bool begin_serving(const Registration &registration);
    void end_serving();
    void alert_readers(std::uint64_t now_ns);
    bool has_changed(std::uint64_t now_ns);
    bool start_heads();
    std::uint64_t next_end_ns(std::uint64_t now_ns) const;
    void rest(const Registrations &now);
    bool is_due(const Registrations &now) const;

    const pool::Pool &pool_;
    client::Sleeper sleeper_;
    std::atomic<bool> stopping_{false};

    std::mutex mutex_;  // guards what follows
    std::condition_variable served_;
    Registrations registrations_;
    std::vector<client::Watch *> attended_;
    std::uint64_t last_number_ = 0, serving_ = 0;  // serving_: the one whose callback runs

    // The thread's own.
    std::vector<store::RingCursor> heads_;           // behind what it has seen, if there are descriptors
    std::uint64_t alert_ns_ = 0, ends_told_ns_ = 0;  // when descriptors are set in any case; were, for keys that end
    std::uint32_t clients_changed_ = 0;
    bool told_end_ = false;
    bool is_idle_ = false;  // nobody is to be served

    std::unique_ptr<Worker> worker_;  // the last member: it ends first
};

}  // namespace latzero::background

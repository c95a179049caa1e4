// One client of a pool whose bytes another program damages: every call of the C ABI, in any order, each timed. What a
// call may answer is any status that has a name; what it gives it must give whole, and from an encrypted pool only what
// was once stored under that key.
#pragma once

#include <latzero/latzero.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "../support/process/clock.hpp"
#include "../support/process/stage.hpp"

namespace latzero::test {

inline constexpr std::size_t kStatuses = 27;

// What all clients of a round leave behind; shared between processes.
struct HostileFigures {
    std::atomic<std::uint64_t> calls, longest_ns, statuses[kStatuses];
    Label longest;  // the call that it was
};

// What a client is at, for who watches it.
struct Watched {
    Label call;
    std::atomic<std::uint64_t> began_ns;  // 0: in no call
};

struct HostilePool {
    std::string name;
    bool sealed;
    std::uint64_t max_bytes;
};

latzero_status create_hostile_pool(const HostilePool &pool);

class HostileClient {
public:
    HostileClient(const HostilePool &pool, bool read_only, std::int64_t timeout_ms, std::uint64_t salt,
                  HostileFigures &figures, Watched &watched);
    ~HostileClient();
    HostileClient(const HostileClient &) = delete;
    HostileClient &operator=(const HostileClient &) = delete;

    bool connected() const { return handle_ != nullptr; }
    bool connect();
    void disconnect();
    // One verb, of all.
    void run_any();
    // One verb about watches, or a change for them to be told.
    void run_watching();
    // Values of all kinds and sizes.
    void fill(std::uint64_t keys);
    // Once the pool was destroyed, or taken for destroyed.
    bool is_over() const { return over_; }

    // Lists and adds up all pools, which no damage to one of them may keep from the caller.
    void look_at_pools();

private:
    struct Verb {
        const char *name;
        void (HostileClient::*run)();
        unsigned one_in;
    };
    static const Verb kVerbs[];

    template <typename Call>
    latzero_status timed(const char *name, Call call);
    void note(const char *name, latzero_status status, std::uint64_t took_ns);
    const std::string &any_key();
    // A value that tells its key.
    std::string any_value(const std::string &key);
    std::size_t any_size();
    void check_value(const char *verb, const std::string &key, const void *bytes, std::uint64_t size);
    latzero_set_options any_options();

    void set();
    void set_typed();
    void set_text();
    void set_under_condition();
    void set_fast();
    void get();
    void get_typed();
    void get_text();
    void remove();
    void look();
    void expire();
    void count();
    void append();
    void update();
    void swap();
    void take();
    void mset();
    void mget();
    void items();
    void delete_many();
    void borrow();
    void give_back();
    void reserve();
    void settle();
    void iterate();
    void scan();
    void measure();
    void in_namespace();
    void clear();
    void connect_twice();
    void reconnect();
    void pools();
    void tidy();
    void create_again();
    void rekey();
    void check();
    void configure();
    void destroy();
    void watch();
    void hear();
    void note_place();
    void end_watch();
    void poll();
    void wait();
    void call_back();
    void call_off();

    const HostilePool &pool_;
    const bool read_only_;
    const std::int64_t timeout_ms_;
    Random random_;
    HostileFigures &figures_;
    Watched &watched_;
    Stopwatch stopwatch_;
    latzero_client *handle_ = nullptr;
    bool over_ = false;
    std::vector<std::string> keys_;
    std::vector<char> buffer_ = std::vector<char>(1 << 16);
    std::vector<latzero_borrowed *> borrowed_;
    std::vector<latzero_reserved *> reserved_;
    std::vector<latzero_watch *> watches_;
    std::vector<std::uint64_t> registrations_;
    latzero_revision place_ = {};
};

template <typename Call>
latzero_status HostileClient::timed(const char *name, Call call) {
    watched_.call = name;
    watched_.began_ns = now_ns();
    stopwatch_.start();
    const latzero_status status = call();
    const std::uint64_t took = stopwatch_.stop();
    watched_.began_ns = 0;
    note(name, status, took);
    return status;
}

}  // namespace latzero::test

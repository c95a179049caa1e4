// Redis in pipelines of 100 commands: what it does for those who know beforehand what they will ask.
#include "redis_connection.hpp"

namespace bench {
namespace {

class RedisPipelined {
public:
    static constexpr const char *kName = "redis-p100", *kProgram = "redis-server";
    static constexpr std::size_t kDepth = 100;

    static void serve(const Place &place) { RedisConnection::serve_at(socket(place)); }
    void create(const Place &place, const DataSet &) { attach(place); }
    void attach(const Place &place) { server_.open(socket(place)); }
    void detach() { server_.detach(); }
    static void remove(const Place &place) { unlink(socket(place).c_str()); }

    std::size_t get(const char *key, void *out, std::size_t capacity) {
        server_.send({"GET", {key, kKeySize}});
        queued_.push_back({out, capacity});
        return 0;
    }
    bool set(const char *key, const void *value, std::size_t size) {
        server_.send({"SET", {key, kKeySize}, {static_cast<const char *>(value), size}});
        queued_.push_back({});
        return true;
    }
    bool set_counter(const char *key) { return set(key, "0", 1); }
    bool increment(const char *key) {
        server_.send({"INCR", {key, kKeySize}});
        queued_.push_back({});
        return true;
    }

    std::size_t flush(std::size_t size) {
        std::size_t failures = 0;
        for (const Target &target : queued_) {
            const RedisConnection::Reply reply = server_.receive();
            const bool fine = target.out != nullptr ? RedisConnection::copy(reply, target.out, target.capacity) == size
                                                    : RedisConnection::fine(reply);
            failures += !fine;
        }
        queued_.clear();
        return failures;
    }

private:
    // Where a get's value goes; of a change: nowhere.
    struct Target {
        void *out = nullptr;
        std::size_t capacity = 0;
    };

    static std::string socket(const Place &place) { return place.directory + "/" + kName; }

    RedisConnection server_;
    std::vector<Target> queued_;
};

const Registered<RedisPipelined> registered;

}  // namespace
}  // namespace bench

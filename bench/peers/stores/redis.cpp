// Redis, one command at a time.
#include "redis_connection.hpp"

namespace bench {
namespace {

class Redis {
public:
    static constexpr const char *kName = "redis", *kProgram = "redis-server";

    static void serve(const Place &place) { RedisConnection::serve_at(socket(place)); }
    void create(const Place &place, const DataSet &) { attach(place); }
    void attach(const Place &place) { server_.open(socket(place)); }
    void detach() { server_.detach(); }
    static void remove(const Place &place) { unlink(socket(place).c_str()); }

    std::size_t get(const char *key, void *out, std::size_t capacity) {
        server_.send({"GET", {key, kKeySize}});
        return RedisConnection::copy(server_.receive(), out, capacity);
    }
    bool set(const char *key, const void *value, std::size_t size) {
        server_.send({"SET", {key, kKeySize}, {static_cast<const char *>(value), size}});
        return RedisConnection::fine(server_.receive());
    }
    bool set_counter(const char *key) { return set(key, "0", 1); }
    bool increment(const char *key) {
        server_.send({"INCR", {key, kKeySize}});
        return RedisConnection::fine(server_.receive());
    }

private:
    static std::string socket(const Place &place) { return place.directory + "/" + kName; }

    RedisConnection server_;
};

const Registered<Redis> registered;

}  // namespace
}  // namespace bench

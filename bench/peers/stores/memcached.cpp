// memcached over a Unix socket, by libmemcached, one command at a time.
#include <libmemcached/memcached.h>

#include <cstdlib>

#include "served.hpp"

namespace bench {
namespace {

class Memcached {
public:
    static constexpr const char *kName = "memcached", *kProgram = "memcached";

    static void serve(const Place &place) {
        // Values of 1 MiB need items of more than the default 1 MiB; root must name itself.
        std::vector<std::string> arguments{kProgram, "-s", socket(place), "-m", "1024", "-I", "4m"};
        if (geteuid() == 0) arguments.insert(arguments.end(), {"-u", "root"});
        run_program(arguments);
    }
    void create(const Place &place, const DataSet &) { attach(place); }
    void attach(const Place &place) {
        constexpr std::string_view kKey = "attached";
        reach([&] {
            server_.reset(memcached_create(nullptr));
            memcached_server_add_unix_socket(server_.get(), socket(place).c_str());
            return set(kKey.data(), kKey.size(), "", 0);
        });
    }
    void detach() { server_.reset(); }
    static void remove(const Place &place) { unlink(socket(place).c_str()); }

    std::size_t get(const char *key, void *out, std::size_t capacity) {
        std::size_t size = 0;
        std::uint32_t flags = 0;
        memcached_return_t result = MEMCACHED_FAILURE;
        char *value = memcached_get(server_.get(), key, kKeySize, &size, &flags, &result);
        if (value == nullptr) return 0;
        size = std::min(size, capacity);
        std::memcpy(out, value, size);
        std::free(value);
        return size;
    }
    bool set(const char *key, const void *value, std::size_t size) {
        return set(key, kKeySize, static_cast<const char *>(value), size);
    }
    bool set_counter(const char *key) { return set(key, "0", 1); }
    bool increment(const char *key) {
        std::uint64_t sum = 0;
        return memcached_increment(server_.get(), key, kKeySize, 1, &sum) == MEMCACHED_SUCCESS;
    }

private:
    struct Free {
        void operator()(memcached_st *server) const { memcached_free(server); }
    };

    static std::string socket(const Place &place) { return place.directory + "/" + kName; }

    bool set(const char *key, std::size_t key_size, const char *value, std::size_t size) {
        return memcached_set(server_.get(), key, key_size, value, size, 0, 0) == MEMCACHED_SUCCESS;
    }

    std::unique_ptr<memcached_st, Free> server_;
};

const Registered<Memcached> registered;

}  // namespace
}  // namespace bench

// The library as its users have it: through the C ABI of the shared library, with default options, but for the cap of a
// pool that is to hold a million keys.
#include <latzero/latzero.h>

#include "../store.hpp"

namespace bench {
namespace {

class Latzero {
public:
    static constexpr const char *kName = "latzero";
    static constexpr std::uint32_t kMostKeys = 1'000'000;

    void create(const Place &place, const DataSet &data) {
        // Nobody is connected between two measurements.
        latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
        options.flags = LATZERO_POOL_PERSISTENT;
        if (data.keys > kOrdinaryKeys) options.max_bytes = std::uint64_t{4} * LATZERO_MAX_BYTES_DEFAULT;
        check(latzero_pool_create(place.tag.c_str(), &options));
        attach(place);
    }
    void attach(const Place &place) { check(latzero_connect(place.tag.c_str(), nullptr, &client_)); }
    void detach() { check(latzero_disconnect(client_)); }
    static void remove(const Place &place) { (void)latzero_pool_destroy(place.tag.c_str()); }

    std::size_t get(const char *key, void *out, std::size_t capacity) {
        latzero_value_info info;
        info.struct_size = sizeof info;
        return latzero_get(client_, key, kKeySize, out, capacity, &info) == LATZERO_OK ? info.size : 0;
    }
    bool set(const char *key, const void *value, std::size_t size) {
        return latzero_set(client_, key, kKeySize, LATZERO_TYPE_BYTES, value, size, nullptr) == LATZERO_OK;
    }
    bool set_counter(const char *key) { return latzero_set_i64(client_, key, kKeySize, 0, nullptr) == LATZERO_OK; }
    bool increment(const char *key) { return latzero_increment(client_, key, kKeySize, 1, 0, nullptr) == LATZERO_OK; }

private:
    static void check(latzero_status status) {
        if (status != LATZERO_OK) throw std::runtime_error(latzero_last_error());
    }

    latzero_client *client_ = nullptr;
};

const Registered<Latzero> registered;

}  // namespace
}  // namespace bench

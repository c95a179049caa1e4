// What walks.py reads: which functions a get, a set, a put and a connect enter, in their order.
//
// The library is compiled into this program without optimisation and with -finstrument-functions, which calls the two
// functions below at each entry and exit, whether or not a function is inlined.
#include <latzero/latzero.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

constexpr std::size_t kMost = 1 << 16;
void *entries[kMost];  // null for an exit
std::size_t count = 0;
bool tracing = false;

[[gnu::no_instrument_function]] void note(void *function) {
    if (tracing && count < kMost) entries[count++] = function;
}

}  // namespace

extern "C" {
[[gnu::no_instrument_function]] void __cyg_profile_func_enter(void *function, void *) { note(function); }
[[gnu::no_instrument_function]] void __cyg_profile_func_exit(void *, void *) { note(nullptr); }
}

namespace {

void check(latzero_status status) {
    if (status == LATZERO_OK) return;
    std::fprintf(stderr, "%s: %s\n", latzero_status_name(status), latzero_last_error());
    std::exit(1);
}

// Prints what a call enters. It was made before, so that nothing is done for the first time in this process.
template <typename Call>
void walk(const char *name, Call call) {
    count = 0;
    tracing = true;
    const latzero_status status = call();
    tracing = false;
    check(status);
    if (count == kMost) std::abort();
    std::printf("call %s\n", name);
    for (std::size_t i = 0; i < count; i++) {
        if (entries[i] != nullptr)
            std::printf("enter %p\n", entries[i]);
        else
            std::puts("exit");
    }
}

}  // namespace

int main() {
    const std::string pool = "walks-" + std::to_string(getpid()), bytes(64, 'v');
    latzero_pool_options create = LATZERO_POOL_OPTIONS_INIT;
    latzero_connect_options connect = LATZERO_CONNECT_OPTIONS_INIT;
    connect.flags = LATZERO_CONNECT_CREATE;
    connect.create_options = &create;
    latzero_client *first = nullptr, *client = nullptr;
    check(latzero_connect(pool.c_str(), &connect, &first));

    latzero_set_options hour = LATZERO_SET_OPTIONS_INIT;
    hour.ttl_ms = 3600000;
    char buffer[64];
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    const auto get = [&] { return latzero_get(first, "key", 3, buffer, sizeof buffer, &info); };
    const auto set = [&](const latzero_set_options *options) {
        return latzero_set(first, "key", 3, LATZERO_TYPE_BYTES, bytes.data(), bytes.size(), options);
    };
    for (int i = 0; i < 10; i++) check(set(i % 2 == 0 ? &hour : nullptr));
    check(get());
    walk("get", get);
    walk("set", [&] { return set(nullptr); });
    walk("set with a TTL", [&] { return set(&hour); });
    walk("connect", [&] { return latzero_connect(pool.c_str(), nullptr, &client); });
    check(latzero_disconnect(client));
    check(latzero_disconnect(first));
    return 0;
}

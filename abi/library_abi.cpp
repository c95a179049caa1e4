// Version, statuses, errors, memory, settings.
#include "guard.hpp"

using namespace latzero;
using namespace latzero::abi;

// Behind all exit handlers and static destructors of the host. What it still has open stays usable.
[[gnu::destructor]] static void free_handle_tables() {
    client_handles.free_unused();
    namespace_handles.free_unused();
    iter_handles.free_unused();
    borrow_handles.free_unused();
    reserve_handles.free_unused();
    watch_handles.free_unused();
    async_handles.free_unused();
}

#define LATZERO_TEXT(x) #x
#define LATZERO_VERSION_TEXT(major, minor, patch) LATZERO_TEXT(major) "." LATZERO_TEXT(minor) "." LATZERO_TEXT(patch)

extern "C" {

uint32_t latzero_version(void) {
    return LATZERO_VERSION_MAJOR << 16 | LATZERO_VERSION_MINOR << 8 | LATZERO_VERSION_PATCH;
}

const char *latzero_version_string(void) {
    return LATZERO_VERSION_TEXT(LATZERO_VERSION_MAJOR, LATZERO_VERSION_MINOR, LATZERO_VERSION_PATCH);
}

const char *latzero_status_name(latzero_status status) {
    return latzero::status_name(static_cast<latzero::Status>(status));
}

const char *latzero_last_error(void) { return latzero::kept_error(); }

void latzero_free(void *memory) { latzero::value::free_wiped(memory); }

latzero_status latzero_configure_serializer(const latzero_serializer_options *options) {
    return guarded([&]() -> Status {
        latzero_serializer_options own = LATZERO_SERIALIZER_OPTIONS_INIT;
        const Status read = read_options("the serializer options", options, own);
        if (read != Status::ok) return read;
        if (own.prefer_msgpack > 1) return fail(Status::invalid_argument, "prefer_msgpack is 1 or 0");
        if (own.compress_encrypted > 1) return fail(Status::invalid_argument, "compress_encrypted is 1 or 0");
        if (own.reserved != 0) return fail(Status::invalid_argument, "the serializer options' reserved word is not 0");
        if (own.compress_threshold < -1)
            return fail(Status::invalid_argument, "the threshold is a number of bytes, or -1 for no compression");
        client::settings.prefer_msgpack.store(own.prefer_msgpack != 0, std::memory_order_relaxed);
        client::settings.compress_encrypted.store(own.compress_encrypted != 0, std::memory_order_relaxed);
        client::settings.compress_above.store(own.compress_threshold == -1
                                                  ? client::Settings::kNever
                                                  : static_cast<std::uint64_t>(own.compress_threshold),
                                              std::memory_order_relaxed);
        return Status::ok;
    });
}
}

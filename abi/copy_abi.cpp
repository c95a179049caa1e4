// Values in memory of their own, and what is known of them without one.
#include "client/failures.hpp"
#include "client/reading.hpp"
#include "guard.hpp"

using namespace latzero;
using namespace latzero::abi;
using client::Connection;

extern "C" {

latzero_status latzero_get_copy(latzero_client *client, const char *key, size_t key_len, void **value,
                                latzero_value_info *info) {
    return with_key(client, key, key_len, [&](Connection &found, std::string_view checked) -> Status {
        if (value == nullptr) return null_argument("the place for the value");
        client::Memory memory;
        client::ValueInfo known;
        const Status got = client::get_whole(found, checked, memory, known);
        if (got != Status::ok) return got;
        const Status written = info == nullptr ? Status::ok : write_value_info(known, info);
        if (written == Status::ok) *value = memory.release();
        return written;
    });
}

latzero_status latzero_info(latzero_client *client, const char *key, size_t key_len, latzero_value_info *info) {
    return with_key(client, key, key_len, [&](Connection &found, std::string_view checked) -> Status {
        if (info == nullptr) return null_argument("info");
        client::ValueInfo known;
        const Status described = client::describe(found, checked, known);
        if (described == Status::not_found) return client::fail_on(found, checked, described);
        return described == Status::ok ? write_value_info(known, info) : described;
    });
}
}

#include "client/failures.hpp"

#include "base/last_error.hpp"

namespace latzero::client {

using value::Type;

Status fail_on(const Connection &connection, std::string_view key, Status status, std::uint64_t needed,
               std::uint64_t given) {
    if (status == Status::forked) return fail_on_pool(status, connection.name());
    return fail_on_key(status, connection.name(), key, needed, given);
}

Status refuse_size(const Connection &connection, std::string_view key, std::uint64_t size) {
    return fail_on(connection, key, Status::too_large, size, largest_value(connection.pool()));
}

Status refuse_value(const Connection &connection, std::string_view key, const value::Fault &fault) {
    (void)fail(Status::invalid_argument, "the value is malformed at byte %llu: %s",
               static_cast<unsigned long long>(fault.at), fault.why);
    return about_key(Status::invalid_argument, connection.name(), key);
}

Status refuse_given(const Connection &connection, std::string_view key, const char *why) {
    (void)fail(Status::invalid_argument, "%s", why);
    return about_key(Status::invalid_argument, connection.name(), key);
}

Status refuse_ttl(const Connection &connection, std::string_view key, std::int64_t ttl_ms) {
    (void)fail(Status::invalid_argument, "the TTL is %lld ms: give at least 1, or 0 for none",
               static_cast<long long>(ttl_ms));
    return about_key(Status::invalid_argument, connection.name(), key);
}

Status refuse_sum(const Connection &connection, std::string_view key, Status status, const pool::Delta &delta,
                  std::uint32_t met) {
    const bool doubles = delta.kind == pool::Delta::Kind::add_double;
    if (status == Status::overflow) return fail_on(connection, key, status, doubles ? kOfDoubles : 0);
    if (status != Status::type_mismatch) return fail_on(connection, key, status);
    const char *cure = "use another key, or delete this one first";
    if (is_number(met)) cure = doubles ? "use latzero_increment()" : "use latzero_increment_f64()";
    return refuse_type(connection, key, met, static_cast<Type>(delta.type), cure);
}

Status refuse_type(const Connection &connection, std::string_view key, std::uint32_t met, Type wanted,
                   const char *cure) {
    const auto type = static_cast<std::uint32_t>(wanted);
    if (met == type) return fail_on(connection, key, Status::corrupt);
    return fail_on_type(connection.name(), key, {value::type_name(met), value::type_name(type), cure});
}

Status refuse_form(const Connection &connection, std::string_view key, const char *form, const value::Fault &fault) {
    (void)fail(Status::unsupported, "the value cannot be %s: at byte %llu, %s; read it with latzero_get()", form,
               static_cast<unsigned long long>(fault.at), fault.why);
    return about_key(Status::unsupported, connection.name(), key);
}

Status refuse_overtaken(const Connection &connection, std::string_view key) {
    (void)fail(
        Status::timeout,
        "other clients changed it at each try until the deadline: try again, or connect with a longer timeout_ms");
    return about_key(Status::timeout, connection.name(), key);
}

Status refuse_memory(const Connection &connection, std::string_view key, std::uint64_t size) {
    (void)fail(Status::no_memory, "this process has no memory for a value of %llu bytes: free some and try again",
               static_cast<unsigned long long>(size));
    return about_key(Status::no_memory, connection.name(), key);
}

}  // namespace latzero::client

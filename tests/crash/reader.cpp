#include "reader.hpp"

#include "actor.hpp"
#include "client/keys.hpp"
#include "client/reading.hpp"
#include "platform/clock.hpp"
#include "pool/life/lifetime.hpp"
#include "pool/life/open.hpp"
#include "pool/read.hpp"
#include "pool_state.hpp"

namespace latzero::crash {
namespace {

// What is left, to the next of the units that tell the TTLs of this test apart.
std::int64_t nominal_ttl(std::uint64_t expiry_ms) {
    if (expiry_ms == 0) return 0;
    return (client::remaining_ms({.expiry_ms = expiry_ms}) + kTtlUnit / 2) / kTtlUnit * kTtlUnit;
}

// Whether the general way of a read finds what the fast path has found.
bool agrees(pool::Pool &pool, const pool::Key &key, Status status, const std::string &value,
            const pool::ValueInfo &info) {
    std::string again(value.size() + 64, 0);
    pool::ValueInfo of_again;
    const Status got = pool::get(pool, key, again.data(), again.size(), of_again);
    if (got != Status::ok || of_again.encoded()) return got == status || of_again.encoded();
    return status == Status::ok && again.substr(0, of_again.size) == value && of_again.type == info.type &&
           of_again.version == info.version;
}

}  // namespace

Reader::Reader(std::string name, const char *auth_key) : name_(std::move(name)), encrypted_(auth_key != nullptr) {
    must(connect_inside(name_, auth_key, true, client_), "connect a reader");
}

std::string Reader::read(const Keys &keys, Model &content) {
    content = {};
    if (encrypted_ && !opens(name_, content.auth_key)) {
        content.auth_key = kOtherAuthKey;
        if (!opens(name_, content.auth_key)) return "no auth key opens it";
    }
    for (const std::string &key : keys) {
        client::Memory memory;
        pool::ValueInfo info;
        const Status got = client::get_whole(*client_, key, memory, info);
        const bool found = got == Status::ok;
        if (!found && got != Status::not_found) return "reading " + key + " says " + status_name(got);
        const std::string value = found ? std::string(memory.get(), info.size) : "";
        // By the fast path first, and by the general way.
        if (!encrypted_ && !agrees(client_->pool(), client_->pool().key(key), got, value, info))
            return "the general way reads another " + key;
        if (found) content.values[key] = {info.type, value, nominal_ttl(info.expiry_ms)};
    }
    return "";
}

std::uint64_t Reader::size() {
    std::uint64_t keys = 0;
    return client::size(*client_, {}, keys) == Status::ok ? keys : ~std::uint64_t{0};
}

bool opens(const std::string &name, const std::string &auth_key) {
    const value::AuthKey auth{auth_key, value::AuthKey::Kind::raw};
    pool::Gate gate(&auth);
    gate.begin_until(platform::boot_ns() + pool::kDefaultTimeoutNs);
    pool::FoundPool found;
    const Status status = pool::open_pool(name, platform::Access::read_only, gate, found);
    return status == Status::ok && !found.is_absent();
}

}  // namespace latzero::crash

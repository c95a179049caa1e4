#include "subject.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "platform/clock.hpp"
#include "pool/gate.hpp"
#include "pool/registry.hpp"

namespace latzero::crash {

using pool::Expect;
using store::NewValue;
using Verb = Command::Verb;

namespace {

constexpr std::uint8_t kInt64Type = 2;
constexpr std::uint8_t kBytesType = 5;
constexpr std::uint8_t kListType = 6;

value::AuthKey raw(const std::string &bytes) { return {bytes, value::AuthKey::Kind::raw}; }

NewValue new_value(std::uint8_t type, const std::string &bytes) {
    return {.type = type, .bytes = bytes.data(), .size = static_cast<std::uint32_t>(bytes.size())};
}

std::uint8_t type_of(const Command &command) {
    if (command.verb == Verb::add) return kInt64Type;
    return command.verb == Verb::start_list ? kListType : kBytesType;
}

Status reserve_and_commit(pool::Pool &pool, const store::Key &key, NewValue value) {
    const void *bytes = std::exchange(value.bytes, nullptr);
    pool::Reserved reserved;
    Status status = pool.reserve(key, value, reserved);
    if (status != Status::ok) return status;
    std::memcpy(reserved.bytes, bytes, value.size);
    status = pool.publish(key, value, reserved);
    if (status != Status::ok) pool.abandon(reserved);
    return status;
}

}  // namespace

Status Subject::open(const std::string &auth_key) {
    auth_key_ = auth_key;
    if (!encrypted()) return Status::ok;
    const value::AuthKey auth = raw(auth_key);
    pool::Gate gate(&auth);
    pool::LivePool live;
    const auto open_pool = [this](pool::LivePool &opened) {
        return pool::open_live(name_, platform::Access::read_only, platform::boot_ns() + pool::kDefaultTimeoutNs,
                               opened);
    };
    const Status passed = gate.pass(name_, live, open_pool);
    return passed == Status::ok ? pool::SealedPool::start(pool_, gate.pool_key(), gate.cipher(), sealed_) : passed;
}

Status Subject::read(const std::string &key, Value &value) {
    pool::ValueInfo info;
    Status status = Status::ok;
    if (sealed_) {
        pool::PrivateCopy opened;
        status = sealed_->open(key, opened, info);
        if (status == Status::ok) value = {std::string(opened.value()), info.expiry_ms};
        return status;
    }
    do {
        value.bytes.resize(std::max<std::size_t>(info.size, 256));
        status = pool_.get_stored(pool_.key(key), value.bytes.data(), value.bytes.size(), info);
    } while (status == Status::too_small);
    if (status == Status::ok) value = {value.bytes.substr(0, info.size), info.expiry_ms};
    return status;
}

// --- a plain pool ----------------------------------------------------------------------------------------------------

Status Subject::run_plain(const Command &command) {
    const store::Key key = pool_.key(command.key);
    NewValue value = new_value(type_of(command), command.value);
    std::uint64_t result = 0;
    switch (command.verb) {
    case Verb::set: return pool_.put(key, value, {}, result);
    case Verb::set_if_present: return pool_.put(key, value, Expect::present(), result);
    case Verb::set_short_lived: value.expiry_ms = kLongAgo; return pool_.put(key, value, {}, result);
    case Verb::set_long_lived: value.expiry_ms = kNotToCome; return pool_.put(key, value, {}, result);
    case Verb::reserve_and_commit: return reserve_and_commit(pool_, key, value);
    case Verb::erase: return pool_.erase(key, {});
    case Verb::take: return pool_.erase(key, Expect::present());
    case Verb::add:
        return pool_.add(
            key, {pool::Delta::Kind::add, kInt64Type, static_cast<std::uint64_t>(command.delta), std::uint64_t{0}},
            result);
    case Verb::start_list:
        value.room = 64, value.elements = 1;
        value.flags = store::kHasFilled | store::kHasModified;
        return pool_.put(key, value, {}, result);
    case Verb::append: return pool_.append(key, kListType, value.bytes, value.size, result);
    case Verb::set_expiry: return pool_.set_expiry(key, kNotToCome + 1);
    case Verb::rekey: break;
    }
    return Status::unsupported;
}

// --- an encrypted pool -----------------------------------------------------------------------------------------------

// As a client does it (client/sealed.cpp): nothing changes in place.
Status Subject::run_sealed(const Command &command) {
    switch (command.verb) {
    case Verb::erase: return sealed_->erase(command.key, {});
    case Verb::take: return take_sealed(command.key);
    case Verb::rekey: return rekey(command.value);
    case Verb::reserve_and_commit: return Status::unsupported;
    default: return put_sealed(command);
    }
}

// A change opens what is there, and puts a new record if that one is still there then.
Status Subject::put_sealed(const Command &command) {
    Value value;
    Expect expect = command.verb == Verb::set_if_present ? Expect::present() : Expect{};
    pool::ValueInfo info{.type = type_of(command)};
    if (command.changes_value()) {
        pool::PrivateCopy opened;
        const Status status = sealed_->open(command.key, opened, info);
        const bool fresh = status == Status::not_found && !command.needs_value();
        if (status != Status::ok && !fresh) return status;
        if (fresh) info.type = type_of(command);
        value = {std::string(opened.value()), info.expiry_ms};
        expect = fresh ? Expect::absent() : Expect::this_record(info.record);
    }
    change(value, command);
    NewValue record = new_value(info.type, value.bytes);
    record.expiry_ms = value.expiry_ms;
    if (command.verb == Verb::set_expiry) {
        record.flags = store::kHasModified;
        record.modified = info.version;
    }
    std::uint64_t version = 0;
    return sealed_->put(command.key, record, expect, version);
}

Status Subject::take_sealed(const std::string &key) {
    pool::PrivateCopy opened;
    pool::ValueInfo info;
    const Status status = sealed_->open(key, opened, info);
    return status == Status::ok ? sealed_->erase(key, Expect::this_record(info.record)) : status;
}

Status Subject::rekey(const std::string &auth_key) {
    const Status status = pool::rekey(name_, raw(auth_key_), raw(auth_key), {});
    if (status == Status::ok) auth_key_ = auth_key;
    return status;
}

}  // namespace latzero::crash

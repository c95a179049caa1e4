#include "actor.hpp"

#include <cstring>
#include <vector>

#include "pool/life/attach.hpp"

namespace latzero::crash {
namespace {

using Verb = Command::Verb;

// Far longer than a run: what is slow here is being stepped.
constexpr std::int64_t kTimeoutMs = 3'600'000;

Status status_of(latzero_status status) { return static_cast<Status>(status); }

latzero_set_options options_for(const Entry &entry) {
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    options.ttl_ms = entry.ttl_ms;
    return options;
}

}  // namespace

Status create_pool(const std::string &name, const PoolKind &kind) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.max_bytes = kind.max_bytes;
    if (kind.persistent) options.flags |= LATZERO_POOL_PERSISTENT;
    if (kind.encrypted) {
        options.flags |= LATZERO_POOL_ENCRYPTED | LATZERO_POOL_RAW_KEY;
        options.auth_key = kFirstAuthKey;
        options.auth_key_len = sizeof kFirstAuthKey - 1;
    }
    return status_of(latzero_pool_create(name.c_str(), &options));
}

Status connect(const std::string &name, const char *auth_key, latzero_client *&client, bool create) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_pool_options pool = LATZERO_POOL_OPTIONS_INIT;
    options.timeout_ms = kTimeoutMs;
    if (auth_key != nullptr) {
        options.flags = LATZERO_CONNECT_RAW_KEY;
        options.auth_key = auth_key;
        options.auth_key_len = 32;
    }
    if (create) {
        pool.max_bytes = PoolKind{}.max_bytes;
        if (auth_key != nullptr) pool.flags = LATZERO_POOL_ENCRYPTED;
        options.flags |= LATZERO_CONNECT_CREATE;
        options.create_options = &pool;
    }
    return status_of(latzero_connect(name.c_str(), &options, &client));
}

Status connect_inside(const std::string &name, const char *auth_key, bool read_only,
                      std::unique_ptr<client::Connection> &client) {
    const value::AuthKey auth{auth_key != nullptr ? auth_key : "", value::AuthKey::Kind::raw};
    pool::Gate gate(auth_key != nullptr ? &auth : nullptr);
    return client::Connection::connect(name, {.read_only = read_only, .gate = &gate, .timeout_ns = 1'000'000'000},
                                       client);
}

void store_uncompressed() {
    latzero_serializer_options serializer = LATZERO_SERIALIZER_OPTIONS_INIT;
    serializer.compress_threshold = -1;
    (void)latzero_configure_serializer(&serializer);
}

Actor::~Actor() {
    if (client_ != nullptr) (void)latzero_disconnect(client_);
}

Status Actor::prepare(const Command &command) {
    store_uncompressed();
    if (command.verb != Verb::sweep) return Status::ok;
    return connect_inside(name_, auth_key_, false, sweeper_);
}

void Actor::warm_up() const {
    std::int32_t found = 0;
    (void)latzero_exists(client_, "counter", LATZERO_CSTR, &found);
}

Outcome Actor::run(const Command &command) {
    Outcome outcome;
    outcome.status = command.is_batch() ? run_batch(command, outcome) : run_one(command);
    return outcome;
}

Status Actor::run_one(const Command &command) {
    static const Entry kNone{};
    const Entry &entry = command.entries.empty() ? kNone : command.entries.front();
    const char *key = entry.key.data(), *value = entry.value.data();
    const std::size_t key_size = entry.key.size(), size = entry.value.size();
    const latzero_set_options options = options_for(entry);
    char old[16384];
    switch (command.verb) {
    // Without options the short way of pool/bare.hpp is tried first.
    case Verb::set:
        return status_of(
            latzero_set(client_, key, key_size, kBytesType, value, size, entry.ttl_ms == 0 ? nullptr : &options));
    case Verb::set_if_present:
        return status_of(latzero_replace(client_, key, key_size, kBytesType, value, size, &options));
    case Verb::swap:
        return status_of(
            latzero_swap(client_, key, key_size, kBytesType, value, size, &options, old, sizeof old, nullptr));
    case Verb::compare_and_set: return compare_and_set(entry);
    case Verb::erase: return status_of(latzero_delete(client_, key, key_size));
    case Verb::take: return status_of(latzero_take(client_, key, key_size, old, sizeof old, nullptr));
    case Verb::add: return status_of(latzero_increment(client_, key, key_size, command.delta, 0, nullptr));
    case Verb::add_double:
        return status_of(latzero_increment_f64(client_, key, key_size, static_cast<double>(command.delta), 0, nullptr));
    case Verb::count: {
        latzero_count_options counting = LATZERO_COUNT_OPTIONS_INIT;
        counting.ttl_ms = entry.ttl_ms;
        return status_of(latzero_count(client_, key, key_size, command.delta, &counting, nullptr));
    }
    case Verb::pop_front:
        return status_of(latzero_pop_front(client_, key, key_size, old, sizeof old, nullptr, nullptr));
    case Verb::pop_back: return status_of(latzero_pop_back(client_, key, key_size, old, sizeof old, nullptr, nullptr));
    case Verb::append: return status_of(latzero_append(client_, key, key_size, kBytesType, value, size, nullptr));
    case Verb::expire: return status_of(latzero_expire(client_, key, key_size, entry.ttl_ms));
    case Verb::persist: return status_of(latzero_persist(client_, key, key_size));
    case Verb::reserve_and_commit: return reserve(entry, true);
    case Verb::reserve_and_abandon: return reserve(entry, false);
    case Verb::borrow_set_return: return borrow_set_return(entry);
    case Verb::clear: return status_of(latzero_clear(client_));
    case Verb::sweep: return sweeper_->sweep(), Status::ok;
    case Verb::rekey: {
        latzero_rekey_options rekey = LATZERO_REKEY_OPTIONS_INIT;
        rekey.flags = LATZERO_REKEY_OLD_IS_RAW | LATZERO_REKEY_NEW_IS_RAW;
        const char *from = auth_key_;
        if (entry.value == from) return Status::invalid_argument;
        const Status changed = status_of(latzero_pool_rekey(name_.c_str(), from, 32, value, size, &rekey));
        if (changed == Status::ok) auth_key_ = entry.value == kFirstAuthKey ? kFirstAuthKey : kOtherAuthKey;
        return changed;
    }
    case Verb::connect:
        for (std::int64_t more = 0; more < command.delta; more++) {
            latzero_client *client = nullptr;
            const Status connected = crash::connect(name_, auth_key_, client);
            if (connected != Status::ok) return connected;
        }
        return Status::ok;
    case Verb::disconnect: return status_of(latzero_disconnect(std::exchange(client_, nullptr)));
    default: return Status::unsupported;
    }
}

Status Actor::run_batch(const Command &command, Outcome &outcome) {
    const std::vector<Entry> &given = command.entries;
    if (command.verb == Verb::set_fast_and_flush) {
        Status status = Status::ok;
        for (const Entry &entry : given)
            if (status == Status::ok)
                status = status_of(latzero_set_fast(client_, entry.key.data(), entry.key.size(), kBytesType,
                                                    entry.value.data(), entry.value.size(), nullptr));
        return status == Status::ok ? status_of(latzero_flush(client_)) : status;
    }
    std::vector<latzero_entry> entries(given.size());
    for (std::size_t at = 0; at < given.size(); at++) {
        entries[at].key = given[at].key.data();
        entries[at].key_len = given[at].key.size();
        entries[at].value = const_cast<char *>(given[at].value.data());
        entries[at].size = given[at].value.size();
        entries[at].type = kBytesType;
    }
    const Status status = status_of(latzero_mset(client_, sizeof(latzero_entry), entries.data(), entries.size()));
    for (std::size_t at = 0; at < given.size(); at++) outcome.entries[at] = status_of(entries[at].status);
    return status;
}

Status Actor::compare_and_set(const Entry &entry) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    const Status read = status_of(latzero_get(client_, entry.key.data(), entry.key.size(), nullptr, 0, &info));
    if (read != Status::ok && read != Status::too_small && read != Status::not_found) return read;
    const std::uint64_t version = read == Status::not_found ? 0 : info.version;
    return status_of(latzero_compare_and_set(client_, entry.key.data(), entry.key.size(), version, kBytesType,
                                             entry.value.data(), entry.value.size(), nullptr, nullptr));
}

Status Actor::reserve(const Entry &entry, bool commit) {
    void *memory = nullptr;
    latzero_reserved *reserved = nullptr;
    const Status status = status_of(latzero_reserve(client_, entry.key.data(), entry.key.size(), kBytesType,
                                                    entry.value.size(), nullptr, &memory, &reserved));
    if (status != Status::ok) return status;
    std::memcpy(memory, entry.value.data(), entry.value.size());
    if (!commit) return status_of(latzero_abandon(reserved));
    const Status committed = status_of(latzero_commit(reserved));
    if (committed != Status::ok) (void)latzero_abandon(reserved);
    return committed;
}

Status Actor::borrow_set_return(const Entry &entry) {
    const void *bytes = nullptr;
    latzero_borrowed *borrowed = nullptr;
    Status status = status_of(latzero_borrow(client_, entry.key.data(), entry.key.size(), &bytes, nullptr, &borrowed));
    if (status != Status::ok) return status;
    status = status_of(latzero_set(client_, entry.key.data(), entry.key.size(), kBytesType, entry.value.data(),
                                   entry.value.size(), nullptr));
    const Status returned = status_of(latzero_return(borrowed));
    return status == Status::ok ? returned : status;
}

}  // namespace latzero::crash

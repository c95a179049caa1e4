#include "replica.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include "platform/clock.hpp"
#include "platform/liveness.hpp"
#include "platform/pool_names.hpp"
#include "pool/life/open.hpp"
#include "pool/write.hpp"
#include "pool_state.hpp"
#include "store/pages.hpp"
#include "store/recovery.hpp"

namespace latzero::crash {

using namespace store;
using platform::Access;
using platform::MemoryObject;

namespace {

// A slot that no client of the original has.
constexpr std::uint32_t kMySlot = 900;
constexpr std::uint32_t kMyGeneration = 77;

// What an auth key vouches for in a header as it lies there.
value::PoolBinding binding_of(const Header &header) {
    const auto bytes_of = [](const auto &part) {
        return std::span(reinterpret_cast<const std::uint8_t *>(&part), sizeof part);
    };
    return {value::PoolId(header.constants.pool_id),
            value::hash_header(bytes_of(header.constants), bytes_of(header.name))};
}

// Wraps a pool key anew for another header. What no key opens, half-written ones among them, stays as it is.
void rebind(WrappedBytes &bytes, const value::PoolBinding &before, const value::PoolBinding &after) {
    value::WrappedKey wrapped;
    std::memcpy(&wrapped, bytes.data(), sizeof wrapped);
    for (const char *bytes_of_key : {kFirstAuthKey, kOtherAuthKey}) {
        const value::AuthKey auth{bytes_of_key, value::AuthKey::Kind::raw};
        value::PoolKey pool_key;
        if (value::unwrap(auth, before, wrapped, pool_key) != Status::ok) continue;
        must(value::wrap(auth, after, {}, static_cast<value::Cipher>(wrapped.cipher), pool_key, wrapped), "wrap a key");
        std::memcpy(bytes.data(), &wrapped, sizeof wrapped);
        return;
    }
}

}  // namespace

Replica::Replica(const Segment &original, std::string name, std::vector<Loan> loans)
    : name_(std::move(name)), loans_(std::move(loans)) {
    PoolConstants constants = original.constants();
    constants.name = {};
    constants.name.size = static_cast<std::uint32_t>(name_.copy(constants.name.bytes, kLongestName));
    MemoryObject object;
    must(platform::create_unseen(constants.max_bytes, object), "create a replica");
    must(Segment::format(object, constants), "format a replica");
    must(platform::publish(object, name_), "publish a replica");
    Session &session = pool_.session();
    session.timeout_ns = 2'000'000'000;
    must(session.segment.attach(std::move(object), Access::read_write, constants), "attach to a replica");
    must(platform::hold_byte(session.segment.object(), kWriterBytes + kMySlot, platform::Hold::alone),
         "live in a replica");
    session.owner = make_owner(kMySlot, kMyGeneration);
    capacity_ = session.segment.usable();
    must(platform::open_object(name_, Access::read_only, borrower_), "open a replica for a borrower");
    hold_loans();
}

Replica::~Replica() { (void)platform::remove_name(segment().object()); }

void Replica::take(const Segment &original) {
    const std::uint64_t size = original.usable();
    if (size > capacity_) must(segment().object().commit(capacity_, size - capacity_), "grow a replica");
    capacity_ = std::max(capacity_, size);
    std::memcpy(static_cast<void *>(&segment().header()), static_cast<const void *>(&original.header()), size);
    segment().believe(size);  // also if it has grown further since
    take_name();
    ClientSlot &mine = segment().client(kMySlot);
    mine.generation.store(kMyGeneration);
    mine.in_use.store(1);
    mine.transfer.store(0);
}

// An object is the pool of the name in its header, for which its auth key vouches: so both become this one's.
void Replica::take_name() {
    Header &header = segment().header();
    const value::PoolBinding before = binding_of(header);
    header.name = segment().constants().name;
    if (!segment().constants().has_auth_key()) return;
    const value::PoolBinding after = binding_of(header);
    for (WrappedBytes &wrapped : header.keys.wrapped) rebind(wrapped, before, after);
}

// The first look at the bytes, whose auth key may be either.
Reader &Replica::reader() {
    if (reader_) return *reader_;
    if (!encrypted()) return reader_.emplace(name_, nullptr);
    return reader_.emplace(name_, opens(name_, kFirstAuthKey) ? kFirstAuthKey : kOtherAuthKey);
}

std::string Replica::recover_and_check() {
    const Status recovered = recover_all_dead(pool_.session());
    return recovered == Status::ok ? check_all() : std::string("recovery says ") + status_name(recovered);
}

std::string Replica::check_all() {
    const CheckReport report = check(segment(), [this](std::string_view key) { return pool_.stored_key(key); });
    return report.sound() ? "" : report.violations.front();
}

std::string Replica::go_on() {
    if (set("next", 5) != Status::ok) return "the next write fails";
    if (loans_.empty()) return "";
    // Into what is free, if any of the value lent were.
    std::string wrong;
    if (set("next", 5000) != Status::ok) return "the next large write fails";
    wrong = check_loans();
    for (const Loan &loan : loans_) platform::release_byte(borrower_, kPinBytes + loan.page);
    if (wrong.empty() && set("next", 6000) != Status::ok) wrong = "a large write after the return fails";
    if (wrong.empty() && segment().header().limbo_pages.load() != 0) wrong = "what was returned stays in limbo";
    if (wrong.empty()) wrong = check_all();
    hold_loans();
    return wrong;
}

// A full pool may refuse.
Status Replica::set(const std::string &key, std::size_t size) {
    const std::string bytes(size, '+');
    const pool::NewValue value{.type = kBytesType, .bytes = bytes.data(), .size = static_cast<std::uint32_t>(size)};
    std::uint64_t version = 0;
    Status status = Status::ok;
    if (encrypted() && !sealed_) {
        const value::AuthKey auth{opens(name_, kFirstAuthKey) ? kFirstAuthKey : kOtherAuthKey,
                                  value::AuthKey::Kind::raw};
        pool::Gate gate(&auth);
        gate.begin_until(platform::boot_ns() + 1'000'000'000);
        pool::FoundPool found;
        status = pool::open_pool(name_, Access::read_only, gate, found);
        if (status == Status::ok) status = pool::SealedPool::start(pool_, gate.pool_key(), gate.cipher(), sealed_);
        if (status != Status::ok) return status;
    }
    status = sealed_ ? sealed_->put(key, value, {}, version) : pool::put(pool_, pool_.key(key), value, {}, version);
    return status == Status::memory_full ? Status::ok : status;
}

// By a handle of its own, as the borrower is another process.
void Replica::hold_loans() {
    for (const Loan &loan : loans_)
        must(platform::hold_byte(borrower_, kPinBytes + loan.page, platform::Hold::together), "borrow in a replica");
}

std::string Replica::check_loans() const {
    for (const Loan &loan : loans_) {
        const auto kind = PageEntry::unpack(segment().page_entry(loan.page).load()).kind;
        if (kind != PageKind::extent && kind != PageKind::limbo) return "the pages of a value that is lent are free";
        const char *bytes = segment().at<char>(ref_at(loan.offset / kUnit * kUnit), loan.bytes.size() + kUnit);
        if (bytes == nullptr || std::memcmp(bytes + loan.offset % kUnit, loan.bytes.data(), loan.bytes.size()) != 0)
            return "a value that is lent has changed";
    }
    return "";
}

void Replica::step_back() {
    segment().client(kMySlot).in_use.store(0);
    platform::release_byte(segment().object(), kWriterBytes + kMySlot);
}

}  // namespace latzero::crash

// A pool to be damaged, and what has to be true of it after a repair.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/last_error.hpp"
#include "platform/process.hpp"
#include "pool/borrow.hpp"
#include "pool/life/attach.hpp"
#include "pool/life/destroy.hpp"
#include "pool/life/fsck.hpp"
#include "pool/read.hpp"
#include "pool/remove.hpp"
#include "pool/sealed_pool.hpp"
#include "pool/write.hpp"
#include "store/blocks.hpp"
#include "store/stripe.hpp"
#include "unit_test.hpp"

namespace latzero::test {

using namespace store;
using pool::NewValue;

inline constexpr std::string_view kFsckKey = "32 bytes that are the auth key..";
inline constexpr std::uint8_t kStringType = 4;

inline void must(Status status) {
    if (status != Status::ok) print_error("%s: %s\n", status_name(status), last_error());
    assert_true(status == Status::ok);
}

// A persistent pool with keys of all classes, extents, deleted keys and TTLs, and this process as its only client.
class Victim {
public:
    explicit Victim(bool sealed = false, const char *suffix = "", std::uint64_t max_bytes = std::uint64_t{16} << 20)
        : name_("fsck-" + std::to_string(platform::process_number()) + suffix), sealed_(sealed) {
        pool::PoolOptions create;
        create.persistent = true;
        create.max_bytes = max_bytes;
        if (sealed) create.key = {.auth = auth_, .cost = {}, .encrypted = true};
        (void)pool::destroy(name_);
        must(pool::create(name_, create));
        join();
        fill();
    }
    ~Victim() {
        leave();
        (void)pool::destroy(name_);
    }
    Victim(const Victim &) = delete;
    Victim &operator=(const Victim &) = delete;

    void join() {
        pool_ = std::make_unique<pool::Pool>();
        pool::Gate gate(sealed_ ? &auth_ : nullptr);
        must(pool::attach(name_, {.gate = &gate, .timeout_ns = 2'000'000'000}, *pool_));
        if (sealed_) must(pool::SealedPool::start(*pool_, gate.pool_key(), gate.cipher(), seal_));
    }
    void leave() {
        if (!pool_) return;
        seal_.reset();
        (void)pool::detach(name_, *pool_);
        pool_.reset();
    }

    const std::string &name() const { return name_; }
    bool sealed() const { return sealed_; }
    pool::Pool &pool() { return *pool_; }
    const Segment &segment() const { return pool_->session().segment; }
    const std::map<std::string, std::string> &values() const { return values_; }

    Status put(const std::string &key, const std::string &bytes, std::uint64_t expiry_ms = 0) {
        NewValue value{.type = kStringType, .bytes = bytes.data(), .size = static_cast<std::uint32_t>(bytes.size())};
        value.expiry_ms = expiry_ms;
        std::uint64_t version = 0;
        return sealed_ ? seal_->put(key, value, {}, version) : pool::put(*pool_, pool_->key(key), value, {}, version);
    }
    Status get(const std::string &key, std::string &value) {
        pool::ValueInfo info;
        if (sealed_) {
            pool::PrivateCopy opened;
            const Status status = seal_->open(key, opened, info);
            if (status == Status::ok) value = opened.value();
            return status;
        }
        const Status status = pool::get_stored(*pool_, pool_->key(key), room_.data(), room_.size(), info);
        value.assign(room_.data(), status == Status::ok ? info.size : 0);
        return status;
    }
    Status erase(const std::string &key) {
        return sealed_ ? seal_->erase(key, {}) : pool::erase(*pool_, pool_->key(key), {});
    }

    // The slot and the record of a key.
    Word &slot_of(const std::string &key) { return *place_of(key).slot; }
    RecordView record_of(const std::string &key) { return place_of(key).view; }
    Ref ref_of(const std::string &key) { return slot_ref(place_of(key).before); }
    std::uint32_t stripe_of(const std::string &key) const {
        return sealed_ ? seal_->stripe_of(key) : pool_->key(key).stripe;
    }
    Stripe &stripe(const std::string &key) { return segment().stripe(stripe_of(key)); }
    Word &page_of_key(const std::string &key) { return segment().page_entry(offset_of(ref_of(key)) / kPageSize); }

    // Changes the key in a record, in a plain pool to one of another stripe: of its own it would be found again, under
    // its new name.
    void change_key(const std::string &key) {
        std::string changed = key;
        do changed[0]++;
        while (!sealed_ && pool_->key(changed).stripe == stripe_of(key));
        record_of(key).key->fetch_xor(static_cast<unsigned char>(changed[0] ^ key[0]));
    }

    pool::FsckReport fsck(bool repair, bool with_key = true) {
        pool::FsckReport report;
        must(pool::fsck(name_, {repair, sealed_ && with_key ? &auth_ : nullptr, 2'000'000'000}, report));
        return report;
    }

private:
    Place place_of(const std::string &key) {
        // An encrypted pool's stored key is not the test's to compute: its record is told by the name in it.
        Place place;
        Table table;
        if (!sealed_) {
            const Key hashed = pool_->key(key);
            const StripeLock lock(pool_->actor(), hashed.stripe);
            must(lock.status());
            assert_true(open_table(segment(), segment().stripe(hashed.stripe), table));
            must(find_locked(segment(), table, hashed, place));
            assert_true(place.found);
            return place;
        }
        assert_true(open_table(segment(), segment().stripe(stripe_of(key)), table));
        for (std::uint64_t at = 0; at < table.size(); at++) {
            const std::uint64_t slot = table.slots[at];
            if (!is_live(slot) || !open_record(segment(), slot_ref(slot), place.view)) continue;
            value::Names names{{reinterpret_cast<char *>(place.view.key), place.view.shape.key_size}};
            must(seal_->open_names(names));
            if (names.empty() || std::string_view(names[0]) != key) continue;
            place = {&table.slots[at], slot, true, place.view};
            return place;
        }
        assert_true(false);
        return place;
    }

    void fill() {
        for (unsigned i = 0; i < 900; i++) {
            const std::string key = "key-" + std::to_string(i);
            const std::size_t size = i % 50 == 7 ? 3000 + i * 20 : i * 7 % 1500;
            std::string value(size, static_cast<char>('a' + i % 26));
            value += std::to_string(i);
            must(put(key, value, i % 9 == 0 ? std::uint64_t{1} << 50 : 0));
            values_[key] = value;
        }
        for (unsigned i = 3; i < 900; i += 11) {
            must(erase("key-" + std::to_string(i)));
            values_.erase("key-" + std::to_string(i));
        }
    }

    std::string name_;
    bool sealed_;
    value::AuthKey auth_{kFsckKey, value::AuthKey::Kind::raw};
    std::unique_ptr<pool::Pool> pool_;
    std::unique_ptr<pool::SealedPool> seal_;
    std::map<std::string, std::string> values_;
    std::vector<char> room_ = std::vector<char>(std::size_t{1} << 20);  // for one value
};

}  // namespace latzero::test

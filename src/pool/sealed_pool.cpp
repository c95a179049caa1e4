#include "pool/sealed_pool.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "pool/read.hpp"
#include "pool/remove.hpp"
#include "pool/write.hpp"
#include "store/call_deadline.hpp"

namespace latzero::pool {

using namespace store;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// Above this a seal takes long enough for others to come in between.
constexpr std::uint64_t kLargeMessage = 16384;

using NameSize = std::uint16_t;

// What a message is bound to.
struct Binding {
    std::array<std::uint8_t, 16> pool_id;
    std::uint64_t stored_key[2];
    std::uint64_t shape, version, expiry, modified, detail;
    std::uint64_t cache_word;  // of records in cache pools, which this library does not make: 0

    std::string_view view() const { return {reinterpret_cast<const char *>(this), sizeof *this}; }
};
static_assert(sizeof(Binding) == 80);
static_assert(sizeof(value::Hash128) == sizeof Binding::stored_key);

std::uint64_t message_size(std::string_view name, const NewValue &value) {
    return sizeof(NameSize) + name.size() + value.size + value::kSealOverhead;
}

std::uint64_t word_or_zero(const RecordView &view, std::uint8_t flag, std::uint64_t at) {
    return view.shape.has(flag) ? view.words()[at].load(kRelaxed) : 0;
}

}  // namespace

// --- copies ----------------------------------------------------------------------------------------------------------

PrivateCopy::~PrivateCopy() { value::wipe(data(), used_); }

void PrivateCopy::make_room(std::size_t size) {
    if (used_ != 0) value::wipe(data(), used_);
    used_ = 0;
    if (size <= capacity_) return;
    // At least twice as much, so that a size which somebody changes all the time soon fits.
    capacity_ = std::max(size, 2 * capacity_);
    large_.reset(new char[capacity_]);
}

// Copies a record as it lies, if there is room for its message. Of one that is no sealed record, what it finds.
struct SealedPool::Copy {
    Binding binding;
    Shape shape;
    PrivateCopy &to;

    Copy(const PoolConstants &constants, PrivateCopy &private_copy)
        : binding{constants.pool_id, {}, 0, 0, 0, 0, 0, 0}, shape{}, to(private_copy) {}

    bool fits() const { return padded() <= to.capacity_; }
    std::uint64_t padded() const { return (std::uint64_t{shape.value_size} + 7) / 8 * 8; }

    void operator()(const RecordView &view, std::uint64_t version) {
        shape = view.shape;
        binding.shape = shape.pack();
        binding.version = version;
        binding.expiry = word_or_zero(view, kHasExpiry, shape.expiry_at());
        binding.modified = word_or_zero(view, kHasModified, shape.modified_at());
        binding.detail = word_or_zero(view, kHasDetail, shape.detail_at());
        if (shape.key_size == sizeof binding.stored_key)
            copy_from_shared(binding.stored_key, view.key, sizeof binding.stored_key);
        if (fits()) copy_from_shared(to.data(), view.value, padded());
    }
};

// --- reading ---------------------------------------------------------------------------------------------------------

Status SealedPool::start(Pool &pool, const value::PoolKey &pool_key, value::Cipher cipher,
                         std::unique_ptr<SealedPool> &sealed) {
    std::unique_ptr<SealedPool> made(new SealedPool(pool, pool_key, cipher));
    const Status started = made->sealer_.start(pool_key, cipher);
    if (started == Status::ok) sealed = std::move(made);
    return started;
}

Status SealedPool::open(std::string_view name, PrivateCopy &opened, ValueInfo &info) {
    const value::Hash128 digest = index_hash_.of(name);
    const Key key = make_stored_key(digest);
    Status status = open_stored(key, opened, info);
    if (status == Status::not_found) status = explain_miss(key);
    if (status != Status::ok) return status;
    if (opened.name() != name) return report_tampering();
    if (!info.is_over()) return Status::ok;
    info = {};
    return Status::not_found;
}

Status SealedPool::open_stored(const Key &key, PrivateCopy &opened, ValueInfo &info) {
    Copy copy(segment().constants(), opened);
    for (;;) {
        opened.make_room(copy.padded());
        const Status found =
            read(pool_, key, [&copy](const RecordView &view, std::uint64_t version) { copy(view, version); });
        if (found == Status::corrupt) return report_tampering();
        if (found != Status::ok) return found;
        if (!copy.fits()) continue;
        const Status verified = verify(copy, opened, info);
        return verified == Status::integrity ? report_tampering() : verified;
    }
}

Status SealedPool::verify(const Copy &copy, PrivateCopy &opened, ValueInfo &info) {
    const Shape &shape = copy.shape;
    char *message = opened.data();
    opened.used_ = copy.padded();
    bool sound = shape.has(kSealed) && !shape.has(kHasFilled) && shape.key_size == sizeof copy.binding.stored_key &&
                 shape.value_size >= value::kSealOverhead + sizeof(NameSize);
    for (std::uint64_t at = shape.value_size; at < opened.used_; at++) sound = sound && message[at] == 0;
    if (!sound) return Status::integrity;
    const Binding &binding = copy.binding;
    char *text = message + value::kSealHead;
    const Status verified = sealer_.open(binding.view(), {message, shape.value_size}, text);
    if (verified != Status::ok) return verified;
    const std::size_t text_size = shape.value_size - value::kSealOverhead;
    NameSize name_size;
    std::memcpy(&name_size, text, sizeof name_size);
    if (sizeof name_size + name_size > text_size) return Status::integrity;
    opened.name_ = {text + sizeof name_size, name_size};
    opened.value_ = {text + sizeof name_size + name_size, text_size - sizeof name_size - name_size};
    info = {.type = shape.type,
            .flags = static_cast<std::uint8_t>(shape.flags & ~kSealed),
            .size = opened.value_.size(),
            .version = binding.modified != 0 ? binding.modified : binding.version,
            .expiry_ms = binding.expiry,
            .detail = binding.detail,
            .record = binding.version};
    return Status::ok;
}

// A key that is not there, or whose record was changed so that it does not look like this key's: then a slot has the
// key's hash, and a record that does not fit it, or does not verify.
Status SealedPool::explain_miss(const Key &key) {
    Table table;
    if (!open_table(segment(), segment().stripe(key.stripe), table) || table.slots == nullptr) return Status::not_found;
    for (std::uint64_t step = 0; step < table.size(); step++) {
        const Word &place = table.slots[(key.hash + step) & table.mask];
        const std::uint64_t slot = place.load(kRelaxed);
        if (slot == kEmptySlot) break;
        if (is_live(slot) && slot_hash(slot) == key.hash && !is_sound(key, place)) return report_tampering();
    }
    return Status::not_found;
}

// Whether a slot with the hash of a key that is not there leads to a sound record: another key's, or one that came
// only now. What changes all the time is in use.
bool SealedPool::is_sound(const Key &key, const Word &slot) {
    constexpr int kAttempts = 16;
    PrivateCopy opened;
    Copy copy(segment().constants(), opened);
    Attempt outcome = Attempt::changed;
    for (int attempt = 0; attempt < kAttempts && (outcome != Attempt::hit || !copy.fits()); attempt++) {
        opened.make_room(copy.padded());
        outcome = look_at(segment(), slot, [&copy](const RecordView &view) { copy(view, view.version()); });
        if (outcome == Attempt::miss) return true;
    }
    if (outcome != Attempt::hit) return outcome == Attempt::changed;
    const Key stored = make_stored_key(
        std::string_view(reinterpret_cast<const char *>(copy.binding.stored_key), sizeof copy.binding.stored_key));
    ValueInfo info;
    return stored.hash == key.hash && stored.stripe == key.stripe && verify(copy, opened, info) == Status::ok;
}

bool SealedPool::verifies(const RecordView &view) {
    PrivateCopy opened;
    Copy copy(segment().constants(), opened);
    ValueInfo info;
    copy.shape = view.shape;
    opened.make_room(copy.padded());
    copy(view, view.version());
    return copy.fits() && verify(copy, opened, info) == Status::ok;
}

Status SealedPool::open_names(value::Names &keys) {
    // Slots may be made to lead to one record many times: its name counts once.
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    std::size_t kept = 0;
    for (value::Bytes &stored : keys) {
        PrivateCopy opened;
        ValueInfo info;
        const Status status = open_stored(make_stored_key(stored), opened, info);
        if (status == Status::forked || status == Status::timeout) return status;
        if (status == Status::ok && !info.is_over()) keys[kept++] = opened.name();
    }
    keys.resize(kept);
    return Status::ok;
}

Status SealedPool::report_tampering() {
    if (segment().writable())
        segment().header().integrity_failures.fetch_add(1, kRelaxed);
    else
        own_failures_.fetch_add(1, kRelaxed);
    return Status::integrity;
}

std::uint64_t SealedPool::integrity_failures() const {
    return segment().header().integrity_failures.load(kRelaxed) + own_failures_.load(kRelaxed);
}

// --- writing ---------------------------------------------------------------------------------------------------------

std::uint64_t SealedPool::record_bytes(std::string_view name, const NewValue &value) {
    NewValue record = value;
    record.size = static_cast<std::uint32_t>(message_size(name, value));
    return record.shape(sizeof(value::Hash128)).total();
}

Status SealedPool::seal(std::string_view name, const Key &key, const NewValue &value, const NewValue &record,
                        char *out) {
    const Shape shape = record.shape(key.size);
    Binding binding{segment().constants().pool_id,
                    {},
                    shape.pack(),
                    record.version,
                    shape.has(kHasExpiry) ? record.expiry_ms : 0,
                    shape.has(kHasModified) ? record.modified : 0,
                    shape.has(kHasDetail) ? record.detail : 0,
                    0};
    std::memcpy(binding.stored_key, key.bytes, sizeof binding.stored_key);
    const auto name_size = static_cast<NameSize>(name.size());
    const std::string_view parts[] = {{reinterpret_cast<const char *>(&name_size), sizeof name_size},
                                      name,
                                      {static_cast<const char *>(value.bytes), value.size}};
    return sealer_.seal(binding.view(), parts, out);
}

Status SealedPool::put(std::string_view name, const NewValue &value, Expect expect, std::uint64_t &version) {
    const std::uint64_t size = message_size(name, value);
    if (size > std::numeric_limits<std::uint32_t>::max()) return Status::too_large;
    const value::Hash128 digest = index_hash_.of(name);
    const Key key = make_stored_key(digest);
    PrivateCopy message;
    message.make_room(size);
    NewValue record = value;
    record.flags = static_cast<std::uint8_t>((value.flags | kSealed) & ~(value.modified == 0 ? kHasModified : 0));
    record.bytes = message.data();
    record.size = static_cast<std::uint32_t>(size);
    const bool usual = expect.is_any() && record.expiry_ms == 0;
    for (record.reserved = size > kLargeMessage;; record.reserved = true) {
        Status status = Status::ok;
        if (record.reserved)
            status = reserve_version(pool_, key.stripe, record.version);
        else
            record.version = pool_.next_version(key.stripe);
        if (status == Status::ok) status = seal(name, key, value, record, message.data());
        if (status != Status::ok) return status;
        if (usual && put_fast(pool_, key, record, version)) [[likely]]
            return status;
        if (const Tried put = put_versioned(pool_, key, record, expect, version)) return *put;
        status = is_watched(segment().stripe(key.stripe)) ? expire(name, key) : Status::ok;
        if (status != Status::ok) return status;
    }
}

Status SealedPool::erase(std::string_view name, Expect expect) {
    const value::Hash128 digest = index_hash_.of(name);
    const Key key = make_stored_key(digest);
    SealedEventName told(sealer_, segment().constants().pool_id, name);
    const Status erased = pool::erase(pool_, key, expect, &told);
    return erased == Status::not_found ? explain_miss(key) : erased;
}

// --- events ----------------------------------------------------------------------------------------------------------

// If a record has ended.
Status SealedPool::expire(std::string_view name, const Key &key) {
    SealedEventName told(sealer_, segment().constants().pool_id, name);
    return erase_ended(pool_, key, &told);
}

// In pieces, so that nobody waits long for the stripe. What cannot be opened is left to who sweeps without names.
void SealedPool::sweep_named(std::uint32_t stripe, Budget &tables) {
    constexpr std::uint64_t kPiece = 2048;
    value::Names ended;
    std::uint64_t at = 0;
    do {
        if (!tables.spend(kPiece * sizeof(Word)) || list_ended(pool_, stripe, kPiece, at, ended) != Status::ok) return;
        for (const value::Bytes &stored : ended) {
            const Key key = make_stored_key(stored);
            PrivateCopy opened;
            ValueInfo info;
            if (key.stripe == stripe && open_stored(key, opened, info) == Status::ok) (void)expire(opened.name(), key);
        }
    } while (at != 0);
}

void SealedPool::sweep() {
    const CallDeadline all_stripes;
    Budget tables = Budget::for_stripes_in_turn(segment());
    const std::uint64_t now = platform::boot_ms();
    for (std::uint32_t number = 0; number < kStripes; number++) {
        const Stripe &stripe = segment().stripe(number);
        const std::uint64_t due = stripe.sweep_due.load(kRelaxed);
        if (due != 0 && due <= now && is_watched(stripe)) sweep_named(number, tables);
    }
    sweep_all(pool_.actor());
}

// Without the lock, a table that is replaced meanwhile is looked through once more a second later.
void SealedPool::note_ended(std::uint32_t stripe, Budget &tables) {
    Table table;
    if (!open_table(segment(), segment().stripe(stripe), table) || table.slots == nullptr) return;
    if (!tables.spend(table.size() * sizeof(Word))) return;
    for (std::uint64_t at = 0; at < table.size(); at++) {
        std::string stored;
        const auto copy = [&](const RecordView &view) {
            stored.assign(expired(expiry_of(view)) ? view.shape.key_size : 0, 0);
            copy_from_shared(stored.data(), view.key, stored.size());
        };
        if (look_at(segment(), table.slots[at], copy) != Attempt::hit || stored.empty()) continue;
        PrivateCopy opened;
        ValueInfo info;
        if (open_stored(make_stored_key(stored), opened, info) == Status::ok && info.is_over())
            ended_.note(stored, value::Bytes(opened.name()));
    }
}

void SealedPool::note_ended() {
    const std::uint64_t now = platform::boot_ms();
    if (segment().writable() || !ended_.begin_look(now)) return;
    Budget tables = Budget::for_stripes_in_turn(segment());
    for (std::uint32_t number = 0; number < kStripes; number++) {
        const std::uint64_t due = segment().stripe(number).sweep_due.load(kRelaxed);
        if (due != 0 && due <= now) note_ended(number, tables);
    }
}

bool SealedPool::is_there(const Key &key) {
    PrivateCopy opened;
    ValueInfo info;
    return open_stored(key, opened, info) == Status::ok && !info.is_over();
}

// That a key has ended is believed only of an event that was sealed, or of a record that was seen to have.
Status SealedPool::name_of(const RingEvent &event, std::uint32_t stripe, value::Bytes &name, std::size_t &whole) {
    if (has_name(event)) {
        const Status opened = open_event_name(sealer_, segment().constants().pool_id, stripe, event, name, whole);
        return opened == Status::integrity ? report_tampering() : opened;
    }
    if (event.is_end()) {
        const bool is_known = event.head.kind == EventKind::expired && ended_.find(event.key, name);
        if (!is_known || is_there(make_stored_key(event.key))) return Status::not_found;
        whole = name.size();
        return Status::ok;
    }
    value::Names names = {value::Bytes(event.key.data(), event.key.size())};
    const Status opened = open_names(names);
    if (opened == Status::ok && names.empty()) return Status::not_found;
    if (opened == Status::ok) name = names.front();
    whole = name.size();
    return opened;
}

}  // namespace latzero::pool

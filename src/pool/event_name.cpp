#include "pool/event_name.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "store/record.hpp"

namespace latzero::pool {

using namespace store;

namespace {

using NameSize = std::uint16_t;

constexpr std::size_t kStoredKey = sizeof EventBinding::stored_key;
constexpr std::size_t kBeforeName = kStoredKey + value::kSealOverhead + sizeof(NameSize);
constexpr std::size_t kSlotsKey = kMoreKeyWords * sizeof(Word);

struct Binding {
    PoolId pool_id;
    EventBinding event;

    std::string_view view() const { return {reinterpret_cast<const char *>(this), sizeof *this}; }
};
static_assert(sizeof(Binding) == 56);

}  // namespace

// Room is made here, since a seal comes under a lock.
SealedEventName::SealedEventName(value::Sealer &sealer, const PoolId &pool_id, std::string_view name)
    : sealer_(sealer), pool_id_(pool_id), name_(name) {
    if (size() + kSlotsKey > kUsualRoom) large_.reset(new char[size() + kSlotsKey]);
}

std::uint64_t SealedEventName::size() const { return kBeforeName + name_.size(); }

const char *SealedEventName::seal(const EventBinding &binding, std::uint64_t bytes) {
    static constexpr char kZeros[kSlotsKey] = {};
    LATZERO_ASSERT(bytes >= kBeforeName && bytes < size() + kSlotsKey);
    char *out = large_ ? large_.get() : usual_;
    const std::string_view name = name_.substr(0, bytes - kBeforeName);
    const auto name_size = static_cast<NameSize>(name_.size());
    const std::string_view parts[] = {{reinterpret_cast<const char *>(&name_size), sizeof name_size},
                                      name,
                                      {kZeros, bytes - kBeforeName - name.size()}};
    std::memcpy(out, binding.stored_key, kStoredKey);
    const Binding bound{pool_id_, binding};
    return sealer_.seal(bound.view(), parts, out + kStoredKey) == Status::ok ? out : nullptr;
}

bool has_name(const RingEvent &event) { return event.head.key_size > kStoredKey; }

Status open_event_name(value::Sealer &sealer, const PoolId &pool_id, std::uint32_t stripe, const RingEvent &event,
                       value::Bytes &name, std::size_t &whole) {
    if (event.key.size() != event.head.key_size || event.key.size() < kBeforeName) return Status::integrity;
    Binding bound{pool_id, {make_version(event.last, stripe), event.head.pack(), event.value, {}}};
    std::memcpy(bound.event.stored_key, event.key.data(), kStoredKey);
    const std::string_view message(event.key.data() + kStoredKey, event.key.size() - kStoredKey);
    value::Bytes text(message.size() - value::kSealOverhead, 0);
    const Status opened = sealer.open(bound.view(), message, text.data());
    if (opened != Status::ok) return opened;
    NameSize name_size;
    std::memcpy(&name_size, text.data(), sizeof name_size);
    whole = name_size;
    name.assign(text, sizeof name_size, std::min<std::size_t>(name_size, text.size() - sizeof name_size));
    return Status::ok;
}

}  // namespace latzero::pool

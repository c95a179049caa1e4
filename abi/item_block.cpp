#include "item_block.hpp"

#include "base/last_error.hpp"

namespace latzero::abi {

namespace {

constexpr std::uint64_t kUnit = 8;
constexpr std::uint64_t kHead = sizeof(latzero_item);
static_assert(kHead % kUnit == 0);

// What bytes take with the NUL and the zeros behind them.
constexpr std::uint64_t padded(std::uint64_t size) { return (size / kUnit + 1) * kUnit; }

// The most bytes that take no more than that with what stands behind them.
constexpr std::uint64_t longest_in(std::uint64_t room) { return room / kUnit * kUnit - 1; }
static_assert(longest_in(padded(7)) == 7 && longest_in(padded(8)) == 15 && longest_in(padded(8) + 7) == 15);

void put_padded(char *at, std::string_view bytes) {
    std::memset(at + padded(bytes.size()) - kUnit, 0, kUnit);
    bytes.copy(at, bytes.size());
}

// Whether it is the answer about one key, and no failure of a call about many.
bool is_of_key(Status status) { return status == Status::not_found || status == Status::integrity; }

Status refuse_item(const char *why) {
    return fail(Status::invalid_argument, "an item is malformed: %s; see latzero_item in latzero.h", why);
}

}  // namespace

// Twice as much each time, and wiped where it was: what is copied may be secret.
Status ItemBlock::make_room(std::uint64_t size) {
    if (size <= capacity_) return Status::ok;
    constexpr std::uint64_t kLeast = 4096;
    const std::uint64_t wanted = std::max({size, std::uint64_t{capacity_} * 2, kLeast});
    client::Memory larger(static_cast<char *>(std::malloc(wanted)));
    if (!larger)
        return fail(Status::no_memory, "no memory for items of %llu bytes: ask for fewer at a time",
                    static_cast<unsigned long long>(wanted));
    if (size_ != 0) std::memcpy(larger.get(), memory_.get(), size_);
    memory_ = std::move(larger);
    capacity_ = wanted;
    return Status::ok;
}

Status ItemBlock::add(client::Connection &connection, const pool::Key &key, std::string_view name) {
    constexpr std::uint64_t kFirstRoom = 248;
    const std::uint64_t head = size_ + kHead + padded(name.size());
    client::ValueInfo value;
    Status got = Status::too_small;
    for (std::uint64_t room = kFirstRoom; got == Status::too_small; room = value.size) {
        const Status made = make_room(head + padded(room));
        if (made != Status::ok) return made;
        got = client::get(connection, key, memory_.get() + head, longest_in(capacity_ - head), value);
    }
    if (got != Status::ok && !is_of_key(got)) return got;
    latzero_item item = LATZERO_ITEM_INIT;
    item.key_len = static_cast<std::uint32_t>(name.size());
    item.status = static_cast<latzero_status>(got);
    item.ttl_ms = -1;
    if (got == Status::ok) {
        item.size = value.size;
        item.version = value.version;
        item.ttl_ms = client::remaining_ms(value);
        item.type = value.type;
        item.tag = client::tag_of(value);
        item.flags = value_flags(value);
    }
    item.item_size = head - size_ + padded(item.size);
    char *at = memory_.get() + size_;
    std::memcpy(at, &item, kHead);
    put_padded(at + kHead, name);
    std::memset(memory_.get() + head + item.size, 0, padded(item.size) - item.size);
    last_ = size_;
    last_status_ = got;
    size_ += item.item_size;
    return Status::ok;
}

Status GivenItems::take(latzero_item &head, std::string_view &key, std::string_view &value) {
    if (left_ < kHead) return refuse_item("its head does not lie in the block");
    std::memcpy(&head, next_, kHead);
    if (head.struct_size < kHead || head.struct_size > kLargestStruct || head.struct_size % kUnit != 0)
        return refuse_item("struct_size is no size of a head");
    if (head.item_size > left_ || head.item_size % kUnit != 0 || head.size > head.item_size)
        return refuse_item("item_size is no multiple of 8 within the block");
    const std::uint64_t before = head.struct_size + padded(head.key_len);
    if (before > head.item_size || head.size > head.item_size - before)
        return refuse_item("its key and value are longer than item_size");
    if (head.struct_size > kHead) {
        const Status checked = check_unknown_bytes("an item", next_, kHead, head.struct_size);
        if (checked != Status::ok) return checked;
    }
    key = {next_ + head.struct_size, head.key_len};
    value = {next_ + before, static_cast<std::size_t>(head.size)};
    next_ += head.item_size;
    left_ -= static_cast<std::size_t>(head.item_size);
    return Status::ok;
}

Status GivenKeys::take(std::string_view &key) {
    std::uint32_t size = 0;
    if (left_ >= sizeof size) std::memcpy(&size, next_, sizeof size);
    if (left_ < sizeof size || size > left_ - sizeof size)
        return fail(Status::invalid_argument,
                    "the keys end amid one: each has its length before it, 4 bytes, little-endian");
    key = {next_ + sizeof size, size};
    next_ += sizeof size + size;
    left_ -= sizeof size + size;
    return Status::ok;
}

}  // namespace latzero::abi

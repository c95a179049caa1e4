#include "client/plain_values.hpp"

#include <algorithm>
#include <cstring>

#include "platform/errno_keeper.hpp"
#include "pool/expiry.hpp"
#include "pool/remove.hpp"
#include "pool/write.hpp"

namespace latzero::client {

using value::Type;

// The value may grow between asking for its size and reading it, so the two are repeated until they agree.
Status PlainValues::read_stored(const pool::Key &key, value::Bytes &stored, ValueInfo &info) {
    const std::uint64_t largest = largest_value(pool_);
    Status read = Status::too_small;
    for (info.size = 0; read == Status::too_small;) {
        stored.resize(std::min(info.size, largest));
        read = pool::get_stored(pool_, key, stored.data(), stored.size(), info);
        if (read == Status::too_small && info.size > largest) return Status::corrupt;
    }
    stored.resize(info.size);
    return read;
}

Status PlainValues::read_decoded(const pool::Key &key, value::Bytes &plain, ValueInfo &info) {
    value::Bytes stored;
    const Status read = read_stored(key, stored, info);
    if (read != Status::ok) return read;
    if (!decode(info, stored, largest_value(pool_), compressor_, plain)) return Status::corrupt;
    info.size = plain.size();
    return Status::ok;
}

Status PlainValues::read_encoded(const pool::Key &key, void *buffer, std::size_t capacity, ValueInfo &info) {
    const platform::ErrnoKeeper keeper;
    // Often what is wanted is the size alone, and that is known without the value.
    std::uint64_t size = 0;
    const PlainSize known = plain_size(info, largest_value(pool_), size);
    if (known == PlainSize::impossible) return Status::corrupt;
    if (known == PlainSize::known && size > capacity) {
        info.size = size;
        return Status::too_small;
    }
    value::Bytes plain;
    const Status read = read_decoded(key, plain, info);
    if (read != Status::ok) return read;
    if (plain.size() > capacity) return Status::too_small;
    if (!plain.empty()) std::memcpy(buffer, plain.data(), plain.size());
    return Status::ok;
}

Status PlainValues::erase(const pool::Key &key, pool::Expect expect) { return pool::erase(pool_, key, expect); }

pool::Tried PlainValues::append(const pool::Key &key, std::string_view element, std::uint64_t &length) {
    return pool::append(pool_, key, static_cast<std::uint8_t>(Type::list), element.data(),
                        static_cast<std::uint32_t>(element.size()), length);
}

pool::Tried PlainValues::read_front(const pool::Key &key, void *buffer, std::size_t capacity, pool::Front &front,
                                    ValueInfo &info) {
    return pool::read_front(pool_, key, static_cast<std::uint8_t>(Type::list), buffer, capacity, front, info);
}

pool::Tried PlainValues::set_expiry(const pool::Key &key, std::uint64_t expiry_ms) {
    return pool::set_expiry(pool_, key, expiry_ms);
}

Status PlainValues::put_list(const pool::Key &key, std::string_view elements, std::uint64_t count, const ValueInfo &,
                             pool::Expect expect, std::uint64_t &version) {
    constexpr std::uint64_t kLeastRoom = 64;
    const auto put_with_room = [&](std::uint64_t wanted) {
        pool::NewValue list{.type = static_cast<std::uint8_t>(Type::list),
                            .flags = store::kHasModified | store::kHasFilled,
                            .bytes = elements.data(),
                            .size = static_cast<std::uint32_t>(elements.size()),
                            .elements = static_cast<std::uint32_t>(count),
                            .keeps_expiry = true};
        list.room = pool::room_for(key, list, wanted);
        return pool::put(pool_, key, list, expect, version);
    };
    const Status stored = put_with_room(std::max<std::uint64_t>(elements.size(), kLeastRoom));
    const bool lacks_room = stored == Status::memory_full || stored == Status::no_space || stored == Status::too_large;
    // Then what the block has over must do.
    return lacks_room ? put_with_room(0) : stored;
}

}  // namespace latzero::client

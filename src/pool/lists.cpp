#include "pool/lists.hpp"

#include <algorithm>
#include <limits>

#include "pool/find.hpp"
#include "pool/read.hpp"
#include "store/blocks.hpp"
#include "store/in_place.hpp"
#include "store/remove.hpp"

namespace latzero::pool {

using namespace store;

std::uint32_t room_for(const Key &key, const NewValue &value, std::uint64_t wanted) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max() - kPageSize;
    NewValue larger = value;
    larger.room = static_cast<std::uint32_t>(std::min(wanted, kMost - value.size));
    const std::uint64_t total = record_bytes(key, larger);
    return larger.room + static_cast<std::uint32_t>(block_bytes(total) - total);
}

[[gnu::flatten]] Tried append(Pool &pool, const Key &key, std::uint8_t type, const void *element, std::uint32_t size,
                              std::uint64_t &length) {
    pool.touch();
    const StripeLock lock(pool.actor(), key.stripe);
    if (lock.status() != Status::ok) return lock.status();
    sweep_some(pool.actor(), key.stripe);
    Found found;
    const Status status = find_locked(lock, pool, key, found);
    if (status != Status::ok) return status;
    if (!found.is_live()) return {};
    const RecordView &view = found.place.view;
    if (view.shape.type != type || !view.shape.has(kHasFilled) || !view.shape.has(kHasModified)) return {};
    FilledRange range = filled_range_of(view);
    Filled &filled = range.filled;
    if (!range.is_sound(view.shape.value_size) || view.shape.value_size - filled.bytes < size) return {};
    append_to_shared(view.value, filled.bytes, element, size);
    filled = {filled.bytes + size, filled.elements + 1};
    change_in_place(pool.actor(), key.stripe, view, slot_ref(found.place.before), ChangedWord::filled, view.filled(),
                    filled.pack());
    length = range.length().elements;
    return Status::ok;
}

Tried read_front(Pool &pool, const Key &key, std::uint8_t type, void *buffer, std::size_t capacity, Front &front,
                 ValueInfo &info) {
    pool.touch();
    bool is_filled = false;
    const auto look = [&](const RecordView &view, std::uint64_t version) {
        describe(view, version, info);
        is_filled = view.shape.has(kHasFilled) && view.shape.has(kHasModified) && view.shape.type == type;
        if (!is_filled) return;
        const FilledRange range = filled_range_of(view);
        const bool is_sound = range.is_sound(view.shape.value_size);
        front = {version, range.taken, is_sound ? range.length() : Filled{0, 0}, view.shape.value_size};
        const std::size_t size = std::min<std::size_t>(front.length.bytes, capacity);
        if (size != 0) copy_from_shared_at(buffer, view.value, front.taken.bytes, size);
    };
    const Status status = read(pool, key, look);
    if (status == Status::not_found || (status == Status::ok && (!is_filled || info.is_over()))) return {};
    return status;
}

[[gnu::flatten]] Status take_front(Pool &pool, const Key &key, const Front &front, std::uint32_t size,
                                   std::uint64_t &version, std::uint64_t &left) {
    pool.touch();
    const StripeLock lock(pool.actor(), key.stripe);
    if (lock.status() != Status::ok) return lock.status();
    sweep_some(pool.actor(), key.stripe);
    Found found;
    const Status status = find_locked(lock, pool, key, found);
    if (status != Status::ok) return status;
    const RecordView &view = found.place.view;
    if (!found.is_live() || view.version() != front.record || !view.shape.has(kHasFilled)) return Status::conflict;
    FilledRange range = filled_range_of(view);
    if (range.taken.pack() != front.taken.pack()) return Status::conflict;
    if (!range.is_sound(view.shape.value_size) || range.length().bytes < size || range.length().elements == 0)
        return Status::corrupt;
    range.taken = {range.taken.bytes + size, range.taken.elements + 1};
    change_in_place(pool.actor(), key.stripe, view, slot_ref(found.place.before), ChangedWord::filled, view.taken(),
                    range.taken.pack());
    version = view.modified().load(std::memory_order_relaxed);
    left = range.length().elements;
    return Status::ok;
}

}  // namespace latzero::pool

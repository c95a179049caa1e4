// Zero-copy: reading values where they lie (store/pins.hpp says why that is safe), and filling them where they will.
#include "pool/pool.hpp"
#include "store/blocks.hpp"
#include "store/pages.hpp"

namespace latzero::pool {

using namespace store;

// Where it pays: below this a copy costs less than the two system calls. Such a value has pages that can be pinned.
static constexpr std::uint64_t kLeastBorrowed = std::uint64_t{kLeastBorrowedPages} * kPageSize;

// A look at the record, a pin, and a second look: what still has its version then cannot be used anew.
Status Pool::borrow(const Key &key, Borrowed &borrowed, ValueInfo &info) {
    const Segment &segment = session_.segment;
    std::optional<Wait> wait;
    for (;;) {
        RecordView found;
        std::uint64_t published = 0;  // the version, which is of this record alone
        const Status read = read_with(key, [&](const RecordView &view, std::uint64_t version) {
            describe(view, version, info);
            found = view;
            published = version;
        });
        if (read != Status::ok) return read;
        if (expired(info.expiry_ms)) return Status::not_found;
        const Ref ref = ref_at(segment.offset_of_word(found.record->version));
        if (info.encoded() || info.size < kLeastBorrowed) return Status::unsupported;
        const Status pinned = session_.pins.pin(segment.object(), page_of(ref));
        if (pinned != Status::ok) return pinned;
        if (version_in(found.record->version.load(std::memory_order_acquire)) == published) {
            borrowed = {found.value, page_of(ref)};
            return Status::ok;
        }
        give_back({nullptr, page_of(ref)});
        if (!wait) wait.emplace(session_.timeout_ns);
        if (wait->is_over()) return Status::timeout;
    }
}

// What was replaced meanwhile goes back now; if that cannot be had in time, with the next allocation.
void Pool::give_back(const Borrowed &borrowed) {
    const bool last = session_.pins.unpin(session_.segment.object(), borrowed.page);
    if (last && session_.segment.writable()) (void)reclaim_returned(actor(), borrowed.page);
}

Status Pool::reserve(const Key &key, const NewValue &value, Reserved &reserved) {
    const std::uint64_t bytes = record_bytes(key, value);
    if (bytes <= kSmallLimit) return Status::unsupported;
    if (bytes > largest_record()) return Status::too_large;
    const Shape shape = value.shape(key.size);
    return with_room(key, bytes, [&](std::uint64_t &) {
        const Status written = write_pending(key, value, reserved.record);
        if (written != Status::ok) return written;
        reserved.bytes = RecordView(session_.segment.at<Record>(reserved.record, bytes), shape).value;
        return Status::ok;
    });
}

Status Pool::publish(const Key &key, const NewValue &value, const Reserved &reserved) {
    std::uint64_t version = 0;
    return with_room(
        key, 0, [&](std::uint64_t &wanted) { return put_locked(key, value, {}, reserved.record, version, wanted); });
}

void Pool::abandon(const Reserved &reserved) { (void)free_pending_run(actor(), page_of(reserved.record)); }

}  // namespace latzero::pool

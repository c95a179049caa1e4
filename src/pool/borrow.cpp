#include "pool/borrow.hpp"

#include "pool/read.hpp"
#include "pool/room.hpp"
#include "pool/write.hpp"
#include "store/blocks.hpp"
#include "store/order.hpp"
#include "store/pages.hpp"

namespace latzero::pool {

using namespace store;

// Where it pays: below this a copy costs less than the two system calls. Such a value has pages that can be pinned.
static constexpr std::uint64_t kLeastBorrowed = std::uint64_t{kLeastBorrowedPages} * kPageSize;

// A look at the record, a pin, and a second look: what still has its version then cannot be used anew.
Tried borrow(Pool &pool, const Key &key, Borrowed &borrowed, ValueInfo &info) {
    Session &session = pool.session();
    const Segment &segment = pool.segment();
    std::optional<Wait> wait;
    for (;;) {
        RecordView found;
        std::uint64_t published = 0;  // the version, which is of this record alone
        const Status status = read(pool, key, [&](const RecordView &view, std::uint64_t version) {
            describe(view, version, info);
            found = view;
            published = version;
        });
        if (status != Status::ok) return status;
        if (info.is_over()) return Status::not_found;
        const Ref ref = ref_at(segment.offset_of_word(found.record->version));
        if (info.encoded() || info.size < kLeastBorrowed) return {};
        [[maybe_unused]] const std::uint64_t fences = full_fences_made();
        const Status pinned = session.pins.pin(segment.object(), page_of(ref));
        if (pinned != Status::ok) return pinned;
        // The second look comes after the pin, in the order that pins.hpp describes.
        LATZERO_ASSERT(full_fences_made() != fences);
        if (version_in(found.record->version.load(std::memory_order_acquire)) == published) {
            borrowed = {found.value, page_of(ref)};
            return Status::ok;
        }
        give_back(pool, {nullptr, page_of(ref)});
        if (!wait) wait.emplace(session.timeout_ns);
        if (wait->is_over()) return Status::timeout;
    }
}

// What was replaced meanwhile goes back now; if that cannot be had in time, with the next allocation.
void give_back(Pool &pool, const Borrowed &borrowed) {
    const bool last = pool.session().pins.unpin(pool.segment().object(), borrowed.page);
    if (last && pool.segment().writable()) (void)reclaim_returned(pool.actor(), borrowed.page);
}

Tried reserve(Pool &pool, const Key &key, const NewValue &value, Reserved &reserved) {
    const std::uint64_t bytes = record_bytes(key, value);
    if (bytes <= kSmallLimit) return {};
    if (bytes > pool.largest_record()) return Status::too_large;
    const Shape shape = value.shape(key.size);
    const auto attempt = [&](std::uint64_t &) {
        const Status written = write_pending(pool, key, value, reserved.record);
        if (written != Status::ok) return written;
        reserved.bytes = RecordView(pool.segment().at<Record>(reserved.record, bytes), shape).value;
        return Status::ok;
    };
    pool.touch();
    std::uint64_t wanted = bytes;
    const Status reserving = attempt(wanted);
    return reserving == Status::memory_full ? retry_with_room(pool, key, bytes, wanted, attempt) : reserving;
}

Status publish(Pool &pool, const Key &key, const NewValue &value, const Reserved &reserved) {
    std::uint64_t version = 0, wanted = 0;
    const auto attempt = [&](std::uint64_t &lacking) {
        return *put_prefilled(pool, key, value, {}, reserved.record, version, lacking);
    };
    pool.touch();
    const Status put = attempt(wanted);
    return put == Status::memory_full ? retry_with_room(pool, key, 0, wanted, attempt) : put;
}

void abandon(Pool &pool, const Reserved &reserved) { (void)free_pending_run(pool.actor(), page_of(reserved.record)); }

}  // namespace latzero::pool

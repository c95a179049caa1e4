#include "store/fsck/soundness.hpp"

#include <algorithm>

#include "platform/liveness.hpp"
#include "store/blocks.hpp"
#include "store/pages.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr std::uint32_t kStoredKeySize = 16;  // of an encrypted pool

bool is_run_of_class(const PageEntry &entry) {
    return entry.size_class < kClasses && entry.pages == kClassPages[entry.size_class];
}

bool is_padded(const RecordView &view) {
    const unsigned rest = view.shape.key_size % 8;
    return rest == 0 || view.key[view.shape.key_size / 8].load(kRelaxed) >> rest * 8 == 0;
}

}  // namespace

// A growth that was killed leaves the object longer than the pool, which is sound; one that was cut short is grown anew
// as far as it was in use.
Extent true_extent(const Segment &segment, std::uint64_t object_size) {
    const Geometry &geometry = segment.geometry();
    const std::uint64_t capacity = segment.header().capacity.load(std::memory_order_acquire);
    const std::uint64_t used = segment.header().data_length.load(kRelaxed);
    const std::uint64_t fits = std::min(object_size / kPageSize * kPageSize, geometry.max_bytes);
    const bool sensible = geometry.may_be_capacity(capacity);
    if (sensible && capacity > object_size && used > fits && used <= capacity) return {capacity, fits};
    if (sensible && capacity <= object_size && (used <= capacity || used > fits)) return {capacity, capacity};
    return {fits, fits};
}

bool may_have_in_hand(const Segment &segment, std::uint32_t slot, Owner holder) {
    if (slot >= kClientLimit) return false;
    if (holder == 0) return platform::is_held(segment.object(), kWriterBytes + slot, 1, platform::HeldBy::writers);
    return slot != slot_of(holder) && segment.client(slot).in_use.load(std::memory_order_acquire) != 0;
}

bool is_entry(const PageEntry &entry, std::uint64_t page, std::uint64_t limit) {
    if (entry.pages == 0 || page >= limit || entry.pages > limit - page) return false;
    switch (entry.kind) {
    case PageKind::small: return is_run_of_class(entry) && entry.stripe < kStripes;
    case PageKind::small_pending: return is_run_of_class(entry);
    case PageKind::extent_pending:
    case PageKind::extent:
    case PageKind::limbo:
    case PageKind::ring: return true;
    case PageKind::free: break;
    }
    return false;
}

std::uint64_t entry_page_of(Ref ref, std::uint8_t size_class) {
    if (size_class < kClasses) return run_of(ref, size_class);
    return size_class == kExtentClass && ref == ref_of_page(page_of(ref)) ? page_of(ref) : 0;
}

bool is_block_of(const PageEntry &entry, Ref ref, std::uint8_t size_class, std::uint64_t size) {
    if (entry_page_of(ref, size_class) == 0) return false;
    if (size_class == kExtentClass) return entry.kind == PageKind::extent && entry.pages == pages_for(size);
    return entry.kind == PageKind::small && entry.size_class == size_class;
}

bool open_sound_table(const Segment &segment, const Stripe &stripe, Table &table) {
    const TableWord word = TableWord::unpack(stripe.table.load(std::memory_order_acquire));
    const bool sensible =
        word.ref == Ref::none ? word.bits == 0 : word.bits >= kFirstTableBits && word.bits <= kMostTableBits;
    return sensible && open_table(segment, stripe, table) && (table.slots == nullptr) == (word.ref == Ref::none);
}

const char *describe(Flaw flaw) {
    switch (flaw) {
    case Flaw::none: return "is sound";
    case Flaw::outside: return "lies where no record fits";
    case Flaw::version: return "has a version that the stripe never gave";
    case Flaw::shape: return "has a size, type or flags that make no sense";
    case Flaw::key: return "has a key of another stripe";
    case Flaw::seal: return "is not what was sealed";
    case Flaw::place: return "lies where the pages have no block of its size";
    }
    return "";
}

Flaw judge_head(const Segment &segment, std::uint32_t stripe, Ref ref, RecordView &view) {
    if (!open_record(segment, ref, view)) return Flaw::outside;
    const std::uint64_t word = view.record->version.load(std::memory_order_acquire);
    if (!is_version(word) || version_in(word) % kStripes != stripe) return Flaw::version;
    const Shape &shape = view.shape;
    const bool encrypted = segment.constants().encrypted();
    if ((shape.flags & ~kKnownFlags) != 0 || shape.type >= kTypes || shape.key_size == 0 ||
        shape.has(kSealed) != encrypted || (encrypted && (shape.key_size != kStoredKeySize || shape.has(kHasFilled))))
        return Flaw::shape;
    if (shape.has(kHasFilled) && !filled_range_of(view).is_sound(shape.value_size)) return Flaw::shape;
    const std::uint64_t modified = shape.has(kHasModified) ? view.modified().load(kRelaxed) : 0;
    if (modified != 0 && (!is_version(modified) || modified % kStripes != stripe)) return Flaw::version;
    return Flaw::none;
}

Flaw judge_body(const RecordView &view, std::uint32_t stripe, const KeyHash &hash, const CheckOptions &options,
                std::string &bytes, Key &key) {
    bytes.resize(view.shape.key_size);
    copy_from_shared(bytes.data(), view.key, bytes.size());
    key = hash(bytes);
    if (key.stripe != stripe || !is_padded(view)) return Flaw::key;
    return options.verifies && !options.verifies(view) ? Flaw::seal : Flaw::none;
}

}  // namespace latzero::store

#include "store/check.hpp"

#include <cstdarg>
#include <cstdio>
#include <unordered_map>

#include "store/blocks.hpp"
#include "store/pages.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// One pass over the segment: first everything that is referred to is entered as a claim on its block, then the pages
// are walked and every block must have exactly one claim.
class Checker {
public:
    Checker(const Segment &segment, const std::function<Key(std::string_view)> &hash)
        : segment_(segment), hash_(hash) {}

    CheckReport run() {
        for (std::uint32_t number = 0; number < kStripes; number++) check_stripe(number);
        for (std::uint32_t slot = 0; slot < kClientLimit; slot++) {
            const std::uint64_t transfer = segment_.client(slot).transfer.load(kRelaxed);
            if (transfer == 0) continue;
            claim(static_cast<Ref>(transfer), static_cast<std::uint8_t>(transfer >> 32), 0, Use::transfer);
            report_.transfer_blocks++;
        }
        check_pages();
        check_header();
        for (const auto &[ref, claimed] : claims_)
            if (!claimed.met) violation("block at %#llx (%s) lies in no page", at(ref), name(claimed.use));
        return std::move(report_);
    }

private:
    enum class Use : std::uint8_t { record, table, free, transfer };
    struct Claim {
        std::uint8_t size_class;
        std::uint32_t pages;  // of extents
        Use use;
        bool met;
    };

    static const char *name(Use use) {
        static constexpr const char *kNames[] = {"record", "table", "free block", "block in transfer"};
        return kNames[static_cast<int>(use)];
    }
    static unsigned long long at(Ref ref) { return offset_of(ref); }

    [[gnu::format(printf, 2, 3)]] void violation(const char *format, ...) {
        report_.violation_count++;
        if (report_.violations.size() >= 100) return;
        char text[256];
        va_list arguments;
        va_start(arguments, format);
        std::vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        report_.violations.emplace_back(text);
    }

    void claim(Ref ref, std::uint8_t size_class, std::uint64_t size, Use use) {
        const std::uint32_t pages = size_class == kExtentClass ? pages_for(size) : 0;
        const auto [before, fresh] = claims_.try_emplace(ref, Claim{size_class, pages, use, false});
        if (!fresh) violation("block at %#llx is a %s and a %s", at(ref), name(before->second.use), name(use));
    }

    void check_stripe(std::uint32_t number) {
        const Stripe &stripe = segment_.stripe(number);
        if (stripe.lock.owner.load(kRelaxed) != 0) violation("stripe %u is locked", number);
        if (stripe.intent.classes.load(kRelaxed) != 0) violation("stripe %u has an armed intent", number);
        if (stripe.changing.load(kRelaxed) != 0) violation("stripe %u names a record in change", number);
        std::uint64_t bytes = 0;
        Table table;
        if (!open_table(segment_, stripe, table)) {
            violation("stripe %u has no sound table", number);
        } else if (table.slots != nullptr) {
            claim(TableWord::unpack(table.word).ref, class_for(table.bytes()), table.bytes(), Use::table);
            bytes += block_bytes(table.bytes());
        }
        std::uint32_t keys = 0, used = 0;
        for (std::uint64_t slot = 0; table.slots != nullptr && slot < table.size(); slot++) {
            const std::uint64_t value = table.slots[slot].load(kRelaxed);
            used += value != kEmptySlot;
            if (!is_live(value)) continue;
            keys++;
            bytes += check_record(number, table, table.slots[slot]);
        }
        if (keys != stripe.keys.load(kRelaxed))
            violation("stripe %u counts %u keys, has %u", number, stripe.keys.load(kRelaxed), keys);
        if (used != stripe.used_slots.load(kRelaxed))
            violation("stripe %u counts %u used slots, has %u", number, stripe.used_slots.load(kRelaxed), used);
        if (bytes != stripe.bytes.load(kRelaxed))
            violation("stripe %u counts %llu bytes, has %llu", number,
                      static_cast<unsigned long long>(stripe.bytes.load(kRelaxed)),
                      static_cast<unsigned long long>(bytes));
        report_.keys += keys;
        report_.tombstones += used - keys;
        for (std::uint8_t size_class = 0; size_class < kClasses; size_class++) check_free_list(number, size_class);
    }

    // Bytes of the record's block.
    std::uint64_t check_record(std::uint32_t number, const Table &table, Word &slot) {
        const std::uint64_t value = slot.load(kRelaxed);
        RecordView view;
        if (!open_record(segment_, slot_ref(value), view)) {
            violation("stripe %u: a slot points at %#llx, where no record fits", number, at(slot_ref(value)));
            return 0;
        }
        const std::uint64_t version = view.record->version.load(kRelaxed);
        const std::uint64_t commits = segment_.stripe(number).version.load(kRelaxed);
        if (!is_version(version) || version % kStripes != number || version >> kStripeBits > commits)
            violation("stripe %u: record at %#llx has version %#llx", number, at(slot_ref(value)),
                      static_cast<unsigned long long>(version));
        std::string bytes(view.shape.key_size, 0);
        copy_from_shared(bytes.data(), view.key, bytes.size());
        check_extras(number, view);
        const Key key = hash_(bytes);
        Place place;
        if (key.stripe != number || key.hash != slot_hash(value))
            violation("stripe %u: record at %#llx has a key of another slot", number, at(slot_ref(value)));
        else if (find_locked(segment_, table, key, place) != Status::ok || place.slot != &slot)
            violation("stripe %u: record at %#llx is not found by its key", number, at(slot_ref(value)));
        claim(slot_ref(value), class_for(view.shape.total()), view.shape.total(), Use::record);
        return block_bytes(view.shape.total());
    }

    void check_extras(std::uint32_t number, const RecordView &view) {
        if (view.shape.flags & ~kKnownFlags)
            violation("stripe %u: a record has the flags %#x", number, unsigned{view.shape.flags});
        if (view.shape.has(kHasFilled) && Filled::unpack(view.filled().load(kRelaxed)).bytes > view.shape.value_size)
            violation("stripe %u: a list is filled beyond its room", number);
        const std::uint64_t expiry = expiry_of(view), due = segment_.stripe(number).sweep_due.load(kRelaxed);
        if (expiry != 0 && (due == 0 || due > expiry)) violation("stripe %u: a key ends before a sweep is due", number);
    }

    void check_free_list(std::uint32_t number, std::uint8_t size_class) {
        std::uint64_t most = segment_.usable() / kClassSizes[size_class];
        Ref ref = static_cast<Ref>(segment_.stripe(number).free_head[size_class].load(kRelaxed));
        for (; ref != Ref::none; most--) {
            const Word *word = segment_.at<Word>(ref, kClassSizes[size_class]);
            const std::uint64_t value = word != nullptr ? word->load(kRelaxed) : 0;
            if ((value & kFreeMark) == 0 || most == 0)
                return violation("stripe %u: the free list of class %u breaks at %#llx", number, size_class, at(ref));
            claim(ref, size_class, 0, Use::free);
            ref = static_cast<Ref>(value);
        }
    }

    void check_pages() {
        for_each_run(segment_, [&](std::uint64_t page, const PageEntry &entry) {
            report_.pages_in_use += entry.pages;
            if (entry.kind == PageKind::extent)
                check_extent(page, entry);
            else if (entry.kind == PageKind::limbo)
                report_.limbo_pages += entry.pages;
            else if (entry.kind == PageKind::small && entry.pages == 1 && entry.size_class < kClasses)
                check_small_page(page, entry);
            else
                violation("page %llu is pending or makes no sense", static_cast<unsigned long long>(page));
            for (std::uint64_t inner = page; inner < page + entry.pages; inner++) {
                if (inner > page && segment_.page_entry(inner).load(kRelaxed) != 0)
                    violation("page %llu within a run has an entry", static_cast<unsigned long long>(inner));
                in_use_[inner] = true;
            }
        });
    }

    void check_extent(std::uint64_t page, const PageEntry &entry) {
        report_.extent_pages += entry.pages;
        const auto found = claims_.find(ref_of_page(page));
        if (found == claims_.end() || found->second.size_class != kExtentClass || found->second.pages != entry.pages)
            return violation("the extent at page %llu belongs to nobody", static_cast<unsigned long long>(page));
        found->second.met = true;
        report_.live_extent_pages += entry.pages;
    }

    void check_small_page(std::uint64_t page, const PageEntry &entry) {
        const std::uint32_t size = kClassSizes[entry.size_class];
        for (std::uint32_t block = 0; block < kPageSize / size; block++) {
            report_.claimed_blocks++;
            const Ref ref = ref_at(page * kPageSize + block * size);
            const auto found = claims_.find(ref);
            if (found == claims_.end() || found->second.size_class != entry.size_class) {
                violation("the block at %#llx of class %u is lost", at(ref), entry.size_class);
                continue;
            }
            found->second.met = true;
            if (found->second.use == Use::free)
                report_.free_blocks++;
            else if (found->second.use != Use::transfer)
                report_.live_blocks++;
        }
    }

    void check_header() {
        const Header &header = segment_.header();
        const std::uint64_t first = segment_.geometry().first_page(), limit = segment_.usable() / kPageSize;
        if (header.extent_lock.owner.load(kRelaxed) != 0) violation("the extent lock is taken");
        if (header.used_pages.load(kRelaxed) != first + report_.pages_in_use) violation("used_pages is wrong");
        if (header.limbo_pages.load(kRelaxed) != report_.limbo_pages) violation("limbo_pages is wrong");
        for (std::uint64_t page = first; page < limit; page++) {
            const bool marked = segment_.page_map(page / 64).load(kRelaxed) >> page % 64 & 1;
            if (marked != in_use_[page])
                violation("page %llu is marked wrongly", static_cast<unsigned long long>(page));
            if (!in_use_[page] && page < header.first_free.load(kRelaxed)) violation("first_free is past a free page");
            if (in_use_[page] && (page + 1) * kPageSize > header.data_length.load(kRelaxed))
                violation("data_length is short");
        }
    }

    const Segment &segment_;
    const std::function<Key(std::string_view)> &hash_;
    CheckReport report_;
    std::unordered_map<Ref, Claim> claims_;
    std::vector<bool> in_use_ = std::vector<bool>(segment_.geometry().max_pages());
};

}  // namespace

CheckReport check(const Segment &segment, const std::function<Key(std::string_view)> &hash) {
    return Checker(segment, hash).run();
}

}  // namespace latzero::store

#include "store/fsck/check.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "store/blocks.hpp"
#include "store/budget.hpp"
#include "store/fsck/claims.hpp"
#include "store/pages.hpp"
#include "store/ring_switch.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

using ull = unsigned long long;

// What a block is to whoever refers to it.
enum class Use : std::uint8_t { record, table, free, transfer };

const char *name(Use use) {
    static constexpr const char *kNames[] = {"record", "table", "free block", "block in transfer"};
    return kNames[static_cast<int>(use)];
}

// One pass over the segment: first everything that is referred to is entered as a claim on its block, then the pages
// are walked and every block must have exactly one claim.
class Checker {
public:
    Checker(const Segment &segment, const KeyHash &hash, const CheckOptions &options)
        : segment_(segment),
          hash_(hash),
          options_(options),
          limit_(segment.usable() / kPageSize),
          budget_(segment),
          claims_(segment),
          in_use_(segment.geometry().max_pages()) {}

    CheckReport run() {
        check_extent_of_pool();
        check_clients();
        for (std::uint32_t number = 0; number < kStripes; number++) check_stripe(number);
        check_pages();
        check_header();
        return std::move(report_);
    }

private:
    PageEntry entry_of(Ref ref, std::uint8_t size_class) const {
        const std::uint64_t page = entry_page_of(ref, size_class);
        return PageEntry::unpack(page < limit_ ? segment_.page_entry(page).load(kRelaxed) : 0);
    }
    static ull at(Ref ref) { return offset_of(ref); }

    // False if the block is none, or somebody else's already.
    bool claim(Ref ref, std::uint8_t size_class, std::uint64_t size, Use use, Finding about) {
        about.offset = offset_of(ref);
        if (!is_block_of(entry_of(ref, size_class), ref, size_class, size)) {
            about.part = use == Use::free ? Part::free_list : about.part;
            report_.add(about, "a %s at %#llx lies where the page table has no block of its size", name(use), at(ref));
            return false;
        }
        LATZERO_ASSERT(page_of(ref) < limit_);
        if (!claims_.has(ref)) {
            claims_.add(ref);
            if (size_class == kExtentClass) return true;
            report_.free_blocks += use == Use::free;
            report_.live_blocks += use == Use::record || use == Use::table;
            return true;
        }
        about.part = Part::block;
        report_.add(about, "the block at %#llx is a %s, and somebody else's already", at(ref), name(use));
        return false;
    }

    // --- the whole

    void check_extent_of_pool() {
        const Header &header = segment_.header();
        std::uint64_t size = 0;
        if (segment_.object().size(size) != Status::ok) return;
        const Extent real = true_extent(segment_, size);
        const std::uint64_t capacity = header.capacity.load(kRelaxed), used = header.data_length.load(kRelaxed);
        if (capacity != real.capacity)
            report_.add({Part::header}, "the header says that the pool has %llu bytes, it has %llu", ull{capacity},
                        ull{real.capacity});
        else if (real.there < real.capacity)
            report_.add({Part::header}, "the pool's object was cut short: it has %llu bytes of %llu", ull{size},
                        ull{capacity});
        if (used % kPageSize != 0 || used < segment_.geometry().data_at() || used > real.capacity)
            report_.add({Part::header}, "the header says that %llu bytes were ever used", ull{used});
        if (header.keys.current.load(kRelaxed) > 1)
            report_.add({Part::header}, "the header says that wrapped key %u counts, of 0 and 1",
                        header.keys.current.load(kRelaxed));
    }

    void check_clients() {
        for (std::uint32_t slot = 0; slot < kClientLimit; slot++) {
            const ClientSlot &client = segment_.client(slot);
            const std::uint64_t transfer = client.transfer.load(kRelaxed);
            const std::uint32_t in_use = client.in_use.load(kRelaxed);
            if (in_use > 1 || client.generation.load(kRelaxed) >= kGenerations)
                report_.add({Part::client}, "client slot %u has the generation %u and the state %u", slot,
                            client.generation.load(kRelaxed), in_use);
            if (transfer == 0) continue;
            report_.transfer_blocks++;
            const auto size_class = static_cast<std::uint8_t>(transfer >> 32);
            if (in_use == 0 || size_class >= kClasses ||
                (options_.holder != 0 && !may_have_in_hand(segment_, slot, options_.holder)))
                report_.add({Part::client}, "client slot %u has a block on its way that cannot be", slot);
            else
                (void)claim(static_cast<Ref>(transfer), size_class, 0, Use::transfer, {Part::client});
        }
    }

    // --- stripes

    void check_rest(std::uint32_t number) {
        const Stripe &stripe = segment_.stripe(number);
        if (stripe.lock.owner.load(kRelaxed) != options_.holder)
            report_.add({Part::lock, number}, "stripe %u is locked", number);
        if (stripe.intent.classes.load(kRelaxed) != 0)
            report_.add({Part::lock, number}, "stripe %u has an armed intent", number);
        if (stripe.changing.load(kRelaxed) != 0)
            report_.add({Part::lock, number}, "stripe %u names a record in change", number);
        if (!is_told_in_ring(segment_, number))
            report_.add({Part::block, number}, "stripe %u tells its changes where the pool's ring is not", number);
        if (stripe.version.load(kRelaxed) > kMostCommits)
            report_.add({Part::counter, number}, "stripe %u has a commit number that makes no sense: %#llx", number,
                        ull{stripe.version.load(kRelaxed)});
    }

    void check_stripe(std::uint32_t number) {
        check_rest(number);
        const Stripe &stripe = segment_.stripe(number);
        Counts counts;
        Table table;
        if (!open_sound_table(segment_, stripe, table)) {
            report_.add({Part::table, number}, "stripe %u has no sound table", number);
            table = {};
        } else if (table.slots != nullptr && !budget_.spend(table.bytes())) {
            report_.add({Part::table, number}, "stripe %u has a table where others lie", number);
            table = {};
        } else if (table.slots != nullptr) {
            const Ref ref = TableWord::unpack(table.word).ref;
            (void)claim(ref, class_for(table.bytes()), table.bytes(), Use::table, {Part::table, number});
            counts.bytes = block_bytes(table.bytes());
            check_slots(number, table, counts);
        }
        expect_count(number, "keys", stripe.keys.load(kRelaxed), counts.keys);
        expect_count(number, "used slots", stripe.used_slots.load(kRelaxed), counts.used);
        expect_count(number, "bytes", stripe.bytes.load(kRelaxed), counts.bytes);
        report_.keys += counts.keys;
        report_.tombstones += counts.used - counts.keys;
        for (std::uint8_t size_class = 0; size_class < kClasses; size_class++) check_free_list(number, size_class);
    }

    struct Counts {
        std::uint64_t keys = 0, used = 0, bytes = 0;
    };

    void expect_count(std::uint32_t number, const char *what, std::uint64_t said, std::uint64_t counted) {
        if (said != counted)
            report_.add({Part::counter, number}, "stripe %u counts %llu %s, has %llu", number, ull{said}, what,
                        ull{counted});
    }

    void check_slots(std::uint32_t number, const Table &table, Counts &counts) {
        KeysSeen seen;
        Reach reach(table);
        for (std::uint64_t step = 0; step < table.size(); step++) {
            const std::uint32_t place = reach.next();
            const std::uint64_t slot = table.slots[place].load(kRelaxed);
            counts.used += slot != kEmptySlot;
            if (!is_live(slot)) continue;
            counts.keys++;
            counts.bytes += check_record(number, slot, place, reach.finds(slot), seen);
        }
        seen.for_each_twin(segment_, [&](const KeysSeen::Key &twin) {
            Finding about{Part::table, number, offset_of(twin.ref), name_of(twin.ref)};
            report_.add(about, "stripe %u has two records of one key", number);
        });
        seen.for_each_version_twin([&](const KeysSeen::Key &twin) {
            Finding about{Part::record, number, offset_of(twin.ref), name_of(twin.ref)};
            report_.add(about, "stripe %u has two records of one version, %#llx", number, ull{twin.version});
        });
    }

    // A key's name, if it can be told.
    std::string name_of(Ref ref) const {
        RecordView view;
        if (segment_.constants().encrypted() || !open_record(segment_, ref, view)) return {};
        std::string bytes(view.shape.key_size, 0);
        copy_from_shared(bytes.data(), view.key, bytes.size());
        return bytes;
    }

    // Bytes of the record's block.
    std::uint64_t check_record(std::uint32_t number, std::uint64_t slot, std::uint32_t place, bool reached,
                               KeysSeen &seen) {
        const Ref ref = slot_ref(slot);
        Finding about{Part::record, number, offset_of(ref)};
        RecordView view;
        Flaw flaw = judge_head(segment_, number, ref, view);
        if (flaw != Flaw::none) {
            report_.add(about, "stripe %u: the record at %#llx %s", number, at(ref), describe(flaw));
            return flaw == Flaw::outside ? 0 : block_bytes(view.shape.total());
        }
        const std::uint64_t size = view.shape.total();
        if (!claim(ref, class_for(size), size, Use::record, about)) return block_bytes(size);
        if (!budget_.spend(size)) {
            report_.add(about, "stripe %u: the record at %#llx lies where others do", number, at(ref));
            return block_bytes(size);
        }
        std::string bytes;
        Key key;
        flaw = judge_body(view, number, hash_, options_, bytes, key);
        report_.seals += options_.verifies && flaw != Flaw::key;
        const bool is_own = flaw != Flaw::key && key.hash == slot_hash(slot);
        if (is_own && !segment_.constants().encrypted()) about.key = bytes;
        if (flaw != Flaw::none) {
            about.part = flaw == Flaw::seal ? Part::seal : Part::record;
            report_.add(about, "stripe %u: the record at %#llx %s", number, at(ref), describe(flaw));
        } else if (!is_own) {
            report_.add(about, "stripe %u: the record at %#llx has a key of another slot", number, at(ref));
        } else if (!reached) {
            about.part = Part::table;
            report_.add(about, "stripe %u: the record at %#llx is not found by its key", number, at(ref));
        }
        seen.add({key.hash, ref, KeysSeen::fingerprint(bytes), view.version(), place});
        check_words(number, view, about);
        return block_bytes(size);
    }

    void check_words(std::uint32_t number, const RecordView &view, Finding about) {
        about.part = Part::counter;
        const Stripe &stripe = segment_.stripe(number);
        const std::uint64_t commits = stripe.version.load(kRelaxed);
        const std::uint64_t modified = view.shape.has(kHasModified) ? view.modified().load(kRelaxed) : 0;
        if (std::max(view.version(), modified) >> kStripeBits > commits)
            report_.add(about, "stripe %u has a record that is newer than its commit number %llu", number,
                        ull{commits});
        const std::uint64_t expiry = expiry_of(view), due = stripe.sweep_due.load(kRelaxed);
        if (expiry != 0 && (due == 0 || due > expiry))
            report_.add(about, "stripe %u: a key ends before a sweep is due", number);
    }

    void check_free_list(std::uint32_t number, std::uint8_t size_class) {
        Ref ref = static_cast<Ref>(segment_.stripe(number).free_head[size_class].load(kRelaxed));
        const Finding about{Part::free_list, number, offset_of(ref)};
        while (ref != Ref::none) {
            // A block that has been met already ends the walk, so each is met once.
            if (!claim(ref, size_class, 0, Use::free, about)) return;
            const Word *word = segment_.at<Word>(ref, kClassSizes[size_class]);
            const std::uint64_t value = word != nullptr ? word->load(kRelaxed) : 0;
            if (!is_free_block(value))
                return report_.add(about, "stripe %u: the free list of class %u breaks at %#llx", number, size_class,
                                   at(ref));
            ref = static_cast<Ref>(value);
        }
    }

    // --- pages

    void check_pages() {
        const std::uint64_t first = segment_.geometry().first_page(), most = segment_.geometry().max_pages();
        for (std::uint64_t page = first; page < most;) {
            const std::uint64_t word = segment_.page_entry(page).load(kRelaxed);
            const PageEntry entry = PageEntry::unpack(word);
            if (!is_entry(entry, page, limit_)) {
                if (word != 0)
                    report_.add({Part::page, kNoStripe, page * kPageSize},
                                "the entry of page %llu makes no sense: %#llx", ull{page}, ull{word});
                page++;
                continue;
            }
            check_run(page, entry);
            page += entry.pages;
        }
    }

    void check_run(std::uint64_t page, const PageEntry &entry) {
        const Finding about{Part::page, kNoStripe, page * kPageSize};
        report_.pages_in_use += entry.pages;
        if (entry.kind == PageKind::extent)
            check_extent(page, entry);
        else if (entry.kind == PageKind::limbo)
            report_.limbo_pages += entry.pages;
        else if (entry.kind == PageKind::ring)
            check_ring(page, entry);
        else if (entry.kind == PageKind::small)
            check_small_run(page, entry.size_class);
        else if (entry.kind == PageKind::extent_pending && may_have_in_hand(segment_, entry.client, options_.holder))
            report_.pending_pages += entry.pages;
        else
            report_.add(about, "page %llu is pending, and its client is gone", ull{page});
        for (std::uint64_t inner = page; inner < page + entry.pages; inner++) {
            if (inner > page && segment_.page_entry(inner).load(kRelaxed) != 0)
                report_.add(about, "page %llu within a run has an entry", ull{inner});
            in_use_[inner] = true;
        }
    }

    void check_ring(std::uint64_t page, const PageEntry &entry) {
        if (!is_ring_of_header(segment_, page, entry.pages))
            report_.add({Part::page, kNoStripe, page * kPageSize}, "the ring at page %llu belongs to nobody",
                        ull{page});
    }

    void check_extent(std::uint64_t page, const PageEntry &entry) {
        report_.extent_pages += entry.pages;
        if (claims_.has(ref_of_page(page)))
            report_.live_extent_pages += entry.pages;
        else
            report_.add({Part::block, kNoStripe, page * kPageSize}, "the extent at page %llu belongs to nobody",
                        ull{page});
    }

    void check_small_run(std::uint64_t page, std::uint8_t size_class) {
        for (std::uint32_t block = 0; block < blocks_a_run(size_class); block++) {
            report_.claimed_blocks++;
            const Ref ref = block_of_run(page, size_class, block);
            if (!claims_.has(ref))
                report_.add({Part::block, kNoStripe, offset_of(ref)}, "the block at %#llx of class %u is lost", at(ref),
                            size_class);
        }
    }

    void check_header() {
        const Header &header = segment_.header();
        const std::uint64_t first = segment_.geometry().first_page(), free = header.first_free.load(kRelaxed);
        const std::uint64_t used = first + report_.pages_in_use;
        std::uint64_t end = first, lowest = limit_;
        if (header.extent_lock.owner.load(kRelaxed) != options_.holder)
            report_.add({Part::lock}, "the extent lock is taken");
        if (header.used_pages.load(kRelaxed) != used) report_.add({Part::counter}, "used_pages is wrong");
        if (header.limbo_pages.load(kRelaxed) != report_.limbo_pages)
            report_.add({Part::counter}, "limbo_pages is wrong");
        for (std::uint64_t page = segment_.geometry().max_pages(); page-- > 0;) {
            const bool marked = segment_.page_map(page / kMapBits).load(kRelaxed) >> page % kMapBits & 1;
            const bool taken = page < first || in_use_[page];
            if (marked != taken)
                report_.add({Part::page, kNoStripe, page * kPageSize}, "page %llu is marked wrongly", ull{page});
            if (taken) end = std::max(end, page + 1);
            if (!taken && page < limit_) lowest = page;
        }
        if (free > lowest) report_.add({Part::counter}, "first_free is past a free page");
        if (header.data_length.load(kRelaxed) < end * kPageSize) report_.add({Part::counter}, "data_length is short");
    }

    const Segment &segment_;
    const KeyHash &hash_;
    const CheckOptions &options_;
    const std::uint64_t limit_;
    Budget budget_;  // of tables and records, which lie apart
    CheckReport report_;
    Claims claims_;
    std::vector<bool> in_use_;
};

}  // namespace

void CheckReport::add(const Finding &finding, const char *format, ...) {
    violation_count++;
    if (findings.size() >= kMostTold) return;
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    findings.push_back(finding);
    violations.emplace_back(text);
}

CheckReport check(const Segment &segment, const KeyHash &hash, const CheckOptions &options) {
    return Checker(segment, hash, options).run();
}

}  // namespace latzero::store

#include "store/vacate.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "store/all_stripes.hpp"
#include "store/census.hpp"
#include "store/move.hpp"
#include "store/pages.hpp"
#include "store/room.hpp"
#include "store/stripe.hpp"
#include "store/transfer.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// Pages from `first` on, and the runs that lie there.
struct Window {
    std::uint64_t first = 0;
    std::size_t begin = 0, end = 0;  // of the census's runs
    std::uint64_t cost = ~std::uint64_t{0};
};

// Looks at all windows of a length, from the first page up.
class WindowSearch {
public:
    WindowSearch(const Census &census, std::uint64_t first_page, std::uint64_t limit, std::uint64_t pages)
        : runs_(census.runs()), limit_(limit), pages_(pages), here_{first_page} {}

    // The one that costs least; its cost is over kMostMoved if there is none.
    Window find() {
        return find([] { return true; });
    }
    // Of those of which all pages are in use, without extents: these fill as many pages where they go.
    Window find_dense() {
        return find([this] { return used_ >= pages_ && extents_ == 0; });
    }

private:
    template <typename Fits>
    Window find(Fits fits) {
        Window best;
        for (;; step()) {
            while (here_.end < runs_.size() && runs_[here_.end].page < here_.first + pages_) enter(runs_[here_.end++]);
            if (here_.first + pages_ > limit_) return best;
            if (staying_ == 0 && cost_ < best.cost && fits() && has_room_before()) {
                best = here_;
                best.cost = cost_;
            }
            if (here_.begin == runs_.size()) return best;
        }
    }

    // On to the place behind the first run of the window.
    void step() {
        if (here_.begin == here_.end) enter(runs_[here_.end++]);
        const CountedRun &run = runs_[here_.begin++];
        const std::uint64_t gap = run.page - here_.first;
        longest_gap_ = std::max(longest_gap_, gap);
        gaps_ += gap;
        leave(run);
        here_.first = run.end();
    }

    void enter(const CountedRun &run) {
        staying_ += run.stays;
        used_ += run.pages;
        cost_ += run.cost();
        if (run.size_class == kExtentClass)
            extents_ += run.pages;
        else
            live_[run.size_class] += run.live_blocks();
    }
    void leave(const CountedRun &run) {
        staying_ -= run.stays;
        used_ -= run.pages;
        cost_ -= run.cost();
        if (run.size_class == kExtentClass) {
            extents_ -= run.pages;
            return;
        }
        live_[run.size_class] -= run.live_blocks();
        if (!run.stays) free_before_[run.size_class] += run.free_blocks;
    }

    // Whether what lies in the window has somewhere to go. Of gaps only the longest is known, and all together: others
    // may be too short.
    bool has_room_before() const {
        for (std::size_t at = here_.begin; extents_ > 0 && at < here_.end; at++)
            if (runs_[at].size_class == kExtentClass && runs_[at].pages > longest_gap_) return false;
        std::uint64_t needed = extents_;
        for (std::uint8_t size_class = 0; size_class < kClasses; size_class++) {
            if (live_[size_class] <= free_before_[size_class]) continue;
            const std::uint64_t lacking = live_[size_class] - free_before_[size_class];
            const std::uint64_t blocks = blocks_a_run(size_class);
            needed += (lacking + blocks - 1) / blocks * kClassPages[size_class];
        }
        return needed <= gaps_;
    }

    const std::vector<CountedRun> &runs_;
    const std::uint64_t limit_, pages_;
    Window here_;
    std::uint64_t cost_ = 0, staying_ = 0, used_ = 0, extents_ = 0;
    std::uint64_t gaps_ = 0, longest_gap_ = 0;  // before the window
    std::array<std::uint64_t, kClasses> live_ = {}, free_before_ = {};
};

// Moves what lies in a window to memory before it. Under all locks.
class Vacating {
public:
    Vacating(Actor actor, const KeyHash &hash, std::uint64_t first_page)
        : actor_(actor), segment_(actor.segment()), hash_(hash), first_page_(first_page) {
        for (std::uint32_t number = 0; number < kStripes; number++) note_table(number);
    }

    // False if something of the run has to stay.
    bool vacate(const CountedRun &run) {
        if (run.size_class == kExtentClass) return move_extent(run);
        bool all = true;
        for (std::uint32_t block = 0; block < blocks_a_run(run.size_class); block++)
            all &= move_block(block_of_run(run.page, run.size_class, block), run.size_class);
        return all;
    }

private:
    bool is_before(Ref ref) const { return page_of(ref) < first_page_; }
    Ref head(std::uint32_t stripe, std::uint8_t size_class) const {
        return static_cast<Ref>(segment_.stripe(stripe).free_head[size_class].load(kRelaxed));
    }

    void note_table(std::uint32_t number) {
        tables_[number] = TableWord::unpack(segment_.stripe(number).table.load(kRelaxed)).ref;
    }

    // The stripe whose table lies there; kStripes if it is none.
    std::uint32_t stripe_of_table(Ref ref) const {
        return static_cast<std::uint32_t>(std::find(tables_.begin(), tables_.end(), ref) - tables_.begin());
    }
    // False if it makes no sense, or has another size than its block.
    bool find_table(std::uint32_t stripe, std::uint64_t bytes, Table &table) const {
        return open_table(segment_, segment_.stripe(stripe), table) && table.slots != nullptr &&
               block_bytes(table.bytes()) == bytes;
    }

    // The slot of a record that lies there. False if there is none.
    bool find(Ref ref, std::uint32_t &stripe, Place &place) {
        RecordView view;
        Table table;
        if (!open_record(segment_, ref, view)) return false;
        const std::uint64_t version = view.record->version.load(kRelaxed);
        stripe = static_cast<std::uint32_t>(version % kStripes);
        if (!is_version(version) || !open_table(segment_, segment_.stripe(stripe), table)) return false;
        bytes_.resize(view.shape.key_size);
        copy_from_shared(bytes_.data(), view.key, bytes_.size());
        const Key key = hash_(bytes_);
        return key.stripe == stripe && find_locked(segment_, table, key, place) == Status::ok && place.found &&
               slot_ref(place.before) == ref;
    }

    bool move_block(Ref ref, std::uint8_t size_class) {
        std::uint32_t stripe = stripe_of_table(ref);
        if (stripe != kStripes) return move_small_table(stripe, size_class);
        const Word *word = segment_.at<Word>(ref, kClassSizes[size_class]);
        if (word == nullptr) return false;
        if (is_free_block(word->load(kRelaxed))) return true;
        Place place;
        if (!find(ref, stripe, place) || class_for(place.view.shape.total()) != size_class) return false;
        if (!bring_block(stripe, size_class) || !move_to_listed(actor_, stripe, place, size_class)) return false;
        put_aside(stripe, size_class);
        return true;
    }

    bool move_small_table(std::uint32_t stripe, std::uint8_t size_class) {
        Table table;
        if (!find_table(stripe, kClassSizes[size_class], table) || !bring_block(stripe, size_class)) return false;
        if (!move_table_to_listed(actor_, stripe, table, size_class)) return false;
        note_table(stripe);
        put_aside(stripe, size_class);
        return true;
    }

    bool move_large_table(std::uint32_t stripe, const CountedRun &run) {
        Table table;
        std::uint64_t page = 0;
        if (!find_table(stripe, std::uint64_t{run.pages} * kPageSize, table) ||
            !allocate(PageKind::extent_pending, 0, stripe, run.pages, page))
            return false;
        move_table_to_run(actor_, stripe, table, page);
        note_table(stripe);
        return true;
    }

    bool move_extent(const CountedRun &run) {
        std::uint32_t stripe = stripe_of_table(ref_of_page(run.page));
        if (stripe != kStripes) return move_large_table(stripe, run);
        Place place;
        if (run.cost() > kMostMoved || !find(ref_of_page(run.page), stripe, place) ||
            pages_for(place.view.shape.total()) != run.pages || actor_.session.pins.any(segment_.object(), run.page, 1))
            return false;
        std::uint64_t page = 0;
        if (!allocate(PageKind::extent_pending, 0, stripe, run.pages, page)) return false;
        move_to_run(actor_, stripe, place, page);
        return true;
    }

    bool allocate(PageKind kind, std::uint8_t size_class, std::uint32_t stripe, std::uint32_t pages,
                  std::uint64_t &page) {
        const PageEntry entry{kind, size_class, static_cast<std::uint8_t>(stripe),
                              static_cast<std::uint16_t>(slot_of(actor_.owner)), pages};
        return allocate_before_locked(actor_, entry, first_page_, page);
    }

    // Sees to it that the first block of a stripe's list lies before the window. All lists are searched, each once:
    // what lies on top of such a block, and is none, goes to the last stripe, whose turn comes last. After them the
    // blocks of the last run that was carved serve all stripes.
    bool bring_block(std::uint32_t stripe, std::uint8_t size_class) {
        if (has_block_before(stripe, size_class)) return true;
        for (std::uint8_t &from = searched_[size_class]; from < kStripes; from++)
            while (head(from, size_class) != Ref::none) {
                const bool fits = is_before(head(from, size_class));
                if (fits && from == stripe) return true;
                if (!hand_over_locked(actor_, from, fits ? stripe : aside_of(from), size_class)) return false;
                if (fits) return true;
            }
        std::uint32_t &carved_for = carved_for_[size_class];
        if (carved_for != stripe && has_block_before(carved_for, size_class))
            return hand_over_locked(actor_, carved_for, stripe, size_class);
        std::uint64_t page = 0;
        if (!allocate(PageKind::small_pending, size_class, stripe, kClassPages[size_class], page)) return false;
        carved_for = stripe;
        return carve_run(actor_, stripe, size_class, page) == Status::ok;
    }

    bool has_block_before(std::uint32_t stripe, std::uint8_t size_class) const {
        return head(stripe, size_class) != Ref::none && is_before(head(stripe, size_class));
    }

    // What has moved leaves its old block on top of those that the next one needs.
    void put_aside(std::uint32_t stripe, std::uint8_t size_class) {
        const Ref left = head(stripe, size_class);
        if (left != Ref::none && !is_before(left)) (void)hand_over_locked(actor_, stripe, aside_of(stripe), size_class);
    }
    static std::uint32_t aside_of(std::uint32_t stripe) { return stripe == kStripes - 1 ? 0 : kStripes - 1; }

    const Actor actor_;
    const Segment &segment_;
    const KeyHash &hash_;
    const std::uint64_t first_page_;
    std::string bytes_;
    std::array<std::uint8_t, kClasses> searched_ = {};
    std::array<std::uint32_t, kClasses> carved_for_ = {};
    std::array<Ref, kStripes> tables_ = {};
};

// Vacates a window, from its end. False if something of it has to stay: those runs are left alone from then on. Under
// all locks.
bool vacate_window_locked(Actor actor, const KeyHash &hash, const Window &window, Census &census) {
    Vacating vacating(actor, hash, window.first);
    std::array<RunsOfClass, kClasses> empty;
    bool all = true;
    for (std::size_t at = window.end; at > window.begin; at--) {
        const CountedRun &run = census.runs()[at - 1];
        const bool vacated = vacating.vacate(run);
        if (!vacated) census.leave_alone(run.page);
        if (vacated && run.size_class != kExtentClass) empty[run.size_class].push_back(run.page);
        all &= vacated;
    }
    for (std::uint8_t size_class = 0; size_class < kClasses; size_class++)
        all &= give_back_runs_locked(actor, size_class, empty[size_class]) == Status::ok;
    return all;
}

// A window of so many pages; or, where nothing has room to go, one that is shorter and wholly in use: once it is
// vacated, there is room for the next. Its cost is over kMostMoved if there is neither.
Window find_window(const Census &census, const Segment &segment, std::uint32_t pages, bool &is_long) {
    constexpr std::uint32_t kShort = 16;
    const std::uint64_t first = segment.geometry().first_page(), limit = segment.usable() / kPageSize;
    const auto search = [&](std::uint64_t length) { return WindowSearch(census, first, limit, length); };
    // More than is asked for at first, since the look costs the same.
    Window window = search(std::max(pages, kShort)).find();
    if (window.cost > kMostMoved && pages < kShort) window = search(pages).find();
    is_long = window.cost <= kMostMoved;
    for (std::uint32_t length = std::min(pages / 2, kShort); length > 0 && window.cost > kMostMoved; length /= 2)
        window = search(length).find_dense();
    return window;
}

// Windows are vacated until there is a long one. If there are too many on the way to it for one call, the answer is
// `unfinished`. Under all locks.
Status vacate_locked(Actor actor, const KeyHash &hash, std::uint32_t pages, Census &census, Status unfinished) {
    constexpr int kMostWindows = 16;
    const Segment &segment = actor.segment();
    std::uint64_t moved = 0;
    int vacated = 0;
    for (int window_number = 0; window_number < kMostWindows; window_number++) {
        if (!census.take_locked(segment)) return Status::corrupt;
        const Status given_back = give_back_free_runs_locked(actor, census);
        if (given_back != Status::ok) return given_back;
        bool is_long = false;
        const Window window = find_window(census, segment, pages, is_long);
        moved += std::min(window.cost, kMostMoved + 1);
        if (moved > kMostMoved) break;
        const bool all = vacate_window_locked(actor, hash, window, census);
        if (all && is_long) return Status::ok;
        vacated += all;
    }
    return vacated > 0 ? unfinished : Status::memory_full;
}

// The last runs of a pool that do not lie before a page, as far as they can be moved in one call: to before that page.
Window find_end(const Census &census, std::uint64_t least) {
    Window end{.first = least, .begin = census.runs().size(), .end = census.runs().size(), .cost = 0};
    while (end.begin > 0) {
        const CountedRun &run = census.runs()[end.begin - 1];
        if (run.end() <= least || run.stays || end.cost + run.cost() > kMostMoved) break;
        end.cost += run.cost();
        end.begin--;
    }
    return end;
}

}  // namespace

Status vacate(Actor actor, const KeyHash &hash, std::uint32_t pages) {
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(pages > 0 && !holds_extents(segment) && !holds_stripe(segment, 0));
    const std::lock_guard one_search(actor.session.room);
    const Room room = look_around(segment);
    Session &session = actor.session;
    const bool has_failed = session.vacating_failed_for != 0 && pages >= session.vacating_failed_for;
    if (room.free_pages + room.unused_pages < pages) return Status::memory_full;
    if (has_failed && !room.is_worth_another(session.vacating_failed_at)) return Status::memory_full;
    Census census(segment);
    Status status = Status::memory_full;
    {
        const AllStripes stripes(actor);
        if (!stripes.held()) return Status::busy;
        end_transfer_locked(actor, 0);
        const ExtentLock extents(actor, true);
        // Where much is free it is worth another call; where little is, a refusal must not take for ever.
        const Status unfinished = room.is_plenty() ? Status::busy : Status::memory_full;
        status =
            extents.status() == Status::ok ? vacate_locked(actor, hash, pages, census, unfinished) : extents.status();
    }
    session.vacating_failed_for = status == Status::memory_full ? pages : 0;
    session.vacating_failed_at = room.commits;
    return status;
}

Status vacate_end(Actor actor, const KeyHash &hash, std::uint64_t least) {
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(!holds_extents(segment) && !holds_stripe(segment, 0));
    const std::lock_guard one_search(actor.session.room);
    Census census(segment);
    const AllStripes stripes(actor);
    if (!stripes.held()) return Status::busy;
    end_transfer_locked(actor, 0);
    const ExtentLock extents(actor, true);
    if (extents.status() != Status::ok) return extents.status();
    reclaim_limbo_locked(actor);
    if (!census.take_locked(segment)) return Status::corrupt;
    const Status given_back = give_back_free_runs_locked(actor, census);
    if (given_back == Status::ok) (void)vacate_window_locked(actor, hash, find_end(census, least), census);
    return given_back;
}

}  // namespace latzero::store

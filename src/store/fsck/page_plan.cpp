#include "store/fsck/page_plan.hpp"

#include <algorithm>

#include "store/blocks.hpp"
#include "store/pages.hpp"
#include "store/ring_switch.hpp"

namespace latzero::store {
namespace {

constexpr std::uint64_t kLooksAPage = 64;
constexpr std::uint8_t kMostVoices = 0xff;
static_assert(blocks_a_run(0) < kMostVoices);

}  // namespace

PagePlan::PagePlan(const Session &session)
    : session_(session),
      segment_(session.segment),
      first_(segment_.geometry().first_page()),
      limit_(segment_.usable() / kPageSize),
      pages_to_look_at_(kLooksAPage * limit_),
      any_pinned_(session.pins.any(segment_.object(), 0, segment_.geometry().max_pages())),
      agree_(limit_),
      wanted_(limit_),
      voices_(limit_) {}

PagePlan::Form::Form(const PageEntry &entry) {
    const Kind kind = entry.kind == PageKind::small ? kSmall : entry.kind == PageKind::extent ? kExtent : kLimbo;
    const std::uint32_t what = kind == kSmall ? entry.size_class : entry.pages & kWhat;
    LATZERO_ASSERT(entry.kind != PageKind::free && entry.pages > 0 && entry.pages <= kWhat);
    LATZERO_ASSERT(kind != kSmall || (entry.size_class < kClasses && entry.pages == kClassPages[entry.size_class]));
    bits_ = kind << kKindAt | (entry.stripe % kStripes) << kStripeAt | what;
}

PagePlan::Form PagePlan::Form::as_it_is() {
    Form form;
    form.bits_ = kLimbo << kKindAt;  // no run has no pages
    return form;
}

PageEntry PagePlan::Form::entry(const PageEntry &actual) const {
    const auto stripe = static_cast<std::uint8_t>(bits_ >> kStripeAt & (kStripes - 1));
    const auto size_class = static_cast<std::uint8_t>(bits_);
    switch (static_cast<Kind>(bits_ >> kKindAt)) {
    case kFree: break;
    case kSmall: return {PageKind::small, size_class, stripe, 0, kClassPages[size_class]};
    case kExtent: return {PageKind::extent, 0, stripe, 0, bits_ & kWhat};
    case kLimbo: return (bits_ & kWhat) == 0 ? actual : PageEntry{PageKind::limbo, 0, stripe, 0, bits_ & kWhat};
    }
    return PageEntry::unpack(0);
}

void PagePlan::hear_block(Ref ref, std::uint8_t size_class, std::uint64_t size, std::uint32_t stripe) {
    const std::uint64_t page = entry_page_of(ref, size_class);
    if (page < first_ || page >= limit_) return;
    const PageEntry entry = actual(page);
    if (is_entry(entry, page, limit_) && is_block_of(entry, ref, size_class, size)) {
        if (agree_[page] < kMostVoices) agree_[page]++;
        return;
    }
    PageEntry wanted{PageKind::extent, 0, static_cast<std::uint8_t>(stripe), 0, 0};
    if (size_class == kExtentClass)
        wanted.pages = pages_for(size);
    else
        wanted = {PageKind::small, size_class, wanted.stripe, 0, kClassPages[size_class]};
    if (is_entry(wanted, page, limit_) && is_block_of(wanted, ref, size_class, size)) hear_dissent(page, wanted);
}

// A majority vote with one counter: a voice for another form takes one away.
void PagePlan::hear_dissent(std::uint64_t page, PageEntry wanted) {
    LATZERO_ASSERT(page < limit_ && voices_.size() == limit_);
    std::uint8_t &voices = voices_[page];
    const bool is_same = voices > 0 && wanted_[page].is_same(Form(wanted));
    if (voices == 0) wanted_[page] = Form(wanted);
    if (voices > 0 && !is_same)
        voices--;
    else if (voices < kMostVoices)
        voices++;
}

void PagePlan::hear_free_block(Ref ref, std::uint8_t size_class) {
    const std::uint64_t page = entry_page_of(ref, size_class);
    if (page >= limit_ || !is_entry(actual(page), page, limit_)) return;
    if (is_block_of(actual(page), ref, size_class, 0) && agree_[page] < kMostVoices) agree_[page]++;
}

void PagePlan::decide() {
    LATZERO_ASSERT(planned_.empty() && taken_.empty());
    planned_.resize(limit_);
    taken_.resize(limit_);
    keep_living();
    keep_agreed();
    follow_dissent();
    keep_rest();
    if (any_pinned_) keep_borrowed(first_, limit_ - first_);
}

bool PagePlan::is_free(std::uint64_t page, std::uint64_t count) const {
    if (page < first_ || page > limit_ || count > limit_ - page) return false;
    for (std::uint64_t inner = page; inner < page + count; inner++) {
        if (taken_[inner]) return false;
        if (count == 1) return true;
        if (pages_to_look_at_ == 0) return false;
        pages_to_look_at_--;
    }
    return true;
}

void PagePlan::take_back(std::uint64_t page, std::uint32_t pages) {
    LATZERO_ASSERT(page >= first_ && page + pages <= limit_);
    planned_[page] = {};
    for (std::uint64_t inner = page; inner < page + pages; inner++) taken_[inner] = false;
}

void PagePlan::give(std::uint64_t page, PageEntry entry) {
    LATZERO_ASSERT(entry.pages > 0 && page >= first_ && page + entry.pages <= limit_);
    const bool stays_so =
        entry.kind == PageKind::extent_pending || entry.kind == PageKind::small_pending || entry.kind == PageKind::ring;
    planned_[page] = stays_so ? Form::as_it_is() : Form(entry);
    for (std::uint64_t inner = page; inner < page + entry.pages; inner++) {
        LATZERO_ASSERT(!taken_[inner]);
        taken_[inner] = true;
    }
}

// Owners, borrowers and watchers use these pages without any lock. What a client that died just now has pending is
// freed when that client is recovered.
void PagePlan::keep_living() {
    for (std::uint64_t page = first_; page < limit_; page++) {
        const PageEntry entry = actual(page);
        if (entry.kind == PageKind::ring && is_ring_of_header(segment_, page, entry.pages) &&
            is_free(page, entry.pages))
            give(page, entry);
        const bool pending = entry.kind == PageKind::extent_pending;
        if (!(pending || entry.kind == PageKind::limbo) || !is_entry(entry, page, limit_)) continue;
        if (pending ? !may_have_in_hand(segment_, entry.client, session_.owner) : !is_pinned(page, 1)) continue;
        if (is_free(page, entry.pages)) give(page, entry);
    }
}

void PagePlan::keep_agreed() {
    for (std::uint64_t page = first_; page < limit_; page++) {
        const PageEntry entry = actual(page);
        if (agree_[page] > 0 && is_entry(entry, page, limit_) && is_free(page, entry.pages)) give(page, entry);
    }
}

// The form that most voices of a page want.
void PagePlan::follow_dissent() {
    for (std::uint64_t page = first_; page < limit_; page++)
        if (voices_[page] > 0) follow({page, wanted_[page].entry({})}, voices_[page]);
    // Not {}, which would keep the memory.
    agree_ = std::vector<std::uint8_t>();
    wanted_ = std::vector<Form>();
    voices_ = std::vector<std::uint8_t>();
}

void PagePlan::follow(const Dissent &most, unsigned voices) {
    const PageEntry before = entry(most.page);
    const bool outvoted = before.kind == PageKind::small && voices > agree_[most.page];
    if (outvoted) take_back(most.page, before.pages);
    if (is_free(most.page, most.wanted.pages) && has_room(most))
        give(most.page, most.wanted);
    else if (outvoted)
        give(most.page, before);
}

bool PagePlan::is_spoken_for(std::uint64_t first, std::uint64_t end) const {
    for (std::uint64_t page = first; page < end && pages_to_look_at_ > 0; page++) {
        pages_to_look_at_--;
        if (agree_[page] > 0 || voices_[page] > 0) return true;
    }
    return false;
}

// The sizes of the record that speaks may be what is damaged. So pages that others speak for are in its way; an entry
// that nothing speaks for is not. Where an extent has an entry, another number of pages is right only if the page map
// says so, or others speak for pages within it.
bool PagePlan::has_room(const Dissent &most) const {
    const std::uint64_t end = most.page + most.wanted.pages;
    for (std::uint64_t page = most.page + 1; page < end; page++)
        if (agree_[page] > 0 && is_entry(actual(page), page, limit_)) return false;
    const PageEntry entry = actual(most.page);
    if (!is_entry(entry, most.page, limit_) || entry.kind == PageKind::small || entry.kind == PageKind::limbo)
        return true;
    if (most.wanted.kind == PageKind::small) return entry.kind == PageKind::small_pending || agree_[most.page] == 0;
    if (entry.pages >= most.wanted.pages)
        return !is_marked(end) || is_spoken_for(end, most.page + entry.pages) || !is_free(most.page, entry.pages);
    for (std::uint64_t page = most.page; page < end; page++)
        if (!is_marked(page)) return false;
    return true;
}

void PagePlan::keep_rest() {
    for (std::uint64_t page = first_; page < limit_; page++) {
        const PageEntry entry = actual(page);
        const bool lasting =
            entry.kind == PageKind::small || entry.kind == PageKind::extent || entry.kind == PageKind::limbo;
        if (lasting && is_entry(entry, page, limit_) && is_free(page, entry.pages)) give(page, entry);
    }
}

// What is borrowed begins at its pinned page. Where no run of it is left, it is taken to reach up to the next run.
void PagePlan::keep_borrowed(std::uint64_t first, std::uint64_t count) {
    if (count == 0 || !is_pinned(first, count)) return;
    if (count > 1) {
        keep_borrowed(first + count / 2, count - count / 2);
        return keep_borrowed(first, count / 2);
    }
    std::uint64_t end = first;
    while (end < limit_ && !taken_[end] && (end == first || is_marked(end)) &&
           (end == first || actual(end).kind == PageKind::free))
        end++;
    if (end > first) give(first, {PageKind::limbo, 0, 0, 0, static_cast<std::uint32_t>(end - first)});
}

void PagePlan::drop_extent(std::uint64_t page) {
    PageEntry entry = this->entry(page);
    LATZERO_ASSERT(taken_[page]);
    if (is_pinned(page, 1)) {
        entry.kind = PageKind::limbo;
        planned_[page] = Form(entry);
        return;
    }
    take_back(page, entry.pages);
}

}  // namespace latzero::store

#include "pool_state.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/last_error.hpp"
#include "pool/life/attach.hpp"
#include "store/pages.hpp"

namespace latzero::crash {

using namespace store;

static constexpr auto kRelaxed = std::memory_order_relaxed;

void must(Status status, const char *what) {
    if (status == Status::ok) return;
    std::fprintf(stderr, "%s: %s: %s\n", what, status_name(status), last_error());
    std::exit(2);
}

std::string unique_name(const char *what) { return "crash-" + std::string(what) + "-" + std::to_string(getpid()); }

PoolView::PoolView(std::string of) : name(std::move(of)) {
    must(pool::attach(name, {.read_only = true, .timeout_ns = 1'000'000'000}, pool), "look at a pool");
}

PoolView::~PoolView() { (void)pool::detach(name, pool); }

std::uint64_t PoolView::size() const { return segment().header().data_length.load(kRelaxed); }

// --- changes ---------------------------------------------------------------------------------------------------------

ChangeDetector::Kind ChangeDetector::classify(const PoolView &view) {
    const std::uint64_t size = view.size();
    const std::byte *bytes = view.bytes();
    if (size == last_.size() && std::memcmp(last_.data(), bytes, size) == 0) return Kind::none;
    Kind kind = size == last_.size() ? Kind::unpublished : Kind::published;
    last_.resize(size);
    std::uint64_t pending_end = 0;
    const std::uint64_t first = view.segment().geometry().first_page();
    for (std::uint64_t page = 0; page < size / kPageSize; page++) {
        const std::uint64_t at = page * kPageSize;
        if (page >= first) {
            const PageEntry entry = PageEntry::unpack(view.segment().page_entry(page).load(kRelaxed));
            if (entry.kind == PageKind::extent_pending) pending_end = page + entry.pages;
        }
        if (std::memcmp(&last_[at], bytes + at, kPageSize) == 0) continue;
        if (page < first || page >= pending_end) kind = Kind::published;
        std::memcpy(&last_[at], bytes + at, kPageSize);
    }
    return kind;
}

bool StateSampler::takes(ChangeDetector::Kind kind) {
    constexpr std::uint64_t kAll = 32, kEach = 64;
    if (kind != ChangeDetector::Kind::unpublished) return kind == ChangeDetector::Kind::published;
    unpublished_++;
    return unpublished_ <= kAll || unpublished_ % kEach == 0;
}

// --- effects ---------------------------------------------------------------------------------------------------------

SideEffects::SideEffects(const PoolView &view)
    : places_(places(view)),
      capacity_(view.segment().header().capacity.load(kRelaxed)),
      limbo_pages_(view.segment().header().limbo_pages.load(kRelaxed)) {
    for (std::uint32_t number = 0; number < kStripes; number++)
        tables_.push_back(view.segment().stripe(number).table.load(kRelaxed));
    for (std::uint64_t page = 0; page < view.size() / kPageSize; page++)
        pages_.push_back(view.segment().page_entry(page).load(kRelaxed));
}

void SideEffects::note(const PoolView &view) {
    limbo_changed_ |= view.segment().header().limbo_pages.load(kRelaxed) != limbo_pages_;
}

std::map<std::uint64_t, Ref> SideEffects::places(const PoolView &view) {
    std::map<std::uint64_t, Ref> places;
    const Segment &segment = view.segment();
    for (std::uint32_t number = 0; number < kStripes; number++) {
        Table table;
        if (!open_table(segment, segment.stripe(number), table) || table.slots == nullptr) continue;
        for (std::uint64_t at = 0; at < table.size(); at++) {
            const std::uint64_t slot = table.slots[at].load(kRelaxed);
            RecordView record;
            if (is_live(slot) && open_record(segment, slot_ref(slot), record))
                places[record.version()] = slot_ref(slot);
        }
    }
    return places;
}

std::vector<std::string> SideEffects::found(const PoolView &view) const {
    const Segment &segment = view.segment();
    bool rehashed = false, claimed_page = false, claimed_extent = false;
    for (std::uint32_t number = 0; number < kStripes; number++) {
        const std::uint64_t before = tables_[number], after = segment.stripe(number).table.load(kRelaxed);
        rehashed |=
            before != after && static_cast<std::uint32_t>(before) != 0 && static_cast<std::uint32_t>(after) != 0;
    }
    for (std::uint64_t page = 0; page < view.size() / kPageSize; page++) {
        const PageEntry before = PageEntry::unpack(page < pages_.size() ? pages_[page] : 0);
        const PageEntry after = PageEntry::unpack(segment.page_entry(page).load(kRelaxed));
        claimed_page |= after.kind == PageKind::small && before.kind != PageKind::small;
        claimed_extent |= after.kind == PageKind::extent && before.kind != PageKind::extent;
    }
    std::vector<std::string> names;
    if (rehashed) names.emplace_back("rehash");
    if (claimed_page) names.emplace_back("page claim");
    if (claimed_extent) names.emplace_back("extent claim");
    if (segment.header().capacity.load(kRelaxed) != capacity_) names.emplace_back("growth");
    if (limbo_changed_) names.emplace_back("limbo");
    for (const auto &[version, ref] : places(view))
        if (places_.contains(version) && places_.at(version) != ref) {
            names.emplace_back("move");
            break;
        }
    return names;
}

}  // namespace latzero::crash

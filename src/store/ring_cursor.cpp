#include "store/ring_cursor.hpp"

#include <algorithm>
#include <array>

#include "store/order.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;

// Of the last commit, as far as it makes sense.
std::uint64_t newest_of(const Stripe &stripe) {
    return std::min(stripe.version.load(std::memory_order_seq_cst), kMostCommits);
}

void append_words(std::string &key, const Word *from, std::size_t words, std::size_t size) {
    std::array<std::uint64_t, kMoreKeyWords> copy;
    for (std::size_t word = 0; word < words; word++) copy[word] = from[word].load(kRelaxed);
    key.append(reinterpret_cast<const char *>(copy.data()), std::min(size, words * sizeof(Word)));
}

}  // namespace

RingCursor::RingCursor(const Segment &segment, std::uint32_t stripe, std::uint64_t number)
    : segment_(&segment),
      stripe_(stripe),
      word_(segment.stripe(stripe).events.load(kAcquire)),
      number_(std::min(number, kMostCommits + 1)),
      ring_(segment, word_) {}

bool RingCursor::is_due() const {
    if (!ring_.is_on()) return false;
    const std::uint64_t found = ring_.slot(number_).number.load(std::memory_order_seq_cst);
    const std::uint64_t number = found & ~kMoreOfKey;
    if (number < number_ || number > kMostCommits) return false;
    return found == number || newest_of(segment_->stripe(stripe_)) >= number_;
}

RingCursor::Found RingCursor::next(RingEvent &event) {
    while (ring_.is_on()) {
        EventSlot &slot = ring_.slot(number_);
        const std::uint64_t found = slot.number.load(kAcquire);
        const Found what = found == number_ ? read(slot, event) : pass(found, event);
        if (what != Found::event || event.head.kind != EventKind::none) return what;
    }
    return Found::nothing;
}

RingCursor::Found RingCursor::read(EventSlot &slot, RingEvent &event) {
    const std::uint64_t commit = slot.commit.load(kRelaxed);
    event.head = EventHead::unpack(slot.head.load(kRelaxed));
    event.value = slot.value.load(kRelaxed);
    event.key.clear();
    append_words(event.key, slot.key, kInlineKeyWords, event.head.key_size);
    const std::uint64_t more = event.head.more;
    // What other programs have written there is one number that is lost, wherever it says that its event ends.
    const bool is_sound = commit == make_version(number_ + more, stripe_) && more <= ring_.mask() / 4 &&
                          event.head.kind <= EventKind::expired;
    const bool is_whole = is_sound && read_key(more, event);
    acquire_fence();
    if (!is_whole || slot.number.load(kRelaxed) != number_) return lose(number_ + 1, event);
    event.number = number_;
    event.last = number_ + more;
    number_ = event.last + 1;
    return Found::event;
}

// Slots are overwritten in their order: as long as the event's own stands, so does the rest of its key.
bool RingCursor::read_key(std::uint64_t more, RingEvent &event) const {
    for (std::uint64_t part = 1; part <= more; part++) {
        EventSlot &rest = ring_.slot(number_ + part);
        const std::uint64_t number = (number_ + part) | kMoreOfKey;
        if (rest.number.load(kAcquire) != number) return false;
        const std::size_t left = event.head.key_size - std::min<std::size_t>(event.head.key_size, event.key.size());
        append_words(event.key, &rest.commit, kMoreKeyWords, left);
    }
    return true;
}

// Where the rest of a key stands, it may be that of a change that never was: then the commit number has not reached it.
RingCursor::Found RingCursor::pass(std::uint64_t found, RingEvent &event) {
    const std::uint64_t number = found & ~kMoreOfKey;
    if (number < number_ || number > kMostCommits) return Found::nothing;
    if (found == number) return lose(number, event);
    const std::uint64_t newest = newest_of(segment_->stripe(stripe_));
    if (newest < number_) return Found::nothing;
    // On with what will still stand there for a while.
    const std::uint64_t kept = ring_.mask() / 4 * 3;
    return lose(std::max(number_ + 1, newest - std::min(newest, kept)), event);
}

RingCursor::Found RingCursor::lose(std::uint64_t next, RingEvent &event) {
    LATZERO_ASSERT(next > number_);
    event.number = number_;
    number_ = next;
    return Found::lost;
}

RingCursor::Found RingCursor::catch_up(RingEvent &event) {
    const Stripe &stripe = segment_->stripe(stripe_);
    const std::uint64_t newest = newest_of(stripe), word = stripe.events.load(kAcquire);
    if (word != word_) *this = RingCursor(*segment_, stripe_, number_);
    // What is told is never so far ahead of the commit number: what other programs have written there led it astray.
    if (number_ > newest + ring_.mask() + 1) {
        event.number = number_ = newest + 1;
        return Found::lost;
    }
    // The number of a slot is stored before the stripe's.
    if (newest < number_ || is_due()) return Found::nothing;
    return lose(newest + 1, event);
}

}  // namespace latzero::store

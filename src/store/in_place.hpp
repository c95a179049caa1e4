// The one change of a stripe that is no exchange: a word changes in a record that stays where it is. The record keeps
// the version that it was published with; the version of its last change is in another word.
//
// The store to the changed word is the commit. The stripe names the record from before the commit until that version
// has followed, so that a recoverer can make up for what is missing (resolve_intent()). While somebody watches, the
// change's event is written before all this, and told behind the commit.
#pragma once

#include "base/assert.hpp"
#include "store/held_locks.hpp"
#include "store/record.hpp"
#include "store/telling.hpp"

namespace latzero::store {

// Its four steps, in this order.
class ChangeInPlace {
public:
    // 1. Names the record: `ref` is its place, `number` the stripe's, `version` the commit number of the change. Under
    // the stripe's lock.
    ChangeInPlace(Stripe &stripe, std::uint32_t number, const RecordView &view, Ref ref, ChangedWord which,
                  std::uint64_t version)
        : stripe_(stripe), view_(view), version_(version), number_(number) {
        LATZERO_ASSERT(holds(stripe.lock) && number < kStripes);
        LATZERO_ASSERT(view.shape.has(kHasModified) || which == ChangedWord::expiry);
        stripe.changing.store(pack_change(ref, which), std::memory_order_release);
    }
#if !defined(NDEBUG)
    ~ChangeInPlace() { LATZERO_ASSERT(steps_.get() == 4 && holds(stripe_.lock)); }
#endif
    ChangeInPlace(const ChangeInPlace &) = delete;
    ChangeInPlace &operator=(const ChangeInPlace &) = delete;

    // 2. The commit.
    void commit(Word &word, std::uint64_t after) const {
        LATZERO_ASSERT(steps_.get() == 1);
        word.store(after, std::memory_order_release);
        steps_.set(2);
    }
    // 3. The version follows; that of the value stays if it was its end alone that changed.
    void follow(ChangedWord which) const {
        LATZERO_ASSERT(steps_.get() == 2);
        if (which != ChangedWord::expiry)
            view_.modified().store(make_version(version_, number_), std::memory_order_release);
        stripe_.version.store(version_, std::memory_order_release);
        steps_.set(3);
    }
    // 4.
    void end() const {
        LATZERO_ASSERT(steps_.get() == 3);
        stripe_.changing.store(0, std::memory_order_release);
        steps_.set(4);
    }

private:
    Stripe &stripe_;
    const RecordView &view_;
    const std::uint64_t version_;
    const std::uint32_t number_;
    [[no_unique_address]] const Tracked<int> steps_{1};  // that were made
};

// `ref` is the record's, `word` the one that changes. Under the lock of the stripe, which has that number and which
// nobody watches.
inline void change_unwatched(Stripe &stripe, std::uint32_t number, const RecordView &view, Ref ref, ChangedWord which,
                             Word &word, std::uint64_t after) {
    LATZERO_ASSERT(which == ChangedWord::value ? &word == view.value
                                               : &word == &view.filled() || &word == &view.taken());
    const ChangeInPlace change(stripe, number, view, ref, which, stripe.version.load(std::memory_order_relaxed) + 1);
    change.commit(word, after);
    change.follow(which);
    change.end();
}

// What the event of such a change says, of which `after` is what the word becomes.
inline std::uint64_t told_after(const RecordView &view, ChangedWord which, const Word &word, std::uint64_t after) {
    if (which != ChangedWord::filled) return after;
    FilledRange range = filled_range_of(view);
    (&word == &view.taken() ? range.taken : range.filled) = Filled::unpack(after);
    return told_length(view, range);
}

// The same of a stripe that is watched.
inline void change_told(Actor actor, std::uint32_t number, const RecordView &view, Ref ref, ChangedWord which,
                        Word &word, std::uint64_t after) {
    Stripe &stripe = actor.segment().stripe(number);
    Telling telling(actor, number);
    const std::uint64_t version =
        telling.number_after(stripe.version.load(std::memory_order_relaxed), view.shape.key_size, 1);
    telling.write(which == ChangedWord::expiry ? EventKind::ttl : EventKind::changed, view,
                  told_after(view, which, word, after));
    const ChangeInPlace change(stripe, number, view, ref, which, version);
    change.commit(word, after);
    telling.tell();
    change.follow(which);
    change.end();
}

// That, out of the way of those that nobody watches. The view by value: others have it in registers.
[[gnu::noinline]] void change_watched(Actor actor, std::uint32_t number, RecordView view, Ref ref, ChangedWord which,
                                      Word &word, std::uint64_t after);

inline void change_in_place(Actor actor, std::uint32_t number, const RecordView &view, Ref ref, ChangedWord which,
                            Word &word, std::uint64_t after) {
    Stripe &stripe = actor.segment().stripe(number);
    if (is_watched(stripe)) [[unlikely]]
        return change_watched(actor, number, view, ref, which, word, after);
    change_unwatched(stripe, number, view, ref, which, word, after);
}

}  // namespace latzero::store

// The one change of a stripe that is no exchange: a word changes in a record that stays where it is. The record keeps
// the version that it was published with; the version of its last change is in another word.
//
// The store to the changed word is the commit. The stripe names the record from before the commit until that version
// has followed, so that a recoverer can make up for what is missing (resolve_intent()).
#pragma once

#include "store/record.hpp"

namespace latzero::store {

// `ref` is the record's, `word` the one that changes. Under the lock of the stripe, which has that number.
inline void change_in_place(Stripe &stripe, std::uint32_t number, const RecordView &view, Ref ref, ChangedWord which,
                            Word &word, std::uint64_t after) {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    constexpr auto kRelease = std::memory_order_release;
    const std::uint64_t version = stripe.version.load(kRelaxed) + 1;
    stripe.changing.store(pack_change(ref, which), kRelaxed);
    word.store(after, kRelease);
    view.modified().store(make_version(version, number), kRelease);
    stripe.version.store(version, kRelease);
    stripe.changing.store(0, kRelease);
}

}  // namespace latzero::store

// The one change of a stripe that is no exchange: of a word of a record that stays where it is. The record keeps its
// published version, and has the version of its last change in a word of its own.
//
// The store to that word is the commit. The stripe names the record from before it until the version has followed, so
// that a recoverer can make up for what is missing (resolve_change()).
#pragma once

#include "store/record.hpp"

namespace latzero::store {

// Under the lock of the stripe, which has that number; `ref` is the record's.
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

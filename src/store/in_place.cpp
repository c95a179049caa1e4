#include "store/in_place.hpp"

namespace latzero::store {

void change_watched(Actor actor, std::uint32_t number, RecordView view, Ref ref, ChangedWord which, Word &word,
                    std::uint64_t after) {
    const Segment &segment = actor.segment();
    Stripe &stripe = segment.stripe(number);
    Telling telling(actor, number);
    const std::uint64_t version =
        telling.number_after(stripe.version.load(std::memory_order_relaxed), view.shape.key_size, 1);
    telling.write(which == ChangedWord::expiry ? EventKind::ttl : EventKind::changed, view, after);
    const ChangeInPlace change(stripe, number, view, ref, which, version);
    change.commit(word, after);
    telling.tell();
    change.follow(which);
    change.end();
}

}  // namespace latzero::store

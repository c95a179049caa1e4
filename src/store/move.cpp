#include "store/move.hpp"

#include "store/blocks.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// All but the version, which comes last.
void copy_record(const RecordView &from, Word *to) {
    const std::uint64_t words = from.shape.total() / sizeof(Word);
    for (std::uint64_t word = 1; word < words; word++) to[word].store(from.words()[word].load(kRelaxed), kRelaxed);
    LATZERO_ASSERT(words >= sizeof(Record) / sizeof(Word));
}

void finish_move(Actor actor, Exchange &exchange, const Place &place, Word *to) {
    LATZERO_ASSERT(raw(exchange.taken.ref) < raw(slot_ref(place.before)));
    exchange.release({slot_ref(place.before), exchange.taken.size_class}, &place.view.record->version);
    exchange.target = place.slot;
    exchange.after = make_slot(exchange.taken.ref, slot_hash(place.before));
    arm(actor.segment(), exchange);
    copy_record(place.view, to);
    to->store(place.view.record->version.load(kRelaxed), std::memory_order_release);
    commit_and_finish(actor, exchange);
}

}  // namespace

void move_to_listed(Actor actor, std::uint32_t stripe, const Place &place, std::uint8_t size_class) {
    LATZERO_ASSERT(holds_stripe(actor.segment(), stripe) && class_for(place.view.shape.total()) == size_class);
    Exchange exchange(actor.segment(), stripe, Counts::kept);
    if (take_listed(actor.segment(), exchange, size_class) == Status::ok)
        finish_move(actor, exchange, place, exchange.taken_word);
}

void move_to_run(Actor actor, std::uint32_t stripe, const Place &place, std::uint64_t first_page) {
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(holds_stripe(segment, stripe) && holds_extents(segment));
    Word *to = segment.at<Word>(ref_of_page(first_page), place.view.shape.total());
    if (to == nullptr) return;
    to->store(kFreeMark, kRelaxed);
    release_fence();
    Exchange exchange(segment, stripe, Counts::kept);
    exchange.taken = {ref_of_page(first_page), kExtentClass};
    finish_move(actor, exchange, place, to);
}

}  // namespace latzero::store

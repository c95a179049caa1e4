#include "store/move.hpp"

#include "store/blocks.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// All but the first word, which comes last: what a block is shows in it.
void copy_words(const Word *from, Word *to, std::uint64_t bytes) {
    for (std::uint64_t word = 1; word < bytes / sizeof(Word); word++)
        to[word].store(from[word].load(kRelaxed), kRelaxed);
    to->store(from->load(kRelaxed), std::memory_order_release);
}

void finish_move(Actor actor, Exchange &exchange, const Place &place, Word *to) {
    LATZERO_ASSERT(raw(exchange.taken.ref) < raw(slot_ref(place.before)));
    exchange.release({slot_ref(place.before), exchange.taken.size_class}, place.view.shape.total(),
                     &place.view.record->version);
    exchange.target = place.slot;
    exchange.after = make_slot(exchange.taken.ref, slot_hash(place.before));
    arm(actor.segment(), exchange);
    copy_words(place.view.words(), to, place.view.shape.total());
    commit_and_finish(actor, exchange);
}

void finish_table_move(Actor actor, Exchange &exchange, const Table &table, Word *to) {
    const TableWord before = TableWord::unpack(table.word);
    exchange.release({before.ref, exchange.taken.size_class}, table.bytes(), table.slots);
    exchange.target = &exchange.home.table;
    exchange.after = TableWord{exchange.taken.ref, before.bits, before.generation + 1}.pack();
    arm(actor.segment(), exchange);
    copy_words(table.slots, to, table.bytes());
    commit_and_finish(actor, exchange);
}

}  // namespace

bool move_to_listed(Actor actor, std::uint32_t stripe, const Place &place, std::uint8_t size_class) {
    LATZERO_ASSERT(holds_stripe(actor.segment(), stripe) && class_for(place.view.shape.total()) == size_class);
    Exchange exchange(actor.segment(), stripe, Counts::kept);
    if (take_listed(actor.segment(), exchange, size_class) != Status::ok) return false;
    if (raw(exchange.taken.ref) >= raw(slot_ref(place.before))) return false;
    finish_move(actor, exchange, place, exchange.taken_word);
    return true;
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

bool move_table_to_listed(Actor actor, std::uint32_t stripe, const Table &table, std::uint8_t size_class) {
    LATZERO_ASSERT(holds_stripe(actor.segment(), stripe) && class_for(table.bytes()) == size_class);
    Exchange exchange(actor.segment(), stripe);
    if (take_listed(actor.segment(), exchange, size_class) != Status::ok) return false;
    finish_table_move(actor, exchange, table, exchange.taken_word);
    return true;
}

void move_table_to_run(Actor actor, std::uint32_t stripe, const Table &table, std::uint64_t first_page) {
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(holds_stripe(segment, stripe) && holds_extents(segment));
    Word *to = segment.at<Word>(ref_of_page(first_page), table.bytes());
    if (to == nullptr) return;
    Exchange exchange(segment, stripe);
    exchange.taken = {ref_of_page(first_page), kExtentClass};
    finish_table_move(actor, exchange, table, to);
}

}  // namespace latzero::store

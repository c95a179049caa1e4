// Readers against a writer that overwrites, deletes and sets anew, and moves records as they are; each write takes the
// block that the one before it gave back.
#include "ledger_model.hpp"
#include "store/move.hpp"

namespace latzero::model {

class ReaderModel : public LedgerModel {
public:
    ReaderModel() {
        first_.write = {1, 0, 2};
        for (const std::uint32_t key : {0, 2}) put(key, first_.write[key], kWords, first_.version[key]);
    }

private:
    static constexpr std::uint32_t kWords = 2;

    void change(std::uint32_t write) override {
        const std::uint32_t key = roll(kLedgerKeys);
        if (roll(4) == 0) return move(key);
        Ledger::State &next = ledger_.next();
        if (roll(3) != 0) {
            next.write[key] = write;
            put(key, write, kWords, next.version[key]);
        } else {
            next.write[key] = 0;
            erase(key);
        }
    }

    // Where the free block lies lower.
    void move(std::uint32_t key) {
        const store::Actor actor = pool_.of(0).actor();
        const std::uint32_t stripe = keys_[key].stripe;
        const store::StripeLock lock(actor, stripe);
        store::Table table;
        store::Place place;
        const bool is_there = open_table(actor.segment(), actor.segment().stripe(stripe), table) &&
                              store::find_locked(actor.segment(), table, keys_[key], place) == Status::ok &&
                              place.found;
        if (is_there) (void)move_to_listed(actor, stripe, place, store::class_for(place.view.shape.total()));
    }
};

}  // namespace latzero::model

int main(int argc, char **argv) {
    latzero::model::ReaderModel model;
    return latzero::model::run(model, argc, argv, 20'000);
}

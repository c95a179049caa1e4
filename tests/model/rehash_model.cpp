// Readers against a writer that replaces the stripe's index: a new table is published by one word, the old one's block
// is freed, and taken at once for a record that fills it with words which look like anything but a table; or for the
// next table.
//
// The writer itself says when a replacement is due: by the count of slots in use, which deletions would have brought
// about.
#include "ledger_model.hpp"

namespace latzero::model {

class RehashModel : public LedgerModel {
public:
    RehashModel() {
        first_.write = {1, 0, 0};
        set(0, 1, first_.version[0]);
        // The two blocks that the tables go back and forth between are the only ones whose words are simulated.
        std::uint64_t unused = 0;
        set(2, 2, unused);
        erase(2);
    }

private:
    // Of a table's size class: 64 slots of 8 bytes.
    static constexpr std::uint32_t kLargeWords = 60, kSmallWords = 1;

    void set(std::uint32_t key, std::uint32_t write, std::uint64_t &version) {
        put(key, write, key == 2 ? kLargeWords : kSmallWords, version);
    }

    void change(std::uint32_t write) override {
        const std::uint32_t key = roll(kLedgerKeys);
        Ledger::State &next = ledger_.next();
        // Half the slots, which is when a table of this size is replaced.
        if (next.write[key] == 0 && roll(4) != 0) pool_.stripe().used_slots.store(32, std::memory_order_relaxed);
        if (next.write[key] == 0 || roll(3) == 0) {
            next.write[key] = write;
            set(key, write, next.version[key]);
        } else {
            next.write[key] = 0;
            erase(key);
        }
    }
};

}  // namespace latzero::model

int main(int argc, char **argv) {
    latzero::model::RehashModel model;
    return latzero::model::run(model, argc, argv, 10'000);
}

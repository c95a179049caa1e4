// Readers against a writer that overwrites, deletes and sets anew, and each write takes the block that the one before
// it gave back.
#include "ledger_model.hpp"

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
        Ledger::State &next = ledger_.next();
        if (roll(3) != 0) {
            next.write[key] = write;
            put(key, write, kWords, next.version[key]);
        } else {
            next.write[key] = 0;
            erase(key);
        }
    }
};

}  // namespace latzero::model

int main(int argc, char **argv) {
    latzero::model::ReaderModel model;
    return latzero::model::run(model, argc, argv, 20'000);
}

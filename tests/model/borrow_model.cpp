// Borrowers against a writer that replaces the value they read where it lies: the pages of the old one are freed at
// once, unless they are pinned, and the next value is written into them.
//
// A pin is a byte lock. The real system calls are made, one at a time, so they happen in one order; that they are
// barriers too is not relied upon, for the simulation does not know it: the library's own fences have to do.
//
// Judge: what is borrowed is a whole value of the key, under its own version, which was the key's at some moment of the
// call; and it stays as it is until it is given back. When all is given back, no page is left in limbo or lost.
#include "pool/borrow.hpp"
#include "simulated_pool.hpp"
#include "store/pages.hpp"

namespace latzero::model {

constexpr std::uint32_t kBytes = 4 * store::kPageSize;
constexpr int kWrites = 3, kBorrows = 2, kLooks = 2;
// The words of a value that are written and looked at: in its first, second and last page.
constexpr std::array<std::uint32_t, 3> kPlaces = {0, 600, kBytes / 8 - 1};

class BorrowModel : public Model {
public:
    BorrowModel() {
        first_.write[0] = 1;
        write(1, first_.version[0]);
        // The pages that the next value will take.
        write(1, first_.version[0]);
        used_pages_ = header().used_pages.load();
    }

    void begin(bool abandoned) override {
        if (abandoned) pool_.renew();
        ledger_.reset(first_);
    }

    void process(int number) override {
        if (number == 0) {
            for (std::uint32_t write_number = 0; write_number < kWrites; write_number++) {
                Ledger::State &next = ledger_.next();
                next.write[0] = 2 + write_number;
                write(next.write[0], next.version[0]);
                pool_.progress().note(ledger_.steps());
            }
            return;
        }
        for (std::uint32_t borrow = 0, since = 0; borrow < kBorrows; borrow++) look(number, since);
    }

    void end() override {
        // Who allocates next frees what is no longer borrowed.
        pool::Reserved reserved;
        const pool::NewValue value{.size = kBytes};
        require(pool::reserve(pool_.of(0), key_, value, reserved) == Status::ok, "there is no room");
        pool::abandon(pool_.of(0), reserved);
        require(header().limbo_pages.load(std::memory_order_relaxed) == 0, "pages are left in limbo");
        require(header().used_pages.load(std::memory_order_relaxed) == used_pages_, "pages are lost");
    }

private:
    store::Header &header() { return pool_.of(0).session().segment.header(); }

    void write(std::uint32_t number, std::uint64_t &version) {
        pool::Pool &pool = pool_.of(0);
        pool::Reserved reserved;
        const pool::NewValue value{.size = kBytes};
        require(pool::reserve(pool, key_, value, reserved) == Status::ok, "the writer got no room");
        auto *words = static_cast<store::Word *>(reserved.bytes);
        const Stamp stamp{0, number};
        for (std::uint32_t at = 0; at < kPlaces.size(); at++)
            words[kPlaces[at]].store(stamp.word(at), std::memory_order_relaxed);
        version = pool.next_version(0);
        require(pool::publish(pool, key_, value, reserved) == Status::ok, "the writer could not publish");
    }

    void look(int number, std::uint32_t &since) {
        since = std::max(since, pool_.progress().known());
        pool::Borrowed borrowed;
        pool::ValueInfo info;
        require(pool::borrow(pool_.of(number), key_, borrowed, info) == Status::ok, "the value could not be borrowed");
        require(info.size == kBytes, "a size that no value has");
        // The judge knows values by their first bytes.
        pool::ValueInfo seen = info;
        seen.size = kPlaces.size() * 8;
        for (int again = 0; again < kLooks; again++) {
            const auto *words = static_cast<const store::Word *>(borrowed.bytes);
            std::array<std::uint64_t, kPlaces.size()> copy;
            for (std::uint32_t at = 0; at < kPlaces.size(); at++)
                copy[at] = words[kPlaces[at]].load(std::memory_order_relaxed);
            ledger_.judge(0, Status::ok, copy.data(), seen, since);
        }
        pool::give_back(pool_.of(number), borrowed);
    }

    const store::Key key_ = make_key("v", 5);
    SimulatedPool pool_{2};
    std::uint64_t used_pages_ = 0;
    Ledger::State first_;
    Ledger ledger_;
};

}  // namespace latzero::model

int main(int argc, char **argv) {
    latzero::model::BorrowModel model;
    return latzero::model::run(model, argc, argv, 10'000);
}

// Watchers against a writer that laps them: its ring has the fewest slots, and half of its keys take two of them.
//
// Judge: what a watcher reads is the event of that commit number, whole, and the next one from where it was; what it
// does not read is said to be lost, and had been overwritten by then. No watcher is told of what is not committed.
#include <string>
#include <vector>

#include "pool/remove.hpp"
#include "pool/write.hpp"
#include "simulated_pool.hpp"
#include "store/ring_cursor.hpp"
#include "store/ring_switch.hpp"

namespace latzero::model {

constexpr int kChanges = 14, kLooks = 8;
constexpr std::uint64_t kSlots = 1u << store::kLeastRingBits;

class RingModel : public Model {
public:
    RingModel() {
        store::RingStart start;
        require(store::turn_ring_on(pool_.of(0).actor(), store::kLeastRingBits, start) == Status::ok, "no ring");
    }

    void begin(bool abandoned) override {
        if (abandoned) pool_.renew();
        const store::Key first = key(0);
        std::uint64_t version = 0;
        const pool::NewValue none{};
        require(pool::put(pool_.of(0), first, none, {}, version) == Status::ok, "the writer could not write");
        (void)pool::erase(pool_.of(0), key(1), {});
        is_there_ = {true, false};
        start_ = pool_.stripe().version.load() + 1;
        events_.clear();
    }

    void process(int number) override {
        if (number == 0) {
            for (std::uint32_t change = 0; change < kChanges; change++) make(roll(2));
            return;
        }
        store::RingCursor cursor(pool_.of(number).segment(), 0, start_);
        for (int look = 0; look < kLooks; look++) {
            for (std::uint32_t turn = roll(12); turn > 0; turn--) yield();
            look_at(cursor);
        }
    }

private:
    struct Event {
        std::uint64_t number, last;
        store::EventKind kind;
        std::uint32_t key;
    };

    static const std::string &name(std::uint32_t number) {
        static const std::string kNames[] = {"a", std::string(36, 'b') + "tail"};
        return kNames[number];
    }
    static store::Key key(std::uint32_t number) { return {name(number).data(), name(number).size(), 0, number + 1}; }

    // Entered before it is made, since a watcher may see it at once.
    void make(std::uint32_t key_number) {
        using store::EventKind;
        bool &is_there = is_there_[key_number];
        const bool erases = is_there && roll(4) == 0;
        const std::uint64_t next = pool_.stripe().version.load(std::memory_order_relaxed) + 1;
        events_.push_back({next, next + key_number,
                           erases     ? EventKind::erased
                           : is_there ? EventKind::set
                                      : EventKind::created,
                           key_number});
        if (erases) {
            require(pool::erase(pool_.of(0), key(key_number), {}) == Status::ok, "the writer could not delete");
        } else {
            std::uint64_t version = 0;
            const pool::NewValue none{};
            require(pool::put(pool_.of(0), key(key_number), none, {}, version) == Status::ok, "could not write");
        }
        is_there = !erases;
    }

    bool begins_at(std::uint64_t number) const {
        for (const Event &made : events_)
            if (made.number == number) return true;
        return false;
    }

    void look_at(store::RingCursor &cursor) {
        const std::uint64_t at = cursor.number();
        store::RingEvent event;
        const auto found = cursor.next(event);
        if (found == store::RingCursor::Found::nothing) return;
        require(event.number == at, "an event out of turn");
        require(!events_.empty() && cursor.number() <= events_.back().last + 1, "an event of what is still to come");
        // Where no event begins, the rest of one goes on whose beginning was lost.
        if (found == store::RingCursor::Found::lost)
            return require(!begins_at(at) || events_.back().last >= at + kSlots,
                           "lost, though nothing was written there");
        for (const Event &made : events_) {
            if (made.number != event.number) continue;
            require(made.last == event.last && made.kind == event.head.kind, "another event than was made");
            return require(event.key == name(made.key), "another key than was told");
        }
        require(false, "an event that was never made");
    }

    SimulatedPool pool_;
    std::array<bool, 2> is_there_ = {};
    std::uint64_t start_ = 0;
    std::vector<Event> events_;
};

}  // namespace latzero::model

int main(int argc, char **argv) {
    latzero::model::RingModel model;
    return latzero::model::run(model, argc, argv, 20000);
}

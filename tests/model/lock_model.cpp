// Writers against writers: what is written under the stripe's lock by one is seen by the next, who finds the lock free,
// or waits for it, or sleeps.
//
// Judge: additions to one number are never lost, nor is a key, nor a bit of the waiters' word that is not the lock's.
// Nobody waits for ever: a schedule that does not end is a failure, as is a timeout.
#include "pool/numbers.hpp"
#include "pool/read.hpp"
#include "pool/write.hpp"
#include "simulated_pool.hpp"

namespace latzero::model {

constexpr std::uint32_t kAdditions = 2;

class LockModel : public Model {
public:
    LockModel() {
        std::uint64_t sum = 0;
        require(pool::add(pool_.of(0), number_, one_, sum) == Status::ok, "the number could not be made");
    }

    void begin(bool abandoned) override {
        if (abandoned) pool_.renew();
        sums_.clear();
    }

    void process(int number) override {
        connect(number);
        pool_.stripe().lock.waiters.fetch_or(other_bit(number), std::memory_order_relaxed);
        for (std::uint32_t round = 0; round < kAdditions; round++) {
            std::uint64_t sum = 0;
            require(pool::add(pool_.of(number), number_, one_, sum) == Status::ok, "an addition failed");
            for (const std::uint64_t other : sums_) require(other != sum, "two additions had the same sum");
            sums_.push_back(sum);
            const std::uint64_t own = Stamp{static_cast<std::uint32_t>(number), round}.word(0);
            std::uint64_t version = 0;
            const pool::NewValue value{.bytes = &own, .size = sizeof own};
            require(
                pool::put(pool_.of(number), keys_[static_cast<std::size_t>(number)], value, {}, version) == Status::ok,
                "a write failed");
        }
    }

    void end() override {
        std::uint64_t sum = 0;
        pool::ValueInfo info;
        require(pool::read(pool_.of(0), number_, pool::CopyValue{&sum, sizeof sum, info}) == Status::ok &&
                    sum == 1 + kProcesses * kAdditions,
                "an addition was lost");
        for (std::uint32_t key = 0; key < kProcesses; key++) {
            std::uint64_t word = 0;
            require(pool::read(pool_.of(0), keys_[key], pool::CopyValue{&word, sizeof word, info}) == Status::ok &&
                        word == Stamp{key, kAdditions - 1}.word(0),
                    "a key was lost");
        }
        const store::Stripe &stripe = pool_.stripe();
        require(stripe.keys.load(std::memory_order_relaxed) == 1 + kProcesses, "the count of keys is wrong");
        require(stripe.lock.owner.load(std::memory_order_relaxed) == 0, "the lock stayed held");
        const std::uint32_t waiters = stripe.lock.waiters.load(std::memory_order_relaxed);
        for (int number = 0; number < static_cast<int>(kProcesses); number++)
            require((waiters & other_bit(number)) != 0, "a bit of the waiters' word was lost");
    }

private:
    // What a process says in the waiters' word, in bits that no unlock takes away.
    static std::uint32_t other_bit(int number) { return std::uint32_t{256} << number; }

    // As claim_slot() does it, whose byte is held already: others must know who it is when they see it hold the lock.
    void connect(int number) {
        store::Session &session = pool_.of(number).session();
        const auto slot = static_cast<std::uint32_t>(number);
        store::ClientSlot &client = session.segment.client(slot);
        client.generation.store(2, std::memory_order_release);
        client.in_use.store(1, std::memory_order_release);
        session.owner = store::make_owner(slot, 2);
    }

    static constexpr pool::Delta one_{pool::Delta::Kind::add, 2, 1, 0};
    const store::Key number_ = make_key("n", 5);
    const std::array<store::Key, kProcesses> keys_ = {make_key("a", 6), make_key("b", 6), make_key("c", 8)};
    SimulatedPool pool_;
    std::vector<std::uint64_t> sums_;
};

}  // namespace latzero::model

int main(int argc, char **argv) {
    latzero::model::LockModel model;
    return latzero::model::run(model, argc, argv, 4'000);
}

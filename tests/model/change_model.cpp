// Readers against changes in place: a number is added to, a list appended to and taken from at its front; and the same
// records are replaced and deleted meanwhile, by the same writer.
//
// Judge: number and list are what they were at some moment of the call; and that moment is not before the one that the
// version tells of, or a compare-and-set with this version could overwrite a newer value than the one that was read. No
// reader goes back in time.
#include "pool/lists.hpp"
#include "pool/numbers.hpp"
#include "pool/write.hpp"
#include "short_read.hpp"
#include "simulated_pool.hpp"

namespace latzero::model {

constexpr int kChanges = 4, kReads = 3;
constexpr std::uint8_t kNumberType = 2, kListType = 6;
constexpr std::uint32_t kElement = 5, kRoom = 15;  // bytes: elements share words

class ChangeModel : public Model {
public:
    ChangeModel() {
        set_number(first_.number);
        set_list(first_.list);
    }

    void begin(bool abandoned) override {
        if (abandoned) pool_.renew();
        states_.assign(1, first_);
    }

    void process(int number) override {
        if (number == 0) {
            for (std::uint32_t change = 0; change < kChanges; change++) {
                make(change + 1);
                pool_.progress().note(last());
            }
            return;
        }
        for (std::uint32_t read = 0, since = 0; read < kReads; read++) {
            since = std::max(since, pool_.progress().known());
            if (roll(2) == 0)
                look_at_number(number, since);
            else
                look_at_list(number, since);
        }
    }

private:
    struct Value {
        std::uint64_t number = 100;  // a list's: see list_number()
        std::uint64_t version = 0;
    };
    struct State {
        Value number, list{.number = list_number(1, 0, 0)};
    };

    // Of the write that made it, and how many elements were taken from it and put into it since.
    static constexpr std::uint64_t list_number(std::uint64_t made, std::uint64_t taken, std::uint64_t filled) {
        return made << 8 | taken << 4 | filled;
    }
    static std::uint64_t filled_of(std::uint64_t list) { return list % 16; }
    static std::uint64_t taken_of(std::uint64_t list) { return list >> 4 & 15; }

    std::uint32_t last() const { return static_cast<std::uint32_t>(states_.size() - 1); }

    static std::array<std::uint8_t, kRoom> elements(std::uint64_t list) {
        std::array<std::uint8_t, kRoom> bytes;
        for (std::uint32_t at = 0; at < kRoom; at++) bytes[at] = static_cast<std::uint8_t>((list >> 8) * 16 + at);
        return bytes;
    }

    void set_number(Value &value) {
        const pool::NewValue fresh{
            .type = kNumberType, .flags = store::kHasModified, .bytes = &value.number, .size = sizeof value.number};
        require(pool::put(pool_.of(0), number_, fresh, {}, value.version) == Status::ok, "the writer could not write");
    }

    void set_list(Value &value) {
        const auto length = static_cast<std::uint32_t>(filled_of(value.number));
        const auto bytes = elements(value.number);
        const pool::NewValue fresh{.type = kListType,
                                   .flags = store::kHasModified | store::kHasFilled,
                                   .bytes = bytes.data(),
                                   .size = length * kElement,
                                   .room = kRoom - length * kElement,
                                   .elements = length};
        require(pool::put(pool_.of(0), list_, fresh, {}, value.version) == Status::ok, "the writer could not write");
    }

    std::uint64_t next_version() const {
        return store::make_version(pool_.stripe().version.load(std::memory_order_relaxed) + 1, 0);
    }

    void make(std::uint32_t change) {
        State &next = states_.emplace_back(states_.back());
        if (roll(2) == 0) {
            if (roll(4) != 0) {
                next.number.version = next_version();
                next.number.number++;
                std::uint64_t sum = 0;
                const pool::Delta one{pool::Delta::Kind::add, kNumberType, 1, 0};
                if (roll(2) == 0 || !pool::add_fast(pool_.of(0), number_, one, sum))
                    require(pool::add(pool_.of(0), number_, one, sum) == Status::ok, "the writer could not add");
                require(sum == next.number.number, "a wrong sum");
            } else {
                next.number.number = 1000 * change;
                set_number(next.number);
            }
            return;
        }
        if (roll(4) == 0) {
            next.list.number = list_number(change + 1, 0, 0);
            set_list(next.list);
        } else if (taken_of(next.list.number) < filled_of(next.list.number) && roll(2) == 0) {
            pop_from(next.list);
        } else if (filled_of(next.list.number) < kRoom / kElement) {
            append_to(next.list);
        }
    }

    void append_to(Value &list) {
        list.version = next_version();
        const auto bytes = elements(list.number);
        const std::uint64_t filled = filled_of(list.number), taken = taken_of(list.number);
        std::uint64_t length = 0;
        list.number++;
        require(
            pool::append(pool_.of(0), list_, kListType, &bytes[filled * kElement], kElement, length) == Status::ok &&
                length == filled + 1 - taken,
            "the writer could not append");
    }

    void pop_from(Value &list) {
        list.version = next_version();
        std::uint8_t element[kElement];
        pool::Front front;
        pool::ValueInfo info;
        std::uint64_t version = 0, left = 0;
        list.number += list_number(0, 1, 0);
        require(pool::read_front(pool_.of(0), list_, kListType, element, kElement, front, info) == Status::ok &&
                    pool::take_front(pool_.of(0), list_, front, kElement, version, left) == Status::ok &&
                    version == list.version && left == filled_of(list.number) - taken_of(list.number),
                "the writer could not take");
    }

    // The first step since then at which it was this value.
    std::uint32_t judge_value(Value State::*value, std::uint64_t wanted, std::uint32_t since) {
        std::uint32_t step = since;
        while (step <= last() && (states_[step].*value).number != wanted) step++;
        require(step <= last(), "a value that was not the key's during the call");
        return step;
    }

    // `wanted` is what was read.
    void judge(Value State::*value, std::uint64_t wanted, std::uint64_t version, std::uint32_t &since) {
        since = judge_value(value, wanted, since);
        std::uint32_t step = since;
        // The last step at which it was the value: later ones have another version.
        while (step < last() && (states_[step + 1].*value).number == wanted) step++;
        require((states_[step].*value).version >= version, "the version of a newer value");
        bool known = false;
        for (const State &state : states_) known = known || (state.*value).version == version;
        require(known, "a version that the key never had");
    }

    void look_at_number(int number, std::uint32_t &since) {
        std::uint64_t value = 0;
        pool::ValueInfo info;
        pool::Pool &pool = pool_.of(number);
        const std::uint32_t way = roll(3);
        if (way == 0 && look_at_bare_number(pool, value)) {
            since = judge_value(&State::number, value, since);
            return;
        }
        const pool::Tried by_short_way =
            way == 1 ? read_short(pool, number_, &value, sizeof value, info) : pool::Tried();
        const Status status =
            by_short_way ? *by_short_way : pool::read(pool, number_, pool::CopyValue{&value, sizeof value, info});
        require(status == Status::ok && info.size == sizeof value, "the number was not found");
        judge(&State::number, value, info.version, since);
    }

    // As the calls for a number read it: without its version.
    bool look_at_bare_number(const pool::Pool &pool, std::uint64_t &value) const {
        const auto copy = [&](const store::Word *, const store::Word *word, const store::Shape &, std::uint64_t) {
            value = word->load(std::memory_order_relaxed);
        };
        store::Met met;
        return pool::get_fast<store::kHasModified>(pool, number_, copy, met) == store::FastRead::hit;
    }

    void look_at_list(int number, std::uint32_t &since) {
        std::array<std::uint8_t, kRoom> bytes = {};
        pool::ValueInfo info;
        std::uint32_t length = 0;
        if (roll(2) == 0) {
            const Status status =
                pool::read(pool_.of(number), list_, pool::CopyValue{bytes.data(), sizeof bytes, info, true});
            require(status == Status::ok && info.size == info.elements * kElement, "the list was not found");
            length = info.elements;
        } else {
            pool::Front front;
            const pool::Tried read =
                pool::read_front(pool_.of(number), list_, kListType, bytes.data(), sizeof bytes, front, info);
            require(read == Status::ok && front.length.bytes == front.length.elements * kElement,
                    "the list's front was not found");
            length = front.length.elements;
        }
        // What it is without elements nobody can tell: only that it was empty then.
        if (length == 0) return;
        const std::uint64_t taken = bytes[0] % 16 / kElement;
        const std::uint64_t list = list_number(bytes[0] / 16, taken, taken + length);
        const auto expected = elements(list);
        require(std::equal(bytes.begin(), bytes.begin() + length * kElement, expected.begin() + taken * kElement),
                "a torn list");
        judge(&State::list, list, info.version, since);
    }

    const store::Key number_ = make_key("n", 5), list_ = make_key("l", 9);
    mutable SimulatedPool pool_{2};
    State first_;
    std::vector<State> states_;
};

}  // namespace latzero::model

int main(int argc, char **argv) {
    latzero::model::ChangeModel model;
    return latzero::model::run(model, argc, argv, 20'000);
}

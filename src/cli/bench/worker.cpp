#include "bench/worker.hpp"

#include <algorithm>
#include <cstring>
#include <thread>

namespace latzero::cli::bench {

namespace {

// Inline, since it follows every call that is measured.
inline void expect_ok(latzero_status status) {
    if (status != LATZERO_OK) [[unlikely]] {
        check(status);
    }
}

KeySet keys_of(const Turn &turn, const Load &load) {
    if (turn.what->verb == Verb::Increment) {
        return counter;
    }
    return is_large(turn.what->verb) ? KeySet{"big:", large_values} : KeySet{"key:", load.keys};
}

// A connection, and each verb on it, with the next key of the order.
class Caller {
public:
    Caller(const Turn &turn, const Load &load, const Pools &pools)
        : pools_(pools),
          encrypted_(turn.what->encrypted),
          connection_(pools.connect(encrypted_)),
          client_(connection_.get()),
          accesses_(make_accesses(keys_of(turn, load), turn.what->verb == Verb::Mixed, turn.seed)),
          value_(make_value(is_large(turn.what->verb) ? large_bytes : load.value_bytes)),
          out_(value_.size()) {
        if (turn.what->verb == Verb::GetMany || turn.what->verb == Verb::SetMany) {
            prepare_entries(turn.what->verb == Verb::GetMany);
        }
    }

    // What is read later was written by another process, and must be what it wrote.
    void read_back() {
        get_one(accesses_[0].key);
        const size_t stamp = std::min(sizeof calls_, value_.size());
        if (!std::equal(value_.begin() + static_cast<ptrdiff_t>(stamp), value_.end(),
                        out_.begin() + static_cast<ptrdiff_t>(stamp))) {
            throw Failure(ExitCode::Other, "a value came back with other bytes than were stored");
        }
    }

    void get() { get_one(next().key); }
    void set() { set_one(next().key); }
    void mixed() {
        const Access &access = next();
        access.is_set != 0 ? set_one(access.key) : get_one(access.key);
    }
    void set_fast() {
        for (size_t i = 0; i < batch; ++i) {
            stamp_value();
            expect_ok(latzero_set_fast(client_, next().key, key_size, LATZERO_TYPE_BYTES, value_.data(), value_.size(),
                                       nullptr));
        }
        expect_ok(latzero_flush(client_));
    }
    void get_many() {
        point_entries();
        expect_ok(latzero_mget(client_, sizeof(latzero_entry), entries_.data(), batch, nullptr));
    }
    void set_many() {
        point_entries();
        stamp_value();
        expect_ok(latzero_mset(client_, sizeof(latzero_entry), entries_.data(), batch));
    }
    void increment() { expect_ok(latzero_increment(client_, next().key, key_size, 1, 0, nullptr)); }
    void exists() {
        int32_t found = 0;
        expect_ok(latzero_exists(client_, next().key, key_size, &found));
        if (found == 0) [[unlikely]] {
            throw Failure(ExitCode::Other, "a key that was stored is not there");
        }
    }
    void delete_and_set() {
        const char *key = next().key;
        expect_ok(latzero_delete(client_, key, key_size));
        set_one(key);
    }
    void connect() { expect_ok(latzero_disconnect(pools_.connect(encrypted_))); }
    void borrow() {
        const void *bytes = nullptr;
        latzero_borrowed *borrowed = nullptr;
        expect_ok(latzero_borrow(client_, next().key, key_size, &bytes, nullptr, &borrowed));
        expect_ok(latzero_return(borrowed));
    }

private:
    const Access &next() { return accesses_[at_++ & (accesses_.size() - 1)]; }

    void stamp_value() {
        ++calls_;
        std::memcpy(value_.data(), &calls_, std::min(sizeof calls_, value_.size()));
    }
    void get_one(const char *key) {
        latzero_value_info info;
        info.struct_size = sizeof info;
        expect_ok(latzero_get(client_, key, key_size, out_.data(), out_.size(), &info));
        if (info.size != value_.size()) [[unlikely]] {
            throw Failure(ExitCode::Other, "a value came back with another size than was stored");
        }
    }
    void set_one(const char *key) {
        stamp_value();
        expect_ok(latzero_set(client_, key, key_size, LATZERO_TYPE_BYTES, value_.data(), value_.size(), nullptr));
    }

    // All but the keys, which each call has others of.
    void prepare_entries(bool to_get) {
        entries_.resize(batch);
        out_.resize(to_get ? batch * value_.size() : value_.size());
        for (size_t i = 0; i < batch; ++i) {
            latzero_entry &entry = entries_[i];
            entry.key_len = key_size;
            entry.value = to_get ? out_.data() + i * value_.size() : value_.data();
            entry.capacity = to_get ? value_.size() : 0;
            entry.size = value_.size();
            entry.type = LATZERO_TYPE_BYTES;
        }
    }
    void point_entries() {
        for (latzero_entry &entry : entries_) {
            entry.key = next().key;
        }
    }

    const Pools &pools_;
    bool encrypted_;
    Connection connection_;
    latzero_client *client_;
    std::vector<Access> accesses_;  // a power of two of them
    size_t at_ = 0;
    uint64_t calls_ = 0;
    std::vector<char> value_;
    std::vector<char> out_;
    std::vector<latzero_entry> entries_;
};

// Makes calls until the clock starts, then until it ends. The clock is read after each stretch of calls, or, if it is
// about each call, before and after it.
class Measurement {
public:
    Measurement(const Turn &turn, const Load &load, Stage &stage, Seat &seat)
        : each_call_(turn.each_call),
          stretch_(stretch_of(turn.what->verb, load)),
          operations_per_call_(operations_of(turn.what->verb)),
          stage_(stage),
          seat_(seat) {}

    template <typename Call>
    void run(Call call) {
        const auto stretch = [&] {
            for (size_t i = 0; i < stretch_; ++i) {
                call();
            }
            seat_.calls += stretch_;
        };
        stretch();
        ++stage_.ready();
        while (stage_.begin() == 0) {  // others need the cores to come this far
            std::this_thread::sleep_for(std::chrono::microseconds(100));
        }
        while (now_ns() < stage_.begin()) {
            stretch();
        }
        const uint64_t calls_before = seat_.calls;
        seat_.begun = now_ns();
        // Who begins late, on a busy machine, goes on for half the time at least.
        const uint64_t end = std::max<uint64_t>(stage_.end(), seat_.begun + (stage_.end() - stage_.begin()) / 2);
        do {
            each_call_ ? time_one(call) : stretch();
            seat_.ended = now_ns();
        } while (seat_.ended < end);
        seat_.operations = (seat_.calls - calls_before) * operations_per_call_;
    }

private:
    template <typename Call>
    void time_one(Call call) {
        const uint64_t before = now_ns();
        call();
        seat_.latencies.add(now_ns() - before);
        ++seat_.calls;
    }
    static size_t operations_of(Verb verb) {
        return verb == Verb::SetFast || verb == Verb::GetMany || verb == Verb::SetMany ? batch : 1;
    }
    static size_t stretch_of(Verb verb, const Load &load) {
        const bool is_long = is_large(verb) || verb == Verb::Connect || load.value_bytes > 65536;
        return is_long || operations_of(verb) > 1 ? 4 : 256;
    }

    bool each_call_;
    size_t stretch_;
    size_t operations_per_call_;
    Stage &stage_;
    Seat &seat_;
};

}  // namespace

void take_part(const Turn &turn, const Load &load, const Pools &pools, Stage &stage, Seat &seat) {
    Caller caller(turn, load, pools);
    if (turn.what->verb != Verb::Increment) {
        caller.read_back();
    }
    Measurement measurement(turn, load, stage, seat);
    switch (turn.what->verb) {
    case Verb::Get:
    case Verb::GetLarge: return measurement.run([&] { caller.get(); });
    case Verb::Set:
    case Verb::SetLarge: return measurement.run([&] { caller.set(); });
    case Verb::SetFast: return measurement.run([&] { caller.set_fast(); });
    case Verb::GetMany: return measurement.run([&] { caller.get_many(); });
    case Verb::SetMany: return measurement.run([&] { caller.set_many(); });
    case Verb::Increment: return measurement.run([&] { caller.increment(); });
    case Verb::Exists: return measurement.run([&] { caller.exists(); });
    case Verb::DeleteAndSet: return measurement.run([&] { caller.delete_and_set(); });
    case Verb::Connect: return measurement.run([&] { caller.connect(); });
    case Verb::BorrowLarge: return measurement.run([&] { caller.borrow(); });
    case Verb::Mixed: return measurement.run([&] { caller.mixed(); });
    }
}

}  // namespace latzero::cli::bench

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
    switch (turn.what->verb) {
    case Verb::increment: return kCounter;
    case Verb::get_absent: return {"new:", load.keys};
    case Verb::get_number:
    case Verb::set_number: return {"num:", load.keys};
    case Verb::get_ending:
    case Verb::set_ending: return {"end:", load.keys};
    default: return is_large(turn.what->verb) ? KeySet{"big:", kLargeValues} : KeySet{"key:", load.keys};
    }
}

// Whether the keys of a verb hold the values that all processes write.
bool holds_values(Verb verb) {
    return verb != Verb::increment && verb != Verb::get_absent && verb != Verb::get_number && verb != Verb::set_number;
}

// A connection, and each verb on it, with the next key of the order.
class Caller {
public:
    Caller(const Turn &turn, const Load &load, const Pools &pools)
        : pools_(pools),
          encrypted_(turn.what->encrypted),
          connection_(pools.connect(encrypted_)),
          client_(connection_.get()),
          accesses_(make_accesses(keys_of(turn, load), turn.what->verb == Verb::mixed, turn.seed)),
          value_(make_value(is_large(turn.what->verb) ? kLargeBytes : load.value_bytes)),
          out_(value_.size()) {
        if (turn.what->verb == Verb::get_many || turn.what->verb == Verb::set_many) {
            prepare_entries(turn.what->verb == Verb::get_many);
        }
    }

    // A value that another process wrote must come back as it was written.
    void read_back() {
        get_one(accesses_[0].key);
        const std::size_t stamp = std::min(sizeof calls_, value_.size());
        if (!std::equal(value_.begin() + static_cast<std::ptrdiff_t>(stamp), value_.end(),
                        out_.begin() + static_cast<std::ptrdiff_t>(stamp))) {
            throw Failure(ExitCode::other, "a value came back with other bytes than were stored");
        }
    }

    void get() { get_one(next().key); }
    void set() { set_one(next().key); }
    void mixed() {
        const Access &access = next();
        access.is_set != 0 ? set_one(access.key) : get_one(access.key);
    }
    void set_fast() {
        for (std::size_t i = 0; i < kBatch; ++i) {
            stamp_value();
            expect_ok(latzero_set_fast(client_, next().key, kKeySize, LATZERO_TYPE_BYTES, value_.data(), value_.size(),
                                       nullptr));
        }
        expect_ok(latzero_flush(client_));
    }
    void get_many() {
        point_entries();
        expect_ok(latzero_mget(client_, sizeof(latzero_entry), entries_.data(), kBatch, nullptr));
    }
    void set_many() {
        point_entries();
        stamp_value();
        expect_ok(latzero_mset(client_, sizeof(latzero_entry), entries_.data(), kBatch));
    }
    void increment() { expect_ok(latzero_increment(client_, next().key, kKeySize, 1, 0, nullptr)); }
    void exists() {
        std::int32_t found = 0;
        expect_ok(latzero_exists(client_, next().key, kKeySize, &found));
        if (found == 0) [[unlikely]] {
            throw Failure(ExitCode::other, "a key that was stored is not there");
        }
    }
    void delete_and_set() {
        const char *key = next().key;
        expect_ok(latzero_delete(client_, key, kKeySize));
        set_one(key);
    }
    void get_absent() {
        if (latzero_get(client_, next().key, kKeySize, out_.data(), out_.size(), nullptr) != LATZERO_NOT_FOUND)
            [[unlikely]] {
            throw Failure(ExitCode::other, "a key that was never stored is there");
        }
    }
    void get_number() {
        std::int64_t number = 0;
        expect_ok(latzero_get_i64(client_, next().key, kKeySize, &number));
    }
    void set_number() {
        expect_ok(latzero_set_i64(client_, next().key, kKeySize, static_cast<std::int64_t>(++calls_), nullptr));
    }
    void set_ending() {
        stamp_value();
        expect_ok(latzero_set(client_, next().key, kKeySize, LATZERO_TYPE_BYTES, value_.data(), value_.size(), &ends_));
    }
    void connect() { expect_ok(latzero_disconnect(pools_.connect(encrypted_))); }
    void borrow() {
        const void *bytes = nullptr;
        latzero_borrowed *borrowed = nullptr;
        expect_ok(latzero_borrow(client_, next().key, kKeySize, &bytes, nullptr, &borrowed));
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
        expect_ok(latzero_get(client_, key, kKeySize, out_.data(), out_.size(), &info));
        if (info.size != value_.size()) [[unlikely]] {
            throw Failure(ExitCode::other, "a value came back with another size than was stored");
        }
    }
    void set_one(const char *key) {
        stamp_value();
        expect_ok(latzero_set(client_, key, kKeySize, LATZERO_TYPE_BYTES, value_.data(), value_.size(), nullptr));
    }

    // All but the keys, which are others in each call.
    void prepare_entries(bool to_get) {
        entries_.resize(kBatch);
        out_.resize(to_get ? kBatch * value_.size() : value_.size());
        for (std::size_t i = 0; i < kBatch; ++i) {
            latzero_entry &entry = entries_[i];
            entry.key_len = kKeySize;
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

    static latzero_set_options ending() {
        latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
        options.ttl_ms = kLongTtlMs;
        return options;
    }

    const Pools &pools_;
    bool encrypted_;
    const latzero_set_options ends_ = ending();
    Connection connection_;
    latzero_client *client_;
    std::vector<Access> accesses_;  // as many as a power of two
    std::size_t at_ = 0;
    std::uint64_t calls_ = 0;
    std::vector<char> value_;
    std::vector<char> out_;
    std::vector<latzero_entry> entries_;
};

// Makes calls until the clock starts, then until it ends. Reads the clock after each stretch of calls, or before and
// after each call if single calls are measured.
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
            for (std::size_t i = 0; i < stretch_; ++i) {
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
        const std::uint64_t calls_before = seat_.calls;
        seat_.begun = now_ns();
        // A process that begins late, on a busy machine, goes on for at least half the time.
        const std::uint64_t end =
            std::max<std::uint64_t>(stage_.end(), seat_.begun + (stage_.end() - stage_.begin()) / 2);
        do {
            each_call_ ? time_one(call) : stretch();
            seat_.ended = now_ns();
        } while (seat_.ended < end);
        seat_.operations = (seat_.calls - calls_before) * operations_per_call_;
    }

private:
    template <typename Call>
    void time_one(Call call) {
        const std::uint64_t before = now_ns();
        call();
        seat_.latencies.add(now_ns() - before);
        ++seat_.calls;
    }
    static std::size_t operations_of(Verb verb) {
        return verb == Verb::set_fast || verb == Verb::get_many || verb == Verb::set_many ? kBatch : 1;
    }
    static std::size_t stretch_of(Verb verb, const Load &load) {
        const bool is_long = is_large(verb) || verb == Verb::connect || load.value_bytes > 65536;
        return is_long || operations_of(verb) > 1 ? 4 : 256;
    }

    bool each_call_;
    std::size_t stretch_;
    std::size_t operations_per_call_;
    Stage &stage_;
    Seat &seat_;
};

}  // namespace

void take_part(const Turn &turn, const Load &load, const Pools &pools, Stage &stage, Seat &seat) {
    Caller caller(turn, load, pools);
    if (holds_values(turn.what->verb)) {
        caller.read_back();
    }
    Measurement measurement(turn, load, stage, seat);
    switch (turn.what->verb) {
    case Verb::get:
    case Verb::get_large: return measurement.run([&] { caller.get(); });
    case Verb::set:
    case Verb::set_large: return measurement.run([&] { caller.set(); });
    case Verb::set_fast: return measurement.run([&] { caller.set_fast(); });
    case Verb::get_many: return measurement.run([&] { caller.get_many(); });
    case Verb::set_many: return measurement.run([&] { caller.set_many(); });
    case Verb::increment: return measurement.run([&] { caller.increment(); });
    case Verb::exists: return measurement.run([&] { caller.exists(); });
    case Verb::delete_and_set: return measurement.run([&] { caller.delete_and_set(); });
    case Verb::get_absent: return measurement.run([&] { caller.get_absent(); });
    case Verb::get_number: return measurement.run([&] { caller.get_number(); });
    case Verb::set_number: return measurement.run([&] { caller.set_number(); });
    case Verb::get_ending: return measurement.run([&] { caller.get(); });
    case Verb::set_ending: return measurement.run([&] { caller.set_ending(); });
    case Verb::connect: return measurement.run([&] { caller.connect(); });
    case Verb::borrow_large: return measurement.run([&] { caller.borrow(); });
    case Verb::mixed: return measurement.run([&] { caller.mixed(); });
    }
}

}  // namespace latzero::cli::bench

// What `latzero bench` measures: one row of its table each.
#pragma once

#include "bench/accesses.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace latzero::cli::bench {

enum class Verb {
    get,
    set,
    set_fast,
    get_many,
    set_many,
    increment,
    exists,
    delete_and_set,
    connect,
    get_absent,
    get_number,
    set_number,
    get_ending,
    set_ending,
    get_large,
    borrow_large,
    set_large,
    mixed
};

struct Case {
    const char *name;
    Verb verb;
    bool together;   // by all processes at once, else by one
    bool encrypted;  // in the encrypted pool, else in the plain one
    bool has_latency;
};

constexpr std::size_t kBatch = 100;  // keys of an mget or mset, values from one flush to the next
constexpr std::uint32_t kLargeValues = 16;
constexpr std::size_t kLargeBytes = std::size_t{1} << 20;
constexpr KeySet kCounter = {"ctr:", 1};
constexpr std::int64_t kLongTtlMs = std::int64_t{24} * 60 * 60 * 1000;  // longer than any run

inline std::span<const Case> all_cases() {
    static constexpr Case cases[] = {
        {"get", Verb::get, false, false, true},
        {"set", Verb::set, false, false, true},
        {"set_fast + flush", Verb::set_fast, false, false, false},
        {"mget of 100", Verb::get_many, false, false, false},
        {"mset of 100", Verb::set_many, false, false, false},
        {"increment one key", Verb::increment, false, false, false},
        {"exists", Verb::exists, false, false, false},
        {"delete + set", Verb::delete_and_set, false, false, false},
        {"get, no such key", Verb::get_absent, false, false, false},
        {"get int64", Verb::get_number, false, false, false},
        {"set int64", Verb::set_number, false, false, false},
        {"get with a TTL", Verb::get_ending, false, false, false},
        {"set with a TTL", Verb::set_ending, false, false, false},
        {"connect + disconnect", Verb::connect, false, false, false},
        {"get 1 MiB", Verb::get_large, false, false, false},
        {"borrow + return 1 MiB", Verb::borrow_large, false, false, false},
        {"set 1 MiB", Verb::set_large, false, false, false},
        {"get", Verb::get, true, false, true},
        {"90% get, 10% set", Verb::mixed, true, false, false},
        {"increment one key", Verb::increment, true, false, false},
        {"get", Verb::get, false, true, true},
        {"set", Verb::set, false, true, true},
    };
    return cases;
}

// What the user chose.
struct Load {
    std::uint64_t seconds;
    std::uint64_t processes;
    std::uint32_t keys;
    std::size_t value_bytes;
};

inline bool is_large(Verb verb) {
    return verb == Verb::get_large || verb == Verb::borrow_large || verb == Verb::set_large;
}

}  // namespace latzero::cli::bench

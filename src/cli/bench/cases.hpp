// What `latzero bench` measures: one row of its table each.
#pragma once

#include "bench/accesses.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace latzero::cli::bench {

enum class Verb {
    Get,
    Set,
    SetFast,
    GetMany,
    SetMany,
    Increment,
    Exists,
    DeleteAndSet,
    Connect,
    GetLarge,
    BorrowLarge,
    SetLarge,
    Mixed
};

struct Case {
    const char *name;
    Verb verb;
    bool together;   // by all processes at once, else by one
    bool encrypted;  // in the encrypted pool, else in the plain one
    bool has_latency;
};

constexpr size_t batch = 100;  // keys of an mget or mset, values from one flush to the next
constexpr uint32_t large_values = 16;
constexpr size_t large_bytes = size_t{1} << 20;
constexpr KeySet counter = {"ctr:", 1};

inline std::span<const Case> all_cases() {
    static constexpr Case cases[] = {
        {"get", Verb::Get, false, false, true},
        {"set", Verb::Set, false, false, true},
        {"set_fast + flush", Verb::SetFast, false, false, false},
        {"mget of 100", Verb::GetMany, false, false, false},
        {"mset of 100", Verb::SetMany, false, false, false},
        {"increment one key", Verb::Increment, false, false, false},
        {"exists", Verb::Exists, false, false, false},
        {"delete + set", Verb::DeleteAndSet, false, false, false},
        {"connect + disconnect", Verb::Connect, false, false, false},
        {"get 1 MiB", Verb::GetLarge, false, false, false},
        {"borrow + return 1 MiB", Verb::BorrowLarge, false, false, false},
        {"set 1 MiB", Verb::SetLarge, false, false, false},
        {"get", Verb::Get, true, false, true},
        {"90% get, 10% set", Verb::Mixed, true, false, false},
        {"increment one key", Verb::Increment, true, false, false},
        {"get", Verb::Get, false, true, true},
        {"set", Verb::Set, false, true, true},
    };
    return cases;
}

// What the user chose.
struct Load {
    uint64_t seconds;
    uint64_t processes;
    uint32_t keys;
    size_t value_bytes;
};

inline bool is_large(Verb verb) {
    return verb == Verb::GetLarge || verb == Verb::BorrowLarge || verb == Verb::SetLarge;
}

}  // namespace latzero::cli::bench

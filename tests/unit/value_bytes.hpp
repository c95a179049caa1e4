// What the tests of values share: bytes to make them of, and the fault that must be found.
#pragma once

#include <cstring>
#include <string>

#include "unit_test.hpp"
#include "value/fault.hpp"

namespace latzero::test {

inline std::string repeat(const std::string &piece, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; i++) all += piece;
    return all;
}

template <typename Scalar>
std::string raw(Scalar value) {
    return {reinterpret_cast<const char *>(&value), sizeof value};
}

// At that byte, in a sentence with these words. `of`: what has the fault.
inline void assert_fault(const value::Fault &fault, std::uint64_t at, const char *why, const std::string &of = {}) {
    assert_non_null(fault.why);
    if (fault.at != at || std::strstr(fault.why, why) == nullptr)
        print_error("%s: %s at byte %llu, expected %s at byte %llu\n", of.c_str(), fault.why,
                    static_cast<unsigned long long>(fault.at), why, static_cast<unsigned long long>(at));
    assert_non_null(std::strstr(fault.why, why));
    assert_int_equal(fault.at, at);
}

}  // namespace latzero::test

// What the fuzzers share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// libFuzzer calls this with one input after another. A finding is whatever ends the process.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

inline void require(bool holds) {
    if (!holds) __builtin_trap();
}

inline std::string_view text_of(const std::uint8_t *data, std::size_t size) {
    return {reinterpret_cast<const char *>(data), size};
}

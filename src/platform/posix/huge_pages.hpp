// Huge pages of shared memory on Linux. Once an object has one, each mapping that begins at a multiple of its size has
// it from the first access on: read-only mappings too, and whatever the system's settings for shared memory are.
#pragma once

#include <cstdint>

#include "platform/memory_object.hpp"

namespace latzero::platform {

// Address space of so many bytes, in whole pages, at a multiple of kHugePage: to be mapped over, or unmapped. nullptr
// if the system has none left.
void *take_aligned_space(std::uint64_t bytes);

// Puts the pages at `at`, and what is missing there, into one huge page. False if the system does not. At least one
// page must be there.
bool collapse(std::byte *at);

}  // namespace latzero::platform

#include "value/wiped.hpp"

#include <cstdlib>

#include "platform/heap.hpp"

namespace latzero::value {

constinit std::atomic<bool> secrets_noted{false};

void free_wiped(void *memory) noexcept {
    if (has_secrets() && memory != nullptr) wipe(memory, platform::usable_size(memory));
    std::free(memory);
}

// A long one may have been short before, and have left something where short ones lie: so it becomes short again.
void Bytes::wipe_itself() noexcept {
    clear();
    shrink_to_fit();
    wipe(data(), capacity() + 1);
}

}  // namespace latzero::value

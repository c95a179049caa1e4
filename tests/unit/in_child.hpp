// Part of a test in a forked child: what it inherits, or does to its own memory, is what is tested.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include "../support/process/child.h"

namespace latzero::test {

// Whether `work` gives true in a child, which ends then, whatever else the process would do at its end.
template <typename Work>
bool in_child(Work work) {
    constexpr int kLimitMs = 20'000;
    // Not _exit(), where a sanitizer looks for the threads that stayed with the parent.
    const auto body = [](void *its) { syscall(SYS_exit_group, (*static_cast<Work *>(its))() ? 0 : 1); };
    child_process child;
    return start_forked(&child, body, &work) == 0 && end_of_child(&child, kLimitMs) == 0;
}

}  // namespace latzero::test

// Where exceptions end: what is thrown inside becomes a status.
#pragma once

#include <new>

#include "base/last_error.hpp"
#include "base/status.hpp"

namespace latzero {

template <typename Work>
Status caught(Work work) noexcept {
    try {
        return work();
    } catch (const std::bad_alloc &) {
        return fail(Status::no_memory, "this process is out of memory: free some and try again");
    } catch (...) {
        return fail(Status::io, "an unexpected failure inside the library");
    }
}

}  // namespace latzero

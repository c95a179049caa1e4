// The sentence behind latzero_last_error(): notes per thread, of the last failure.
//
// A failure inside a call need not be the call's: what is not there may be made, a buffer may be had larger. So the
// last note is the caller's only once the call has failed (keep_last_error()), and a call that succeeds leaves the
// caller's note as it was, without having to touch it.
//
// Failures that are ordinary results (a missing key) must cost next to nothing, so the note keeps the parts and the
// sentence is put together when it is asked for. The note is plain memory: no thread-exit destructor, so the library
// can be unloaded while threads that once failed live on.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.hpp"

namespace latzero {

// Notes a finished sentence and returns the status, so that `return fail(...)` is one step.
[[gnu::format(printf, 2, 3)]] Status fail(Status status, const char *format, ...);

// Notes a failure on a key of a pool. `needed` and `given` are sizes, where the status speaks of sizes.
Status fail_on_key(Status status, std::string_view pool, std::string_view key, std::uint64_t needed = 0,
                   std::uint64_t given = 0);

// Notes a failure on a whole pool whose cause needs no more words than its status.
Status fail_on_pool(Status status, std::string_view pool);

// Puts "pool '...': " before a sentence that was noted where nobody knew the pool's name. Returns the status; ok is
// passed on.
Status about_pool(Status status, std::string_view pool);

// The sentence of this thread's last failure; "" before the first. Valid until the next failure of this thread.
const char *last_error();

// For the border, when a call fails: the last note becomes the caller's, which kept_error() then tells.
void keep_last_error();
const char *kept_error();

// For a call of many parts that goes on after a failure which it has kept: what came later is not told.
void drop_last_error();

}  // namespace latzero

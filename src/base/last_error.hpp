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

// Notes a finished sentence and returns the status, so that `return fail(...)` is one step. What is no printable text
// in it is escaped. Names go in as Shown(name).text() (printable.hpp), which has a bound.
[[gnu::format(printf, 2, 3)]] Status fail(Status status, const char *format, ...);

// Notes a failure on a key of a pool. `needed` and `given` are sizes, where the status speaks of sizes; of an overflow
// `needed` is kOfDoubles where the sum is one.
inline constexpr std::uint64_t kOfDoubles = 1;
Status fail_on_key(Status status, std::string_view pool, std::string_view key, std::uint64_t needed = 0,
                   std::uint64_t given = 0);

// Notes that a key is absent, and that the call has failed by it: fail_on_key() and keep_last_error() in one, at what a
// copy of the names costs.
void note_absent(std::string_view pool, std::string_view key);

// What a key holds, what the call needs ("a string", "an int64"), and what helps. Of static life.
struct TypeClash {
    const char *met, *wanted, *cure;
};

// Notes that a key's value has another type.
Status fail_on_type(std::string_view pool, std::string_view key, const TypeClash &clash);

// Notes a failure on a whole pool whose cause needs no more words than its status.
Status fail_on_pool(Status status, std::string_view pool);

// Whom this thread has waited for in vain, as far as that is known; 0: nobody. The next timeout that is told names the
// process.
void note_holder(std::uint32_t process);

// Put "pool '...': ", or "pool '...', key '...': ", before a sentence that was noted where nobody knew these names;
// what names its pool already stays as it is. Return the status; ok is passed on.
Status about_pool(Status status, std::string_view pool);
Status about_key(Status status, std::string_view pool, std::string_view key);

// The sentence of this thread's last failure; "" before the first. Valid until the next failure of this thread.
const char *last_error();

// For the border, when a call fails: the last note becomes the caller's, which kept_error() then tells.
void keep_last_error();
const char *kept_error();

// For the log, behind a failure and before keep_last_error(): what the last note has of its parts. Valid until the next
// failure. The key is "" if the sentence knows it by its text alone; the sentence is "" if it may have a key in it.
struct Noted {
    std::string_view key;
    bool key_is_cut;
    std::uint32_t holder;  // as note_holder() was told; of a timeout
    bool in_own_words;     // by fail(), and not by what its status says
    const char *sentence;
};
Noted last_noted(Status status);

// For a call of many parts that goes on after a failure which it has kept: what came later is not told.
void drop_last_error();

}  // namespace latzero

// Values made smaller, by zstd: one frame each, which names its size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "value/wiped.hpp"

// zstd's own names, so that its header stays out of this one.
struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace latzero::value {

// Whether so few bytes can inflate to so many at all. To be asked before room is made for what a record claims.
bool plausible(std::uint64_t stored, std::uint64_t raw_size);

// Compresses and inflates for one connection. Threads: any, at once.
//
// zstd works in a context, which costs more to make than a small value to compress. So idle ones are kept on a shelf,
// at most kKept of each kind; while calls run there is one for each. A context has a bound too, however large the
// values: compressing at level 1 takes under 600 KiB, inflating in one piece needs no window beside the context's 100
// KiB. So an idle connection holds under 3 MiB.
//
// A context holds pieces of what it worked on. Where there are secrets it lies in memory for them.
class Compressor {
public:
    static constexpr unsigned kKept = 4;

    Compressor() = default;
    Compressor(const Compressor &) = delete;
    Compressor &operator=(const Compressor &) = delete;

    // true if that makes it smaller by a 16th at least: what saves less does not pay for inflating it at each read.
    // `out` is of no use otherwise.
    bool compress(std::string_view raw, Bytes &out);

    // false unless `stored` is one sound frame of exactly `raw_size` bytes; `out` is of no use then.
    bool inflate(std::string_view stored, std::uint64_t raw_size, Bytes &out);
    bool inflate(std::string_view stored, char *out, std::size_t raw_size);

private:
    // Frees what zstd made itself. A context in memory for secrets goes with that: a forked child, which finds it
    // wiped, does not look at it any more.
    struct Freer {
        SecretBytes room;

        void operator()(ZSTD_CCtx_s *context) const;
        void operator()(ZSTD_DCtx_s *context) const;
    };
    template <typename Context>
    using Held = std::unique_ptr<Context, Freer>;

    // Idle contexts. Guarded by mutex_.
    template <typename Context>
    struct Shelf {
        Held<Context> contexts[kKept];
        unsigned count = 0;
    };
    template <typename Context>
    class Loan;

    bool decompress(std::string_view frame, char *out, std::size_t raw_size);

    std::mutex mutex_;
    Shelf<ZSTD_CCtx_s> compressing_;
    Shelf<ZSTD_DCtx_s> inflating_;
};

}  // namespace latzero::value

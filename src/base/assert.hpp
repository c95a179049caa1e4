// Assertions of what this library itself knows: the order of its own steps, the locks that it holds, its private data.
// One that does not hold is a fault of the library; it is told on standard error, and the process ends.
//
// Never of what others can write in shared memory, nor of a caller's arguments: those are checked, and refused. On
// unless NDEBUG is defined, as in release builds. Off, they leave no code, and their conditions are compiled but not
// evaluated.
#pragma once

namespace latzero {

[[noreturn, gnu::cold]] void assertion_failed(const char *file, int line, const char *condition) noexcept;

}  // namespace latzero

#if defined(NDEBUG)
#define LATZERO_ASSERT(condition) static_cast<void>(noexcept(!(condition)))
// Where the compiler makes better code by what is known.
#define LATZERO_ASSUME(condition) ((condition) ? static_cast<void>(0) : __builtin_unreachable())
#else
#define LATZERO_ASSERT(condition) \
    ((condition) ? static_cast<void>(0) : ::latzero::assertion_failed(__FILE__, __LINE__, #condition))
#define LATZERO_ASSUME(condition) LATZERO_ASSERT(condition)
#endif

namespace latzero {

// What only assertions read: for instance how far a sequence of steps has come. No code and no room without them, as a
// [[no_unique_address]] member.
template <typename T>
class Tracked {
public:
#if defined(NDEBUG)
    constexpr Tracked() = default;
    constexpr explicit Tracked(const T &) {}
    constexpr void set(const T &) const {}
    const T &get() const;  // in assertions alone
#else
    constexpr Tracked() = default;
    constexpr explicit Tracked(const T &value) : value_(value) {}
    constexpr void set(const T &value) const { value_ = value; }
    constexpr const T &get() const { return value_; }

private:
    mutable T value_ = {};
#endif
};

}  // namespace latzero

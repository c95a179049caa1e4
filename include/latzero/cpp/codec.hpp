// How C++ types become stored values, and the reverse. A program may add its own: a specialisation of latzero::Codec.
#pragma once

#include <latzero/cpp/error.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace latzero {

static_assert(std::endian::native == std::endian::little, "numbers are stored as they lie in memory");

// A latzero type by its name.
enum class Type : std::uint32_t {
    null = LATZERO_TYPE_NULL,
    boolean = LATZERO_TYPE_BOOL,
    int64 = LATZERO_TYPE_INT64,
    float64 = LATZERO_TYPE_DOUBLE,
    string = LATZERO_TYPE_STRING,
    bytes = LATZERO_TYPE_BYTES,
    list = LATZERO_TYPE_LIST,
    tuple = LATZERO_TYPE_TUPLE,
    dict = LATZERO_TYPE_DICT,
    opaque = LATZERO_TYPE_OPAQUE
};

// "null", "bool", "int64", "double", "string", "bytes", "list", "tuple", "dict" or "opaque"; "unknown" for no type.
constexpr const char *name_of(Type type) noexcept {
    constexpr std::array names{"null", "bool", "int64", "double", "string", "bytes", "list", "tuple", "dict", "opaque"};
    const auto at = static_cast<std::size_t>(type);
    return at < names.size() ? names[at] : "unknown";
}

// A value of any type in memory of somebody else's, in the form of latzero_set(): what a type's comment in latzero.h
// says. May be stored as it is.
struct ValueView {
    Type type = Type::null;
    std::span<const std::byte> bytes;
    std::uint32_t tag = 0;  // of opaque values

    std::size_t size() const noexcept { return bytes.size(); }
    // The bytes as text, whatever the type.
    std::string_view text() const noexcept { return {reinterpret_cast<const char *>(bytes.data()), bytes.size()}; }
    // The value as a T. Throws Error: TYPE_MISMATCH, OVERFLOW, UNSUPPORTED.
    template <typename T>
    T as() const;
};

// Codec<T>::encode(const T &) gives something that converts to ValueView, and may refer to the T.
// Codec<T>::decode(ValueView) gives a T that does not refer to the view; throws Error about "the value", without its
// key: that is added.
template <typename T>
struct Codec {};

// What set() takes, and what get() gives.
template <typename T>
concept Storable = requires(const T &value) {
    { Codec<T>::encode(value) } -> std::convertible_to<ValueView>;
};
template <typename T>
concept Readable = requires(ValueView view) {
    { Codec<T>::decode(view) } -> std::same_as<T>;
};

template <typename T>
T ValueView::as() const {
    static_assert(Readable<T>,
                  "latzero reads bool, integers, double, float, std::string, vectors of bytes, latzero::Value, "
                  "with <latzero/json.hpp> nlohmann::json, and what has a latzero::Codec");
    return Codec<T>::decode(*this);
}

namespace detail {

template <typename T, typename... Others>
concept OneOf = (std::same_as<T, Others> || ...);

template <typename T>
concept Integer = std::integral<T> && !OneOf<std::remove_cv_t<T>, bool, char, wchar_t, char8_t, char16_t, char32_t>;
template <typename T>
concept Floating = OneOf<T, float, double>;
template <typename T>
concept ByteLike = OneOf<T, std::byte, char, unsigned char>;
// What a value may be read into without a detour.
template <typename T>
struct IsBuffer : std::bool_constant<std::same_as<T, std::string>> {};
template <ByteLike Byte>
struct IsBuffer<std::vector<Byte>> : std::true_type {};
template <typename T>
concept Buffer = IsBuffer<T>::value;
template <Buffer T>
inline constexpr Type type_of_buffer = std::same_as<T, std::string> ? Type::string : Type::bytes;

template <typename T>
concept Text = !Buffer<T> && !std::same_as<T, std::nullptr_t> && std::convertible_to<const T &, std::string_view>;
template <typename T>
concept ByteRange = !Buffer<T> && !Text<T> && std::ranges::contiguous_range<const T> &&
                    std::ranges::sized_range<const T> && ByteLike<std::ranges::range_value_t<const T>>;

template <typename T>
std::span<const std::byte> bytes_of(const T *first, std::size_t size) noexcept {
    return {reinterpret_cast<const std::byte *>(first), size};
}

inline void expect(Type found, Type wanted) {
    if (found != wanted) [[unlikely]]
        throw Error(Status::type_mismatch, std::string("the value has type ") + name_of(found) + ", not " +
                                               name_of(wanted) + ": read it as that, or as latzero::Value");
}

template <typename T>
[[noreturn]] void throw_range(T number, const char *cure) {
    throw Error(Status::overflow, "the number " + std::to_string(number) + cure);
}

// What fits in an int64, or Error: OVERFLOW.
template <Integer T>
constexpr std::int64_t to_int64(T number) {
    if (!std::in_range<std::int64_t>(number)) throw_range(number, " does not fit in 64 signed bits");
    return static_cast<std::int64_t>(number);
}

// A null, bool or number with the memory that its view needs.
class Scalar {
public:
    Scalar() = default;
    Scalar(Type type, const void *from, std::size_t size) : type_(type), size_(size) {
        std::memcpy(memory_.data(), from, size);
    }
    operator ValueView() const noexcept { return {type_, std::span(memory_).first(size_)}; }

private:
    Type type_ = Type::null;
    std::size_t size_ = 0;
    std::array<std::byte, 8> memory_ = {};
};

template <typename T>
T decode_scalar(ValueView view, Type wanted) {
    expect(view.type, wanted);
    if (view.size() != sizeof(T)) throw Error(Status::corrupt, "the value has an impossible size");
    T value;
    std::memcpy(&value, view.bytes.data(), sizeof value);
    return value;
}

}  // namespace detail

template <>
struct Codec<std::nullptr_t> {
    static detail::Scalar encode(std::nullptr_t) { return {}; }
};

template <>
struct Codec<bool> {
    static detail::Scalar encode(bool value) {
        const unsigned char byte = value ? 1 : 0;
        return {Type::boolean, &byte, 1};
    }
    static bool decode(ValueView view) { return detail::decode_scalar<unsigned char>(view, Type::boolean) != 0; }
};

// Integers of any width are int64; what does not fit throws OVERFLOW, either way.
template <detail::Integer T>
struct Codec<T> {
    static detail::Scalar encode(T value) {
        const std::int64_t number = detail::to_int64(value);
        return {Type::int64, &number, sizeof number};
    }
    static T decode(ValueView view) { return narrow(detail::decode_scalar<std::int64_t>(view, Type::int64)); }
    static T narrow(std::int64_t number) {
        if (!std::in_range<T>(number))
            detail::throw_range(number, " does not fit in the integer asked for: read it as std::int64_t");
        return static_cast<T>(number);
    }
};

// Both are stored as double. A double that is read as a float is rounded; one that is too large throws OVERFLOW.
template <detail::Floating T>
struct Codec<T> {
    static detail::Scalar encode(T value) {
        const auto number = static_cast<double>(value);
        return {Type::float64, &number, sizeof number};
    }
    static T decode(ValueView view) {
        const auto number = detail::decode_scalar<double>(view, Type::float64);
        if constexpr (std::same_as<T, float>)
            if (std::isfinite(number) && std::abs(number) > std::numeric_limits<float>::max())
                detail::throw_range(number, " does not fit in a float: read it as double");
        return static_cast<T>(number);
    }
};

// Text in UTF-8, and vectors of bytes.
template <detail::Buffer T>
struct Codec<T> {
    static ValueView encode(const T &value) {
        return {detail::type_of_buffer<T>, detail::bytes_of(value.data(), value.size())};
    }
    static T decode(ValueView view) {
        detail::expect(view.type, detail::type_of_buffer<T>);
        const auto *first = reinterpret_cast<const typename T::value_type *>(view.bytes.data());
        return T(first, first + view.size());
    }
};

// Whatever else converts to std::string_view.
template <detail::Text T>
struct Codec<T> {
    static ValueView encode(const T &value) {
        const std::string_view text = value;
        return {Type::string, detail::bytes_of(text.data(), text.size())};
    }
};

// Other arrays and spans of std::byte, char or unsigned char.
template <detail::ByteRange T>
struct Codec<T> {
    static ValueView encode(const T &value) {
        return {Type::bytes, detail::bytes_of(std::ranges::data(value), std::ranges::size(value))};
    }
};

template <>
struct Codec<ValueView> {
    static ValueView encode(ValueView value) { return value; }
};

}  // namespace latzero

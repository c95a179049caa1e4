// A value of any type, with its memory.
#pragma once

#include <latzero/cpp/codec.hpp>
#include <latzero/cpp/options.hpp>

#include <chrono>
#include <variant>

namespace latzero {

using Bytes = std::vector<std::byte>;

// A list, tuple or dict as one MessagePack value.
struct Packed {
    Type type = Type::list;
    Bytes msgpack;

    bool operator==(const Packed &) const = default;
};

// Bytes of the caller's own kind; the tag tells which.
struct Opaque {
    std::uint32_t tag = 0;
    Bytes bytes;

    bool operator==(const Opaque &) const = default;
};

class Value {
public:
    using Variant = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Bytes, Packed, Opaque>;

    // Null.
    Value() noexcept : variant_(nullptr) {}
    Value(std::string &&text) noexcept : variant_(std::move(text)) {}
    Value(Bytes &&bytes) noexcept : variant_(std::move(bytes)) {}
    Value(Packed packed) noexcept : variant_(std::move(packed)) {}
    Value(Opaque opaque) noexcept : variant_(std::move(opaque)) {}
    Value(ValueView view) : variant_(copy(view)) {}
    // What set() takes. Throws Error: OVERFLOW for an integer beyond int64.
    template <typename T>
    requires(!detail::OneOf<T, Value, Packed, Opaque, ValueView> && Storable<T>) Value(const T &value)
        : Value(static_cast<ValueView>(Codec<T>::encode(value))) {}

    Type type() const noexcept { return view().type; }
    bool is_null() const noexcept { return type() == Type::null; }

    // The value as what get() gives, copied. Throws Error: TYPE_MISMATCH, OVERFLOW, UNSUPPORTED.
    template <Readable T>
    T as() const {
        return view().template as<T>();
    }
    // The value itself if it is of that alternative of Variant, else nullptr.
    template <typename T>
    const T *get_if() const noexcept {
        return std::get_if<T>(&variant_);
    }
    template <typename T>
    T *get_if() noexcept {
        return std::get_if<T>(&variant_);
    }
    // For std::visit().
    const Variant &variant() const noexcept { return variant_; }
    Variant &variant() noexcept { return variant_; }

    // Its bytes as they are stored; ends with the value or its next change.
    ValueView view() const noexcept { return std::visit(Viewer{}, variant_); }

    bool operator==(const Value &) const = default;

private:
    struct Viewer {
        ValueView operator()(std::nullptr_t) const noexcept { return {}; }
        ValueView operator()(const bool &value) const noexcept {
            return {Type::boolean, detail::bytes_of(&value, sizeof value)};
        }
        ValueView operator()(const std::int64_t &value) const noexcept {
            return {Type::int64, detail::bytes_of(&value, sizeof value)};
        }
        ValueView operator()(const double &value) const noexcept {
            return {Type::float64, detail::bytes_of(&value, sizeof value)};
        }
        ValueView operator()(const std::string &text) const noexcept {
            return {Type::string, detail::bytes_of(text.data(), text.size())};
        }
        ValueView operator()(const Bytes &bytes) const noexcept { return {Type::bytes, bytes}; }
        ValueView operator()(const Packed &packed) const noexcept { return {packed.type, packed.msgpack}; }
        ValueView operator()(const Opaque &opaque) const noexcept { return {Type::opaque, opaque.bytes, opaque.tag}; }
    };
    static_assert(sizeof(bool) == 1);

    static Variant copy(ValueView view) {
        switch (view.type) {
        case Type::null: return nullptr;
        case Type::boolean: return view.as<bool>();
        case Type::int64: return view.as<std::int64_t>();
        case Type::float64: return view.as<double>();
        case Type::string: return view.as<std::string>();
        case Type::bytes: return view.as<Bytes>();
        case Type::list:
        case Type::tuple:
        case Type::dict: return Packed{view.type, Bytes(view.bytes.begin(), view.bytes.end())};
        case Type::opaque: return Opaque{view.tag, Bytes(view.bytes.begin(), view.bytes.end())};
        }
        throw Error(Status::unsupported, "the value has a type that this header does not know: use a newer one");
    }

    Variant variant_;
};

template <>
struct Codec<Value> {
    static ValueView encode(const Value &value) noexcept { return value.view(); }
    static Value decode(ValueView view) { return Value(view); }
};

template <>
struct Codec<Packed> {
    static ValueView encode(const Packed &value) noexcept { return {value.type, value.msgpack}; }
    // Throws TYPE_MISMATCH unless it is a list, tuple or dict.
    static Packed decode(ValueView view) {
        if (view.type != Type::tuple && view.type != Type::dict) detail::expect(view.type, Type::list);
        return {view.type, Bytes(view.bytes.begin(), view.bytes.end())};
    }
};

template <>
struct Codec<Opaque> {
    static ValueView encode(const Opaque &value) noexcept { return {Type::opaque, value.bytes, value.tag}; }
    static Opaque decode(ValueView view) {
        detail::expect(view.type, Type::opaque);
        return {view.tag, Bytes(view.bytes.begin(), view.bytes.end())};
    }
};

// What is known of a value beside its bytes.
struct ValueInfo {
    Type type = Type::null;
    std::uint32_t tag = 0;      // of opaque values
    std::uint64_t size = 0;     // in bytes
    std::uint64_t version = 0;  // 0 of one that set_fast() holds back
    std::chrono::milliseconds ttl = forever;
    bool compressed = false;
};

// A value with the version that it had, for Client::compare_and_set(), and what was left of its life.
template <typename T>
struct Versioned {
    T value;
    std::uint64_t version;
    std::chrono::milliseconds ttl = forever;
};

}  // namespace latzero

// Structs whose bytes are their value.
#pragma once

#include <latzero/cpp/codec.hpp>

#include <optional>

namespace latzero {

// A Codec for a struct that is stored as it lies in memory: as bytes, or as opaque bytes with a tag that tells it from
// others. Programs that share it must agree on its layout, and what it points to does not come along. One says so of
// each such struct:
//
//     struct Point { double x, y; };
//     template <> struct latzero::Codec<Point> : latzero::PlainStruct<Point, 1> {};
template <typename T, std::uint32_t... Tag>
struct PlainStruct {
    static_assert(sizeof...(Tag) <= 1, "a struct has one tag, or none");

    static ValueView encode(const T &value) noexcept {
        static_assert(std::is_trivially_copyable_v<T>, "only what can be copied byte by byte is stored so");
        return {kind, detail::bytes_of(&value, sizeof value), tag};
    }
    // Throws Error: TYPE_MISMATCH for another type, tag or size.
    static T decode(ValueView view) {
        detail::expect(view.type, kind);
        if (view.tag != tag || view.size() != sizeof(T))
            throw Error(Status::type_mismatch, "the value is another struct: its tag or its size differs");
        T value;
        std::memcpy(&value, view.bytes.data(), sizeof value);
        return value;
    }

private:
    static constexpr Type kind = sizeof...(Tag) == 0 ? Type::bytes : Type::opaque;
    static constexpr std::uint32_t tag = (Tag + ... + 0);
};

}  // namespace latzero

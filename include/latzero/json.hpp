// nlohmann::json as a value of latzero.hpp, which comes with it: arrays are lists, objects dicts, binaries bytes. With
// it come all classes that it knows: std::vector<int>, std::map<std::string, double>, those of
// NLOHMANN_DEFINE_TYPE_INTRUSIVE; and its braces: client.set("user", {{"name", "Alice"}, {"age", 30}}) stores a dict.
#pragma once

#include <latzero/latzero.hpp>

#include <memory>

#include <nlohmann/json.hpp>

namespace latzero {

namespace detail {

// What Client's braces are.
struct Json {
    using Braces = nlohmann::json::initializer_list_t;
    static nlohmann::json of(Braces braces) { return nlohmann::json(braces); }
};

// A json and what its view needs besides.
class EncodedJson {
public:
    explicit EncodedJson(std::unique_ptr<const nlohmann::json> json) : EncodedJson(*json) { owned_ = std::move(json); }
    explicit EncodedJson(const nlohmann::json &json) : json_(&json) {
        using Kind = nlohmann::json::value_t;
        switch (json.type()) {
        case Kind::null:
        case Kind::string:
        case Kind::binary: break;
        case Kind::boolean: scalar_ = Codec<bool>::encode(json.get<bool>()); break;
        case Kind::number_integer: scalar_ = Codec<std::int64_t>::encode(json.get<std::int64_t>()); break;
        case Kind::number_unsigned: scalar_ = Codec<std::uint64_t>::encode(json.get<std::uint64_t>()); break;
        case Kind::number_float: scalar_ = Codec<double>::encode(json.get<double>()); break;
        case Kind::array:
        case Kind::object: packed_ = nlohmann::json::to_msgpack(json); break;
        case Kind::discarded: throw Error(Status::invalid_argument, "the json is what a failed parse left");
        }
    }

    operator ValueView() const {
        if (json_->is_string()) return Codec<std::string>::encode(json_->get_ref<const std::string &>());
        if (json_->is_binary()) {
            const std::vector<std::uint8_t> &bytes = json_->get_binary();
            return {Type::bytes, bytes_of(bytes.data(), bytes.size())};
        }
        if (json_->is_structured())
            return {json_->is_array() ? Type::list : Type::dict, bytes_of(packed_.data(), packed_.size())};
        return scalar_;
    }

private:
    std::unique_ptr<const nlohmann::json> owned_;
    const nlohmann::json *json_;
    Scalar scalar_;
    std::vector<std::uint8_t> packed_;
};

inline nlohmann::json unpack(const std::uint8_t *first, std::size_t size) {
    try {
        return nlohmann::json::from_msgpack(first, first + size);
    } catch (const nlohmann::json::exception &cause) {
        throw Error(Status::unsupported,
                    std::string("the value is no json, read it as latzero::Value: ") + cause.what());
    }
}

// Tuples inside come as an extension that holds an array: that array takes their place.
inline void open_tuples(nlohmann::json &json) {
    if (json.is_binary() && json.get_binary().has_subtype() && json.get_binary().subtype() == LATZERO_MSGPACK_TUPLE) {
        const std::vector<std::uint8_t> array = json.get_binary();
        json = unpack(array.data(), array.size());
    }
    if (!json.is_structured()) return;
    for (nlohmann::json &element : json) open_tuples(element);
}

}  // namespace detail

template <>
struct Codec<nlohmann::json> {
    // Throws Error: OVERFLOW for an integer beyond int64. The view refers to the json.
    static detail::EncodedJson encode(const nlohmann::json &json) { return detail::EncodedJson(json); }
    // Throws Error: UNSUPPORTED for opaque values and dicts with keys that are no strings.
    static nlohmann::json decode(ValueView view) {
        const auto *first = reinterpret_cast<const std::uint8_t *>(view.bytes.data());
        switch (view.type) {
        case Type::null: return nullptr;
        case Type::boolean: return view.as<bool>();
        case Type::int64: return view.as<std::int64_t>();
        case Type::float64: return view.as<double>();
        case Type::string: return view.as<std::string>();
        case Type::bytes: return nlohmann::json::binary(std::vector<std::uint8_t>(first, first + view.size()));
        case Type::list:
        case Type::tuple:
        case Type::dict: break;
        case Type::opaque: throw Error(Status::unsupported, "the value is opaque, no json: read it as latzero::Value");
        }
        nlohmann::json json = detail::unpack(first, view.size());
        detail::open_tuples(json);
        return json;
    }
};

namespace detail {

template <typename T>
concept OtherClass = std::is_class_v<T> && !Buffer<T> && !Text<T> && !ByteRange<T>;
template <typename T>
concept ToJson = OtherClass<T> && std::constructible_from<nlohmann::json, const T &>;
template <typename T>
concept FromJson = OtherClass<T> && requires(const nlohmann::json &json) {
    { json.template get<T>() } -> std::same_as<T>;
};

}  // namespace detail

// Classes that nlohmann::json can be made of, or makes.
template <typename T>
requires detail::ToJson<T> || detail::FromJson<T>
struct Codec<T> {
    static detail::EncodedJson encode(const T &value) requires detail::ToJson<T> {
        return detail::EncodedJson(std::make_unique<const nlohmann::json>(value));
    }
    // Throws Error: TYPE_MISMATCH if the json is of another shape.
    static T decode(ValueView view) requires detail::FromJson<T> {
        const nlohmann::json json = Codec<nlohmann::json>::decode(view);
        try {
            return json.template get<T>();
        } catch (const nlohmann::json::exception &cause) {
            throw Error(Status::type_mismatch, std::string("the value has another shape: ") + cause.what());
        }
    }
};

}  // namespace latzero

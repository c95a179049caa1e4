#include "commands/value_parser.hpp"

#include "failure.hpp"
#include "show/text.hpp"

#include <nlohmann/json.hpp>

#include <bit>
#include <limits>

namespace latzero::cli {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "values are stored little-endian");

namespace {

template <typename Scalar>
TypedValue scalar(std::uint32_t type, Scalar value) {
    return {type, std::string(reinterpret_cast<const char *>(&value), sizeof value)};
}

TypedValue plain(const std::string &text) {
    return {is_utf8(text) ? std::uint32_t{LATZERO_TYPE_STRING} : std::uint32_t{LATZERO_TYPE_BYTES}, text};
}

Failure does_not_fit(const std::string &text) {
    return Failure(ExitCode::wrong_usage, "the number " + printable(text, 60) +
                                              " does not fit in 64 bits; put it in quotation marks to store a string");
}

TypedValue from_number(const json &number, const std::string &text) {
    // The parser turns an integer that is too long into a double, silently losing digits.
    const bool written_as_integer = text.find_first_of(".eE") == std::string::npos;
    if (number.is_number_float()) {
        return written_as_integer ? throw does_not_fit(text) : scalar(LATZERO_TYPE_DOUBLE, number.get<double>());
    }
    if (number.is_number_unsigned() &&
        number.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
        throw does_not_fit(text);
    }
    return scalar(LATZERO_TYPE_INT64, number.get<std::int64_t>());
}

TypedValue from_scalar(const json &value, const std::string &text) {
    switch (value.type()) {
    case json::value_t::null: return {LATZERO_TYPE_NULL, ""};
    case json::value_t::boolean: return scalar(LATZERO_TYPE_BOOL, static_cast<std::uint8_t>(value.get<bool>()));
    case json::value_t::string: return {LATZERO_TYPE_STRING, value.get<std::string>()};
    default: return from_number(value, text);
    }
}

}  // namespace

TypedValue parse_value(const std::string &text) {
    const std::size_t start = text.find_first_not_of(" \t\r\n");
    if (start == std::string::npos) {
        return plain(text);
    }
    if (text[start] == '{' || text[start] == '[') {
        const std::uint32_t type = text[start] == '{' ? LATZERO_TYPE_DICT : LATZERO_TYPE_LIST;
        return json::accept(text) ? TypedValue{type, text, true} : plain(text);
    }
    try {
        return from_scalar(json::parse(text), text);
    } catch (const json::parse_error &) {
        return plain(text);
    } catch (const json::out_of_range &) {
        // The parser meets the number before what may follow it: "1e999" is too large, "1e999th" is a word.
        if (text.find_first_not_of("0123456789+-.eE \t\r\n") == std::string::npos) {
            throw does_not_fit(text);
        }
        return plain(text);
    }
}

}  // namespace latzero::cli

#include "client/encoding.hpp"

#include <utility>

#include "value/json.hpp"
#include "value/msgpack.hpp"

namespace latzero::client {

using namespace store;

Settings settings;

pool::NewValue unencoded(const Given &given) {
    pool::NewValue value{.type = static_cast<std::uint8_t>(given.type)};
    if (is_number(given.type)) value.flags = kHasModified;
    if (given.type == static_cast<std::uint32_t>(value::Type::opaque)) {
        value.flags = kHasDetail;
        value.detail = make_detail(0, given.tag);
    }
    return value;
}

pool::NewValue encode(const Given &given, value::Compressor *compressor, value::Bytes &storage) {
    pool::NewValue fresh = unencoded(given);
    std::string_view bytes = given.bytes;
    unsigned flags = fresh.flags;
    if (given.is_json) flags |= kJsonText;
    const bool is_long = bytes.size() > settings.compress_above.load(std::memory_order_relaxed);
    if (is_long && compressor != nullptr && compressor->compress(bytes, storage)) {
        flags |= kCompressed | kHasDetail;
        fresh.detail = make_detail(bytes.size(), given.tag);
        bytes = storage;
    }
    fresh.flags = static_cast<std::uint8_t>(flags);
    fresh.bytes = bytes.data();
    fresh.size = static_cast<std::uint32_t>(bytes.size());
    set_life(fresh, given.ttl_ms);
    return fresh;
}

bool decode(const ValueInfo &info, std::string_view stored, std::uint64_t largest, value::Compressor &compressor,
            value::Bytes &plain) {
    if (info.flags & kHasFilled) {
        const std::uint32_t head = value::array_header_size(info.elements);
        plain.resize(head);
        value::write_array_header(plain.data(), info.elements);
        plain += stored;
        return true;
    }
    value::Bytes inflated;
    if (info.flags & kCompressed) {
        const auto size = static_cast<std::uint32_t>(info.detail);
        if (size > largest || !compressor.inflate(stored, size, inflated)) return false;
        stored = inflated;
    }
    if (info.flags & kJsonText) {
        value::TypedValue typed;
        if (value::from_json(stored, typed) || typed.type != info.type) return false;
        plain = std::move(typed.bytes);
        return true;
    }
    if (info.flags & kCompressed)
        plain = std::move(inflated);
    else
        plain = stored;
    return true;
}

PlainSize plain_size(const ValueInfo &info, std::uint64_t largest, std::uint64_t &size) {
    size = info.size;
    if (info.flags & kHasFilled) size += value::array_header_size(info.elements);
    if (info.flags & kCompressed) size = static_cast<std::uint32_t>(info.detail);
    // Callers get memory for as much as is said here.
    if (size > largest || (info.flags & kCompressed && !value::plausible(info.size, size)))
        return PlainSize::impossible;
    return info.flags & kJsonText ? PlainSize::unknown : PlainSize::known;
}

}  // namespace latzero::client

// Any bytes as MessagePack: refused, or the same value by whichever way they go round.
#include <string>

#include "fuzz.hpp"
#include "value/json.hpp"
#include "value/msgpack.hpp"

using namespace latzero::value;

static bool same(const TypedValue &a, const TypedValue &b) { return a.type == b.type && a.bytes == b.bytes; }

// One value, to its last byte: not to the one before, and not beyond.
static void has_one_end(std::string_view bytes) {
    require(!!check_msgpack(bytes.substr(0, bytes.size() - 1)));
    require(check_msgpack(std::string(bytes) + "\xc0").at == bytes.size());
}

static void comes_back(const TypedValue &value) {
    require(!check(value.type, value.bytes));
    Bytes msgpack;
    TypedValue back;
    require(to_msgpack(value.type, value.bytes, msgpack));
    require(!from_msgpack(msgpack, back));
    require(back.bytes == value.bytes);
    require(back.type == value.type || (value.type == 7 && back.type == 6));
}

static void is_an_element(std::string_view bytes, const TypedValue &value) {
    Bytes list = "\x91";
    const bool fits = append_element(value.type, value.bytes, list);
    require(fits == !check_msgpack("\x91" + std::string(bytes)));
    if (!fits) return;
    TypedValue back;
    require(!check(6, list));
    require(!from_msgpack(std::string_view(list).substr(1), back));
    require(same(back, value));
}

// Whatever is sound comes out of a list, by its size alone, from before something else.
static void is_taken(std::string_view bytes, const TypedValue &value, bool is_value) {
    if (check_msgpack("\x91" + std::string(bytes))) return;
    Element element;
    const std::string followed = std::string(bytes) + "\xc0";
    require(!take_element(followed, element) && element.size == bytes.size());
    require(is_value ? same(element.value, value) : element.value.type == 9);
    require(is_value || element.value.bytes == bytes.substr(bytes.size() - element.value.bytes.size()));
    std::size_t last = 1;
    require(!find_last_element(followed, 2, last) && last == bytes.size());
}

// The first text may name a key twice; from then on nothing changes.
static void goes_through_json(const TypedValue &value) {
    Bytes first;
    require(!to_json(value.type, value.bytes, first));
    TypedValue parsed;
    Bytes second;
    require(!from_json(first, parsed));
    require(!to_json(parsed.type, parsed.bytes, second));
    TypedValue again;
    require(!from_json(second, again));
    require(same(parsed, again));
}

static void merges(std::string_view map) {
    Bytes once;
    Bytes twice;
    require(merge_dicts(map, "\x80", once));
    require(!check(8, once) && once.size() <= map.size());
    require(merge_dicts(map, map, twice) && twice == once);
    require(merge_dicts(once, map, twice) && twice == once);
    require(merge_dicts("\x80", map, twice) && twice == once);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view bytes = text_of(data, size);
    const Fault fault = check_msgpack(bytes);
    require(fault.at <= size);
    TypedValue value;
    const Fault refused = from_msgpack(bytes, value);
    if (fault) {
        require(refused.at == fault.at && refused.why == fault.why);
        return 0;
    }
    has_one_end(bytes);
    is_taken(bytes, value, !refused);
    if (refused) return 0;
    comes_back(value);
    is_an_element(bytes, value);
    goes_through_json(value);
    if (value.type == 8) merges(bytes);
    return 0;
}

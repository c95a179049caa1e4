#include "options.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <sstream>
#include <stdexcept>

#include "benches.hpp"
#include "workload.hpp"

namespace bench {
namespace {

constexpr const char *kUsage =
    "usage: bench-peers [--bench A,B] [--stores A,B] [--sets A,B] [--cases A,B] [--base STORE] [--rounds N] [--ms N]\n"
    "                   [--server-core N] [--json FILE]";

int to_number(const char *text, int least) {
    int number = 0;
    const char *end = text + std::strlen(text);
    const auto [stop, error] = std::from_chars(text, end, number);
    if (error != std::errc() || stop != end || number < least)
        throw std::invalid_argument(std::string("not a number that fits: ") + text);
    return number;
}

template <typename Known>
void check(const std::string &list, const Known &known) {
    std::istringstream names(list);
    for (std::string one; std::getline(names, one, ',');)
        if (std::none_of(known.begin(), known.end(), [&](const auto &each) { return one == each.name; }))
            throw std::invalid_argument("unknown: " + one);
}

}  // namespace

Options parse(int count, char **arguments) {
    Options options;
    for (int i = 1; i < count; i += 2) {
        const std::string_view name = arguments[i];
        if (i + 1 == count) throw std::invalid_argument(kUsage);
        const char *value = arguments[i + 1];
        if (name == "--rounds")
            options.rounds = static_cast<unsigned>(to_number(value, 1));
        else if (name == "--ms")
            options.milliseconds = static_cast<unsigned>(to_number(value, 1));
        else if (name == "--server-core")
            options.server_core = to_number(value, -1);
        else if (name == "--base")
            options.base = value;
        else if (name == "--json")
            options.json = value;
        else if (name == "--bench")
            options.benches = value;
        else if (name == "--stores")
            options.stores = value;
        else if (name == "--sets")
            options.sets = value;
        else if (name == "--cases")
            options.cases = value;
        else
            throw std::invalid_argument(kUsage);
    }
    check(options.benches, kBenches);
    check(options.sets, kDataSets);
    check(options.cases, kCases);
    return options;
}

bool wanted(const std::string &list, const char *name) {
    std::istringstream names(list);
    for (std::string one; std::getline(names, one, ',');)
        if (one == name) return true;
    return list.empty();
}

}  // namespace bench

// The commands on one key.
#include "commands.hpp"
#include "connection.hpp"
#include "entry.hpp"
#include "value_parser.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace latzero::cli {

void get_key(Arguments &arguments) {
    const Connection connection = connect(arguments, Access::ReadOnly);
    Entry entry;
    check(read_entry(connection, arguments.key, entry));
    std::string shown = arguments.json ? entry_json(entry).dump() : value_text(entry);
    if (arguments.json || !is_raw(entry)) {
        shown += '\n';  // bytes go out as they are, for a file or another program
    }
    std::fwrite(shown.data(), 1, shown.size(), stdout);
}

void set_key(Arguments &arguments) {
    const TypedValue value = parse_value(arguments.value);
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    options.ttl_ms = arguments.ttl_ms;
    const Connection connection = connect(arguments, Access::ReadWrite);
    const std::string &key = arguments.key, &bytes = value.bytes;
    check(
        value.is_json
            ? latzero_set_json(connection.get(), key.data(), key.size(), bytes.data(), bytes.size(), &options)
            : latzero_set(connection.get(), key.data(), key.size(), value.type, bytes.data(), bytes.size(), &options));
}

void delete_key(Arguments &arguments) {
    const Connection connection = connect(arguments, Access::ReadWrite);
    check(latzero_delete(connection.get(), arguments.key.data(), arguments.key.size()));
}

}  // namespace latzero::cli

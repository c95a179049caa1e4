// `latzero get`: the value of a key.
#include "commands/options.hpp"
#include "commands/table.hpp"
#include "show/entry.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace latzero::cli {

namespace {

class Get final : public Command {
public:
    void declare(Options &options) override {
        options.pool(admission_.pool)
            .key(key_)
            .auth_key(admission_.auth_key)
            .key_ceiling(admission_.ceiling)
            .json(json_);
    }

    void run() override {
        const Connection connection = connect(admission_, Access::read_only);
        Entry entry;
        check(read_entry(connection, key_, entry));
        std::string shown = json_ ? entry_json(entry).dump() : value_text(entry);
        if (json_ || !is_raw(entry)) {
            shown += '\n';  // bytes go out as they are, for a file or another program
        }
        std::fwrite(shown.data(), 1, shown.size(), stdout);
    }

private:
    Admission admission_;
    std::string key_;
    bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_get() { return std::make_unique<Get>(); }

}  // namespace latzero::cli

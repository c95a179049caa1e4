// `latzero count`: how many keys match.
#include "commands/options.hpp"
#include "commands/table.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace latzero::cli {

namespace {

class Count final : public Command {
public:
    void declare(Options &options) override {
        options.pool(admission_.pool)
            .optional_text("PATTERN", pattern_, "Keys that match, as in user:*; all keys if it is left out")
            .auth_key(admission_.auth_key)
            .key_ceiling(admission_.ceiling)
            .flag("--prefix", is_prefix_, "Take PATTERN as what keys begin with")
            .json(json_);
    }

    void run() override {
        const Connection connection = connect(admission_, Access::read_only);
        const bool by_prefix = is_prefix_ || pattern_.empty();
        std::uint64_t count = 0;
        check(latzero_size_match(connection.get(), pattern_.data(), pattern_.size(),
                                 by_prefix ? LATZERO_MATCH_PREFIX : 0, &count));
        const std::string shown = json_ ? nlohmann::json({{"count", count}}).dump() : std::to_string(count);
        std::printf("%s\n", shown.c_str());
    }

private:
    Admission admission_;
    std::string pattern_;
    bool is_prefix_ = false;
    bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_count() { return std::make_unique<Count>(); }

}  // namespace latzero::cli

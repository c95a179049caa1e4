// `latzero clear`: a pool without its keys, or without those that match.
#include "commands/consent.hpp"
#include "commands/options.hpp"
#include "commands/table.hpp"
#include "show/text.hpp"

#include <optional>

namespace latzero::cli {

namespace {

class Clear final : public Command {
public:
    void declare(Options &options) override {
        options.pool(admission_.pool)
            .auth_key(admission_.auth_key)
            .key_ceiling(admission_.ceiling)
            .value(
                "--match", "PATTERN", [this](const std::string &text) { pattern_ = text; }, "Only the keys that match")
            .flag("--prefix", is_prefix_, "Take PATTERN as what keys begin with")
            .needs("--match")
            .yes(yes_);
    }

    void run() override {
        const std::string which = !pattern_    ? "all keys"
                                  : is_prefix_ ? "all keys that begin with '" + printable(*pattern_, 80) + "'"
                                               : "all keys that match '" + printable(*pattern_, 80) + "'";
        require_consent(yes_, "clear removes " + which + " of pool '" + printable(admission_.pool, 80) + "'");
        const Connection connection = connect(admission_, Access::read_write);
        if (!pattern_) {
            check(latzero_clear(connection.get()));
            return;
        }
        const std::string_view pattern = *pattern_;
        const std::uint32_t flags = is_prefix_ ? LATZERO_MATCH_PREFIX : 0;
        check(latzero_clear_match(connection.get(), pattern.data(), pattern.size(), flags, nullptr));
    }

private:
    Admission admission_;
    std::optional<std::string> pattern_;
    bool is_prefix_ = false;
    bool yes_ = false;
};

}  // namespace

std::unique_ptr<Command> make_clear() { return std::make_unique<Clear>(); }

}  // namespace latzero::cli

// `latzero clear`: a pool without its keys.
#include "commands/consent.hpp"
#include "commands/options.hpp"
#include "commands/table.hpp"
#include "show/text.hpp"

namespace latzero::cli {

namespace {

class Clear final : public Command {
public:
    void declare(Options &options) override {
        options.pool(admission_.pool).auth_key(admission_.auth_key).key_ceiling(admission_.ceiling).yes(yes_);
    }

    void run() override {
        require_consent(yes_, "clear removes all keys of pool '" + printable(admission_.pool, 80) + "'");
        const Connection connection = connect(admission_, Access::read_write);
        check(latzero_clear(connection.get()));
    }

private:
    Admission admission_;
    bool yes_ = false;
};

}  // namespace

std::unique_ptr<Command> make_clear() { return std::make_unique<Clear>(); }

}  // namespace latzero::cli

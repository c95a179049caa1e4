// `latzero destroy`: the end of a pool.
#include "commands/consent.hpp"
#include "commands/options.hpp"
#include "commands/table.hpp"
#include "show/text.hpp"

namespace latzero::cli {

namespace {

class Destroy final : public Command {
public:
    void declare(Options &options) override { options.pool(pool_).yes(yes_); }

    void run() override {
        require_consent(yes_, "destroy removes pool '" + printable(pool_, 80) + "', whoever is connected");
        check(latzero_pool_destroy(pool_.c_str()));
    }

private:
    std::string pool_;
    bool yes_ = false;
};

}  // namespace

std::unique_ptr<Command> make_destroy() { return std::make_unique<Destroy>(); }

}  // namespace latzero::cli

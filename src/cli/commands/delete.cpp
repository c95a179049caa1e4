// `latzero delete`: a pool without one key.
#include "commands/options.hpp"
#include "commands/table.hpp"

namespace latzero::cli {

namespace {

class Delete final : public Command {
public:
    void declare(Options &options) override {
        options.pool(admission_.pool).key(key_).auth_key(admission_.auth_key).key_ceiling(admission_.ceiling);
    }

    void run() override {
        const Connection connection = connect(admission_, Access::read_write);
        check(latzero_delete(connection.get(), key_.data(), key_.size()));
    }

private:
    Admission admission_;
    std::string key_;
};

}  // namespace

std::unique_ptr<Command> make_delete() { return std::make_unique<Delete>(); }

}  // namespace latzero::cli

// `latzero cleanup`: without the pools that dead processes left behind.
#include "commands/options.hpp"
#include "commands/table.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace latzero::cli {

namespace {

class Cleanup final : public Command {
public:
    void declare(Options &options) override { options.json(json_); }

    void run() override {
        std::size_t removed = 0;
        check(latzero_pool_cleanup(&removed));
        if (json_) {
            std::printf("%s\n", nlohmann::ordered_json{{"removed", removed}}.dump().c_str());
        } else {
            std::printf("removed %zu pool%s\n", removed, removed == 1 ? "" : "s");
        }
    }

private:
    bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_cleanup() { return std::make_unique<Cleanup>(); }

}  // namespace latzero::cli

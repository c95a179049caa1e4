// `latzero demo`: what the library promises, shown with a file of records.
#include "demo/demo.hpp"

#include "commands/options.hpp"
#include "commands/table.hpp"

namespace latzero::cli {

namespace {

class Demo final : public Command {
public:
    void declare(Options &options) override {
        options.optional_text("FILE", file_, "Records with blank lines between them");
    }

    void run() override { demo::run(file_); }

private:
    std::string file_ = "/var/lib/dpkg/status";
};

}  // namespace

std::unique_ptr<Command> make_demo() { return std::make_unique<Demo>(); }

}  // namespace latzero::cli

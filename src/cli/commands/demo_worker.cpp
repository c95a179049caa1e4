// `latzero demo-worker`: a process of the demo, which starts it from this same program. Not for people.
#include "demo/worker.hpp"

#include "commands/options.hpp"
#include "commands/table.hpp"

namespace latzero::cli {

namespace {

class DemoWorker final : public Command {
public:
    void declare(Options &options) override {
        options.text("ROLE", job_.role, "")
            .number("NUMBER", job_.number, "")
            .text("NAME", job_.pool, "")
            .number("PARENT", job_.parent, "")
            .number("CHECKSUM", job_.checksum, "")
            .text("FILE", job_.file, "");
    }

    void run() override { demo::work(job_); }

private:
    demo::Job job_;
};

}  // namespace

std::unique_ptr<Command> make_demo_worker() { return std::make_unique<DemoWorker>(); }

}  // namespace latzero::cli

// `latzero demo-worker`: a process of the demo other than the first.
#include "demo/worker.hpp"

#include "child_process.hpp"
#include "commands.hpp"
#include "failure.hpp"

#include <chrono>
#include <thread>

namespace latzero::cli {

static void work(const Arguments &arguments, const std::string &name) {
    using namespace std::chrono_literals;
    die_with(static_cast<pid_t>(arguments.worker.parent));
    demo::Worker worker(name, arguments.file, arguments.pool);
    if (worker.file.checksum() != arguments.worker.checksum) {
        throw Failure(ExitCode::Other, "'" + arguments.file + "' has changed since the demo began");
    }
    worker.ledger.add(demo::keys::ready, 1);
    while (worker.look() == demo::Stage::Gather) {
        std::this_thread::sleep_for(1ms);
    }
    if (arguments.worker.role == "reader") {
        demo::read_records(worker, arguments.worker.number);
    } else {
        demo::write_records(worker);
    }
}

void run_demo_worker(Arguments &arguments) {
    const std::string name = arguments.worker.role + " " + std::to_string(arguments.worker.number);
    try {
        work(arguments, name);
    } catch (const Failure &failure) {
        throw Failure(failure.code(), name + ": " + failure.what());
    }
}

}  // namespace latzero::cli

#include "demo/worker.hpp"

#include "failure.hpp"
#include "system/this_process.hpp"

#include <chrono>
#include <thread>

namespace latzero::cli::demo {

namespace {

void work_as(const std::string &name, const Job &job) {
    using namespace std::chrono_literals;
    die_with(static_cast<int>(job.parent));
    Worker worker(name, job.file, job.pool);
    if (worker.file.checksum() != job.checksum) {
        throw Failure(ExitCode::other, "'" + job.file + "' has changed since the demo began");
    }
    worker.ledger.add(keys::ready, 1);
    while (worker.look() == Stage::gather) {
        std::this_thread::sleep_for(1ms);
    }
    if (job.role == "reader") {
        read_records(worker, job.number);
    } else if (job.role == "watcher") {
        watch_records(worker, job.pool);
    } else {
        write_records(worker);
    }
}

}  // namespace

void work(const Job &job) {
    const std::string name = job.role + " " + std::to_string(job.number);
    try {
        work_as(name, job);
    } catch (const Failure &failure) {
        throw Failure(failure.code(), name + ": " + failure.what());
    }
}

}  // namespace latzero::cli::demo

#include "demo/values.hpp"
#include "demo/worker.hpp"

namespace latzero::cli::demo {

namespace {

void rewrite(Worker &worker, std::uint64_t write, std::string &bytes) {
    const Record &record = worker.file.records()[worker.schedule.record_of(write)];
    worker.schedule.compose(write, bytes);
    worker.stopwatch.write([&] {
        check(latzero_set(worker.connection.get(), record.key.data(), record.key.size(), record.type, bytes.data(),
                          bytes.size(), nullptr));
        return true;
    });
    // Only now is it acknowledged. A kill between the two leaves one write more than the ledger says; audit() knows.
    worker.stopwatch.write([&] {
        worker.ledger.add(keys::writes, 1);
        return true;
    });
}

}  // namespace

void write_records(Worker &worker) {
    auto write = static_cast<std::uint64_t>(worker.ledger.read(keys::writes));
    audit(worker.connection, worker.file, write, LastWriter::killed);
    std::string bytes;
    while (worker.look() < Stage::finish) {
        for (std::size_t i = 0; i < worker.batch; ++i) {
            rewrite(worker, write++, bytes);
        }
    }
}

}  // namespace latzero::cli::demo

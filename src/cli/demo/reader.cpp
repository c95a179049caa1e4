#include "demo/values.hpp"
#include "demo/worker.hpp"

#include <algorithm>
#include <vector>

namespace latzero::cli::demo {

namespace {

class Reader {
public:
    explicit Reader(Worker &worker)
        : worker_(worker),
          records_(worker.file.records()),
          values_(worker.connection, worker.file),
          newest_(records_.size(), 0) {}

    // Reads records from `next` on, in a circle, until the stage is `count`.
    void verify_until_count(std::size_t next) {
        while (worker_.look() < Stage::count) {
            for (std::size_t i = 0; i < worker_.batch; ++i) {
                verify(next);
                next = next + 1 == records_.size() ? 0 : next + 1;
            }
            add(keys::verified, static_cast<std::int64_t>(worker_.batch));
        }
    }

    void count_sections() {
        for (std::size_t i = 0; i < records_.size(); ++i) {
            verify(i);
            add(keys::section(records_[i].section), 1);
        }
        add(keys::verified, static_cast<std::int64_t>(records_.size()));
    }

private:
    void verify(std::size_t i) {
        const auto bytes = worker_.stopwatch.read([&] { return values_.read(records_[i]); });
        const auto write = worker_.schedule.recognise(i, bytes);
        if (!write) {
            throw damaged(records_[i], "the " + std::to_string(bytes.size()) +
                                           " bytes read are neither those of the file nor a rewrite of them");
        }
        if (*write != 0 && *write < newest_[i]) {
            throw damaged(records_[i], "an older write came back after a newer one was read");
        }
        newest_[i] = std::max(newest_[i], *write);
    }

    void add(const std::string &key, std::int64_t number) {
        worker_.stopwatch.write([&] {
            worker_.ledger.add(key, number);
            return true;
        });
    }

    Worker &worker_;
    const std::vector<Record> &records_;
    ValueReader values_;
    std::vector<std::uint64_t> newest_;  // per record, the newest rewrite that was read
};

}  // namespace

void read_records(Worker &worker, std::size_t number) {
    Reader reader(worker);
    reader.verify_until_count(number % kReaderCount * worker.file.records().size() / kReaderCount);
    reader.count_sections();
    worker.stopwatch.enter(Stage::finish, worker.ledger);
}

}  // namespace latzero::cli::demo

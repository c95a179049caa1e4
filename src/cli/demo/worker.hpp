// What the two kinds of worker have in common: a process of its own, the file as it has read it, a connection.
#pragma once

#include "connection.hpp"
#include "demo/ledger.hpp"
#include "demo/records.hpp"
#include "demo/schedule.hpp"
#include "demo/stopwatch.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

namespace latzero::cli::demo {

constexpr size_t reader_count = 4;

struct Worker {
    Worker(const std::string &name, const std::string &path, const std::string &pool)
        : file(path),
          connection(pool, Access::ReadWrite),
          ledger(connection),
          schedule(file),
          stopwatch(name),
          batch(std::clamp<size_t>((size_t{1} << 20) / (file.bytes() / file.records().size()), 1, 64)) {}

    // Looks at the stage, and starts the stopwatch anew if it has moved on.
    Stage look() {
        const Stage stage = ledger.stage();
        stopwatch.enter(stage, ledger);
        return stage;
    }

    RecordFile file;
    Connection connection;
    Ledger ledger;
    Schedule schedule;
    Stopwatch stopwatch;
    size_t batch;  // calls between two looks at the stage: 64, but not much more than 1 MiB
};

// reader.cpp: compares all records over and over until the stage is Count, counts their sections once, and returns.
// Readers of different numbers start at different records.
void read_records(Worker &worker, size_t number);

// writer.cpp: takes up where the acknowledged writes end, and rewrites until the stage is Finish.
void write_records(Worker &worker);

}  // namespace latzero::cli::demo

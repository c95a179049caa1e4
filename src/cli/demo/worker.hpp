// A process of the demo other than the first: a reader, the writer or the watcher.
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

constexpr std::size_t kReaderCount = 4;

// What the parent hands to a worker, as words on its command line.
struct Job {
    std::string role;          // "reader", "writer" or "watcher"
    std::uint64_t number = 0;  // counts the workers of that role from 1
    std::string pool;
    std::uint64_t parent = 0;    // its process id
    std::uint64_t checksum = 0;  // of the file as the parent has read it
    std::string file;
};

// Does the job until the parent ends the demo. Throws what is wrong, with the worker's name before it.
void work(const Job &job);

// What all roles have: the file as this process has read it, a connection, and a way to look at the stage.
struct Worker {
    Worker(const std::string &name, const std::string &path, const std::string &pool)
        : file(path),
          connection(pool, Access::read_write),
          ledger(connection),
          schedule(file),
          stopwatch(name),
          batch(std::clamp<std::size_t>((std::size_t{1} << 20) / (file.bytes() / file.records().size()), 1, 64)) {}

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
    std::size_t batch;  // calls between two looks at the stage: 64, but not much more than 1 MiB
};

// reader.cpp: compares all records again and again until the stage is `count`, counts their sections once, and returns.
// Readers of different numbers start at different records.
void read_records(Worker &worker, std::size_t number);

// writer.cpp: goes on where the acknowledged writes end, and rewrites until the stage is `finish`.
void write_records(Worker &worker);

// watcher.cpp: keeps a copy of the pool by a watch until the stage is `compare`, and compares the records.
void watch_records(Worker &worker, const std::string &pool);

}  // namespace latzero::cli::demo

#include "demo/values.hpp"
#include "demo/worker.hpp"
#include "show/text.hpp"

#include <latzero/latzero.hpp>

namespace latzero::cli::demo {

namespace {

using Copy = latzero::Mirror<latzero::Value>;

void compare(const Worker &worker, const Copy &copy) {
    ValueReader values(worker.connection, worker.file);
    for (const Record &record : worker.file.records()) {
        const Copy::Entry *const copied = copy.find(record.key);
        if (copied == nullptr || copied->value.view().text() != values.read(record)) {
            throw damaged(record, copied == nullptr ? "the watcher's copy lacks it" : "the watcher's copy differs");
        }
    }
    std::size_t records = 0;
    copy.for_each([&](std::string_view key, const Copy::Entry &) { records += key.find('/') == key.npos; });
    if (records != worker.file.records().size()) {
        throw Failure(ExitCode::other, "the watcher's copy has " + grouped(records) + " records, not " +
                                           grouped(worker.file.records().size()));
    }
}

}  // namespace

void watch_records(Worker &worker, const std::string &pool) {
    using namespace std::chrono_literals;
    const latzero::Client client(pool);
    Copy copy = client.mirror();
    std::uint64_t events = 0;
    while (worker.look() < Stage::compare) {
        events += copy.update(10ms);
    }
    // Nobody has written a record since that stage began.
    while (const std::size_t more = copy.update()) {
        events += more;
    }
    compare(worker, copy);
    worker.ledger.set(keys::events, static_cast<std::int64_t>(events));
    worker.ledger.set(keys::gaps, static_cast<std::int64_t>(copy.gaps()));
}

}  // namespace latzero::cli::demo

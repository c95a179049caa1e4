// What the processes of the demo tell each other: int64 keys in the same pool, told from records by a '/'.
#pragma once

#include "connection.hpp"

#include <cstdint>
#include <string>

namespace latzero::cli::demo {

// The parent moves the stage on; the workers look at it every few dozen calls.
enum class Stage : std::int64_t {
    gather,         // workers start
    verify,         // readers compare, the writer rewrites
    reader_killed,  // the same, and a reader is killed
    writer_killed,  // the same, and the writer is killed; another takes over
    count,          // readers count the sections once and end
    finish,         // the writer ends
    compare         // the watcher compares its copy and ends
};

namespace keys {
inline const std::string current_stage = "demo/stage";
inline const std::string ready = "demo/ready";        // workers that wait for the first stage
inline const std::string writes = "demo/writes";      // acknowledged, by number: see schedule.hpp
inline const std::string verified = "demo/verified";  // records read and found sound, by all readers
inline const std::string events = "demo/events";      // that the watcher was told of
inline const std::string gaps = "demo/gaps";          // stripes that it has read anew, since changes were lost
inline std::string section(const std::string &name) { return "section/" + name; }
// The longest call of one worker in one stage.
inline std::string longest(const std::string &worker, Stage stage, bool write) {
    return "longest/" + worker + "/" + std::to_string(static_cast<std::int64_t>(stage)) + (write ? "/write" : "/read");
}
}  // namespace keys

class Ledger {
public:
    explicit Ledger(const Connection &connection) : client_(connection.get()) {}

    void add(const std::string &key, std::int64_t number) {
        check(latzero_increment(client_, key.data(), key.size(), number, 0, nullptr));
    }
    void set(const std::string &key, std::int64_t number) {
        check(latzero_set_i64(client_, key.data(), key.size(), number, nullptr));
    }
    // 0 for a key that was never written.
    std::int64_t read(const std::string &key) const {
        std::int64_t number = 0;
        const latzero_status status = latzero_get_i64(client_, key.data(), key.size(), &number);
        if (status != LATZERO_NOT_FOUND) {
            check(status);
        }
        return number;
    }
    Stage stage() const { return static_cast<Stage>(read(keys::current_stage)); }
    void enter(Stage stage) { set(keys::current_stage, static_cast<std::int64_t>(stage)); }

private:
    latzero_client *client_;
};

}  // namespace latzero::cli::demo

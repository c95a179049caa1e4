// `latzero watch`: the changes of a pool, a line each, until a signal.
#include "commands/options.hpp"
#include "commands/table.hpp"
#include "show/event.hpp"
#include "show/text.hpp"
#include "system/end_signals.hpp"
#include "system/files.hpp"
#include "system/standard_streams.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdio>
#include <optional>

namespace latzero::cli {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class OpenWatch {
public:
    OpenWatch(const Connection &connection, const latzero_watch_options &options) {
        check(latzero_watch_open(connection.get(), &options, &watch_));
    }
    ~OpenWatch() { latzero_watch_close(watch_); }
    OpenWatch(const OpenWatch &) = delete;
    OpenWatch &operator=(const OpenWatch &) = delete;

    latzero_watch *get() const { return watch_; }

private:
    latzero_watch *watch_ = nullptr;
};

std::optional<latzero_revision> read_revision(const std::string &path) {
    if (file_kind(path) == FileKind::none) {
        return std::nullopt;
    }
    latzero_revision revision;
    const File file = open_file(path);
    if (file == nullptr) {
        throw system_failure("read '" + printable(path, 200) + "'");
    }
    const std::size_t size = std::fread(&revision, 1, sizeof revision, file.get());
    if (size != sizeof revision || std::fgetc(file.get()) != EOF) {
        throw Failure(ExitCode::wrong_usage, "'" + printable(path, 200) + "' holds no revision, which has " +
                                                 std::to_string(sizeof revision) + " bytes: remove it to begin anew");
    }
    return revision;
}

class Watch final : public Command {
public:
    void declare(Options &options) override {
        options.pool(admission_.pool)
            .optional_text("PATTERN", pattern_, "Keys that match, as in user:*")
            .flag("--values", values_, "With the value that the key has by then")
            .flag("--follow", follow_, "Begin with the keys that are there, and walk anew what was lost; with values")
            .flag("--clients", clients_, "Also who connects and disconnects")
            .optional_text("--from", file_, "Resume from the revision in this file, if it is there, and keep it up")
            .auth_key(admission_.auth_key)
            .key_ceiling(admission_.ceiling)
            .json(json_);
    }

    void run() override {
        const Connection connection = connect(admission_, Access::read_write);
        const std::optional<latzero_revision> from = file_.empty() ? std::nullopt : read_revision(file_);
        const OpenWatch watch(connection, options(from));
        const EndSignals end;
        while (!end.arrived_within(0ms)) {
            print_events(watch);
            if (Clock::now() - kept_ >= 1s) {
                keep_revision(watch);
            }
        }
        keep_revision(watch);
    }

private:
    latzero_watch_options options(const std::optional<latzero_revision> &from) const {
        latzero_watch_options options = LATZERO_WATCH_OPTIONS_INIT;
        options.what = LATZERO_WATCH_UPDATES | LATZERO_WATCH_DELETES | LATZERO_WATCH_EXPIRIES |
                       (values_ ? LATZERO_WATCH_VALUES : 0) | (follow_ ? LATZERO_WATCH_FOLLOW : 0) |
                       (clients_ ? LATZERO_WATCH_CLIENTS : 0);
        options.pattern = pattern_.data();
        options.pattern_len = pattern_.size();
        options.from = from ? &*from : nullptr;
        return options;
    }

    // Prints what there is, and waits a moment for the first. Throws once it has told that the pool is destroyed.
    void print_events(const OpenWatch &watch) {
        constexpr int kMostAtOnce = 256;
        for (int count = 0; count < kMostAtOnce; count++) {
            latzero_event event = LATZERO_EVENT_INIT;
            const latzero_status status = latzero_watch_next(watch.get(), count == 0 ? 250 : 0, &event);
            if (status == LATZERO_TIMEOUT) {
                break;
            }
            flush_if_over(status);
            const std::string line = json_ ? event_json(event).dump() : event_text(event);
            std::printf("%s\n", line.c_str());
        }
        flush_output();
    }

    static void flush_if_over(latzero_status status) {
        if (status != LATZERO_OK) {
            flush_output();
        }
        check(status);
    }

    void keep_revision(const OpenWatch &watch) {
        if (file_.empty()) {
            return;
        }
        latzero_revision revision;
        check(latzero_watch_revision(watch.get(), &revision));
        if (!replace_file(file_, &revision, sizeof revision)) {
            throw system_failure("write '" + printable(file_, 200) + "'");
        }
        kept_ = Clock::now();
    }

    Admission admission_;
    std::string pattern_ = "*", file_;
    bool values_ = false, follow_ = false, clients_ = false, json_ = false;
    Clock::time_point kept_ = Clock::now();
};

}  // namespace

std::unique_ptr<Command> make_watch() { return std::make_unique<Watch>(); }

}  // namespace latzero::cli

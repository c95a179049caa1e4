// Where the log goes, and how much of it there is.
#include "guard.hpp"
#include "log/log.hpp"
#include "platform/line_output.hpp"

using namespace latzero;
using namespace latzero::abi;

static_assert(static_cast<int>(log::Level::off) == LATZERO_LOG_OFF);
static_assert(static_cast<int>(log::Level::error) == LATZERO_LOG_ERROR);
static_assert(static_cast<int>(log::Level::warning) == LATZERO_LOG_WARNING);
static_assert(static_cast<int>(log::Level::info) == LATZERO_LOG_INFO);
static_assert(static_cast<int>(log::Level::debug) == LATZERO_LOG_DEBUG);
static_assert(static_cast<int>(log::Format::simple) == LATZERO_LOG_SIMPLE);
static_assert(static_cast<int>(log::Format::json) == LATZERO_LOG_JSON);

namespace {

Status check_settings(const latzero_logging_options &options, log::Settings &checked) {
    if (options.level > LATZERO_LOG_DEBUG)
        return fail(Status::invalid_argument, "there is no log level %u: pass one of LATZERO_LOG_*", options.level);
    if (options.format > LATZERO_LOG_JSON)
        return fail(Status::invalid_argument, "there is no log format %u: pass LATZERO_LOG_SIMPLE or LATZERO_LOG_JSON",
                    options.format);
    if (options.descriptor < -1)
        return fail(Status::invalid_argument, "the log's descriptor is %d: pass one, or -1 for standard error",
                    options.descriptor);
    const bool is_used = options.level != LATZERO_LOG_OFF && options.sink == nullptr;
    if (is_used && options.descriptor != -1 && !platform::takes_lines(options.descriptor))
        return fail(Status::invalid_argument,
                    "the log's descriptor %d is not open for writing: open it first, and keep it open",
                    options.descriptor);
    checked.level = static_cast<log::Level>(options.level);
    checked.format = static_cast<log::Format>(options.format);
    checked.descriptor = options.descriptor == -1 ? log::kStandardError : options.descriptor;
    checked.sink = options.sink;
    checked.user_data = options.user_data;
    return Status::ok;
}

}  // namespace

extern "C" {

latzero_status latzero_configure_logging(const latzero_logging_options *options) {
    return guarded_slow([&]() -> Status {
        log::Settings settings = log::settings_of_environment();
        if (options != nullptr) {
            latzero_logging_options own = LATZERO_LOGGING_OPTIONS_INIT;
            const Status read = read_options("the logging options", options, own);
            if (read != Status::ok) return read;
            const Status checked = check_settings(own, settings);
            if (checked != Status::ok) return checked;
        }
        log::configure(settings);
        return Status::ok;
    });
}
}

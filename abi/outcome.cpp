#include "outcome.hpp"

#include <cstdio>

#include "base/last_error.hpp"
#include "guard.hpp"

namespace latzero::abi {

using log::Level;

namespace {

// A refused argument is the caller's mistake: logged at the debug level alone.
Level level_of(Status status) {
    switch (status) {
    case Status::ok: return Level::info;
    case Status::corrupt:
    case Status::integrity: return Level::error;
    case Status::authentication:
    case Status::memory_full:
    case Status::no_space:
    case Status::timeout:
    case Status::permission:
    case Status::unsupported:
    case Status::version:
    case Status::busy:
    case Status::io:
    case Status::no_memory: return Level::warning;
    default: return Level::debug;
    }
}

// Without the key, which a sentence of latzero_last_error() has.
const char *words_for(Status status) {
    switch (status) {
    case Status::memory_full: return "a write was refused: the pool is at its cap";
    case Status::no_space: return "a write was refused: the system's shared memory has no room";
    case Status::timeout: return "a call gave up: somebody held a lock until its deadline";
    case Status::corrupt: return "the pool holds bytes that make no sense: `latzero fsck` tells more";
    case Status::integrity: return "a sealed record does not verify: somebody has changed it";
    case Status::no_memory: return "a call failed: this process is out of memory";
    case Status::io: return "a call failed: the system refused what it should not";
    default: return "a call failed";
    }
}

// Whether a line about it is due, with words about those that were not.
bool is_due(Status status, const char *words, char *text, std::size_t room) {
    std::uint32_t more = 0;
    if (!log::is_due(log::subject_of(status), more)) return false;
    if (more == 0)
        std::snprintf(text, room, "%s", words);
    else
        std::snprintf(text, room, "%s (and %u times more since the last such line)", words, more);
    return true;
}

}  // namespace

void log_outcome(const Call &call, std::string_view pool, Status status, std::uint64_t began_ns) {
    const Level level = level_of(status);
    if (!log::is_on(level) || (status == Status::ok && call.done == nullptr)) return;
    const char *sentence = status == Status::ok ? call.done : last_noted(status).sentence;
    if (*sentence == 0) sentence = "the call failed";
    char text[1024];
    const bool is_seldom = status == Status::authentication;
    if (is_seldom && !is_due(status, sentence, text, sizeof text)) return;
    log::write({.level = level,
                .logger = call.logger,
                .message = is_seldom ? text : sentence,
                .pool = pool,
                .operation = call.operation,
                .duration_ns = platform::boot_ns() - began_ns,
                .status = status,
                .process = last_noted(status).holder});
}

void log_check(std::string_view pool, std::uint64_t findings, std::uint64_t left) {
    const Level level = left > 0 ? Level::error : findings > 0 ? Level::warning : Level::info;
    char text[120] = "the check found no fault";
    if (findings > 0)
        std::snprintf(text, sizeof text, "the check found %llu faults, of which %llu are left",
                      static_cast<unsigned long long>(findings), static_cast<unsigned long long>(left));
    log::write({.level = level, .logger = log::kOfPools, .message = text, .pool = pool, .operation = "check"});
}

void log_refusal(client::Connection &connection, Status status) {
    const Level level = level_of(status);
    char text[200];
    if (!is_of_interest(status) || !log::is_on(level)) return;
    const Noted noted = last_noted(status);
    // A wait that the caller has asked for, and that is over.
    if (status == Status::timeout && noted.in_own_words) return;
    if (!is_due(status, words_for(status), text, sizeof text)) return;
    log::Event event{.level = level, .logger = log::kOfClients, .message = text, .pool = connection.name()};
    event.status = status;
    event.process = noted.holder;
    if (log::is_on(Level::debug) && !connection.constants().encrypted()) {
        event.key = noted.key;
        event.key_is_cut = noted.key_is_cut;
    }
    log::write(event);
    connection.tell_log();
}

}  // namespace latzero::abi

#include "pool/tell_deeds.hpp"

#include <cstdio>

#include "log/log.hpp"

namespace latzero::pool {

using store::Deed;

namespace {

log::Level level_of(Deed::Kind kind) { return kind == Deed::Kind::grew ? log::Level::info : log::Level::warning; }

void tell(std::string_view pool, const Deed &deed) {
    char text[120];
    log::Event event{.level = level_of(deed.kind), .logger = log::kOfPools, .message = {}, .pool = pool};
    int size = 0;
    switch (deed.kind) {
    case Deed::Kind::recovered:
        size = std::snprintf(text, sizeof text, "recovered a dead client, which held the locks of %llu stripes",
                             static_cast<unsigned long long>(deed.amount));
        event.operation = "recover";
        break;
    case Deed::Kind::grew:
        size = std::snprintf(text, sizeof text, "the pool grew to %llu bytes",
                             static_cast<unsigned long long>(deed.amount));
        event.operation = "grow";
        break;
    case Deed::Kind::waited:
        size = std::snprintf(text, sizeof text, "waited long for a lock");
        event.operation = "wait";
        break;
    }
    event.message = {text, static_cast<std::size_t>(size)};
    if (deed.took_ns != 0) event.duration_ns = deed.took_ns;
    event.process = deed.process;
    event.at_ns = deed.at_ns;
    log::write(event);
}

}  // namespace

void tell_deeds(store::Session &session) {
    store::Deeds::Taken taken;
    session.deeds.take(taken);
    if (!log::is_on(log::Level::warning)) return;
    const std::string_view pool = session.segment.constants().pool_name();
    for (std::size_t at = 0; at < taken.count; at++) tell(pool, taken.deeds[at]);
    if (taken.left_out == 0) return;
    char text[80];
    const int size = std::snprintf(text, sizeof text, "%llu recoveries, growths and long waits more are not listed",
                                   static_cast<unsigned long long>(taken.left_out));
    log::write({.level = log::Level::warning,
                .logger = log::kOfPools,
                .message = {text, static_cast<std::size_t>(size)},
                .pool = pool});
}

}  // namespace latzero::pool

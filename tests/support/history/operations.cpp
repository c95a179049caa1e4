#include "operations.hpp"

#include <cinttypes>
#include <cstdio>

namespace latzero::test {
namespace {

constexpr const char *kVerbs[] = {"get",       "exists",          "ttl",
                                  "set",       "remove",          "add",
                                  "replace",   "compare_and_set", "swap",
                                  "take",      "increment",       "append",
                                  "expire",    "persist",         "compare_and_delete",
                                  "pop_front", "pop_back"};
constexpr const char *kAnswers[] = {"killed", "OK", "NOT_FOUND", "EXISTS", "CONFLICT", "TYPE_MISMATCH"};

std::string describe(const Content &content) {
    char text[64];
    switch (content.kind) {
    case Content::Kind::absent: return "-";
    case Content::Kind::bytes: std::snprintf(text, sizeof text, "bytes %" PRIx64, content.word); break;
    case Content::Kind::number: std::snprintf(text, sizeof text, "number %" PRIu64, content.word); break;
    case Content::Kind::list:
        std::snprintf(text, sizeof text, "list of %u (%" PRIx64 ")", content.length, content.word);
    }
    return text;
}

}  // namespace

std::string describe(const Operation &operation, std::uint64_t zero) {
    char text[320];
    const std::string given = describe(operation.given), found = describe(operation.found);
    std::snprintf(text, sizeof text,
                  "[%8" PRIu64 ", %8" PRIu64 "] process %u key %u: %s given %s, found %s, version %" PRIx64
                  ", ttl %" PRIu64 ": %s",
                  operation.began - zero, operation.is_maybe() ? 0 : operation.ended - zero, operation.process,
                  operation.key, kVerbs[static_cast<unsigned>(operation.verb)], given.c_str(), found.c_str(),
                  operation.version, operation.ttl_ns, kAnswers[static_cast<unsigned>(operation.answer)]);
    return text;
}

}  // namespace latzero::test

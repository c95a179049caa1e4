// `latzero fsck`: whether a pool's memory is sound, and its repair.
#include "commands.hpp"
#include "entry.hpp"
#include "failure.hpp"
#include "progress.hpp"
#include "standard_streams.hpp"
#include "table.hpp"
#include "text.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <exception>
#include <utility>
#include <vector>

namespace latzero::cli {

using nlohmann::ordered_json;

struct Finding {
    uint32_t kind, part;
    int32_t stripe;
    uint64_t offset;
    std::string key, text;
};

struct Check {
    latzero_check_report report = LATZERO_CHECK_REPORT_INIT;
    std::vector<Finding> findings;
    std::exception_ptr failure;  // of the memory for them

    // Called from C, so nothing may be thrown.
    static void keep(const latzero_finding *finding, void *user_data) {
        Check &check = *static_cast<Check *>(user_data);
        try {
            check.findings.push_back({finding->kind, finding->part, finding->stripe, finding->offset,
                                      std::string(finding->key != nullptr ? finding->key : "", finding->key_len),
                                      finding->text});
        } catch (...) {
            check.failure = std::current_exception();
        }
    }
};

static void run_check(Arguments &arguments, Check &made) {
    const AuthKey key = std::move(arguments.auth_key);
    latzero_check_options options = LATZERO_CHECK_OPTIONS_INIT;
    options.flags = arguments.repair ? LATZERO_CHECK_REPAIR : 0;
    options.timeout_ms = arguments.timeout_ms;
    options.auth_key = key.bytes().data();
    options.auth_key_len = key.bytes().size();
    options.kdf_memory_most = arguments.kdf_memory_most;
    options.kdf_work_most = arguments.kdf_work_most;
    options.callback = Check::keep;
    options.user_data = &made;
    const latzero_status status = [&] {
        const Progress progress("checking pool '" + printable(arguments.pool, 80) + "'");
        return latzero_pool_check(arguments.pool.c_str(), &options, &made.report);
    }();
    if (status == LATZERO_CORRUPT || status == LATZERO_VERSION) {
        throw Failure(ExitCode::NotSound, latzero_last_error());
    }
    check(status);
    if (made.failure) {
        std::rethrow_exception(made.failure);
    }
}

static const char *kind_name(uint32_t kind) {
    switch (kind) {
    case LATZERO_FINDING_BROKEN: return "broken";
    case LATZERO_FINDING_DROPPED: return "dropped";
    case LATZERO_FINDING_RECOVERED: return "recovered";
    case LATZERO_FINDING_LEFT: return "left";
    default: return "other";  // of a newer library
    }
}

static const char *part_name(uint32_t part) {
    static constexpr const char *names[] = {"other", "header",  "lock",      "client", "table", "record",
                                            "seal",  "counter", "free_list", "block",  "page"};
    return part < std::size(names) ? names[part] : names[0];
}

static ordered_json check_json(const std::string &pool, const Check &made) {
    const latzero_check_report &report = made.report;
    ordered_json findings = ordered_json::array();
    for (const Finding &finding : made.findings) {
        findings.push_back({{"kind", kind_name(finding.kind)},
                            {"part", part_name(finding.part)},
                            {"stripe", finding.stripe >= 0 ? ordered_json(finding.stripe) : ordered_json()},
                            {"offset", finding.offset > 0 ? ordered_json(finding.offset) : ordered_json()},
                            {"key", finding.key.empty() ? ordered_json() : text_json(finding.key)},
                            {"text", finding.text}});
    }
    return {{"name", text_json(pool)},
            {"sound", report.sound != 0},
            {"structure_only", report.structure_only != 0},
            {"broken", report.findings},
            {"left", report.findings_left},
            {"stripes", report.stripes},
            {"keys", report.keys},
            {"seals", report.seals},
            {"blocks_claimed", report.blocks_claimed},
            {"blocks_live", report.blocks_live},
            {"blocks_free", report.blocks_free},
            {"blocks_in_transfer", report.blocks_in_transfer},
            {"pages_used", report.pages_used},
            {"pages_of_extents", report.pages_of_extents},
            {"pages_in_limbo", report.pages_in_limbo},
            {"pages_pending", report.pages_pending},
            {"keys_dropped", report.keys_dropped},
            {"keys_recovered", report.keys_recovered},
            {"blocks_reclaimed", report.blocks_reclaimed},
            {"pages_reclaimed", report.pages_reclaimed},
            {"findings", std::move(findings)}};
}

static std::string verdict(const Arguments &arguments, const latzero_check_report &report) {
    const std::string pool = "pool '" + printable(arguments.pool, 80) + "' ";
    if (report.sound != 0) {
        return pool + (report.findings == 0 ? "is sound" : "is sound again");
    }
    return pool + "is not sound: " + grouped(report.findings_left) + " finding" +
           (report.findings_left == 1 ? "" : "s") + (arguments.repair ? " left" : "; --repair mends it");
}

static void print_check(const Arguments &arguments, const Check &made) {
    const latzero_check_report &report = made.report;
    Table table("lrl");
    table.add({"stripes", grouped(report.stripes), ""});
    table.add({"keys", grouped(report.keys),
               report.structure_only != 0 ? "structure only: give the auth key to verify what is sealed"
               : report.seals > 0         ? grouped(report.seals) + " verified by their seals"
                                          : ""});
    table.add({"blocks", grouped(report.blocks_claimed),
               grouped(report.blocks_live) + " live, " + grouped(report.blocks_free) + " free, " +
                   grouped(report.blocks_in_transfer) + " in transfer"});
    table.add({"pages", grouped(report.pages_used),
               grouped(report.pages_of_extents) + " of extents, " + grouped(report.pages_in_limbo) + " in limbo, " +
                   grouped(report.pages_pending) + " pending"});
    if (arguments.repair && report.findings > 0) {
        table.add({"dropped", grouped(report.keys_dropped), "keys"});
        table.add({"recovered", grouped(report.keys_recovered), "keys"});
        table.add({"reclaimed", grouped(report.blocks_reclaimed),
                   "blocks, and " + grouped(report.pages_reclaimed) + " pages"});
    }
    table.print();
    for (const Finding &finding : made.findings) {
        const std::string key = finding.key.empty() ? "" : " (key '" + printable(finding.key, 60) + "')";
        std::printf("%s: %s%s\n", kind_name(finding.kind), finding.text.c_str(), key.c_str());
    }
    std::printf("%s\n", verdict(arguments, report).c_str());
}

void check_pool(Arguments &arguments) {
    Check made;
    run_check(arguments, made);
    if (arguments.json) {
        std::printf("%s\n", check_json(arguments.pool, made).dump().c_str());
    } else {
        print_check(arguments, made);
    }
    if (made.report.sound == 0) {
        flush_output();
        throw Failure(ExitCode::NotSound, verdict(arguments, made.report));
    }
}

}  // namespace latzero::cli

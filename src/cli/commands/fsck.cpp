// `latzero fsck`: whether a pool's memory is sound, and its repair.
#include "commands/options.hpp"
#include "commands/table.hpp"
#include "show/entry.hpp"
#include "show/progress.hpp"
#include "show/table.hpp"
#include "show/text.hpp"
#include "system/standard_streams.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <exception>
#include <utility>
#include <vector>

namespace latzero::cli {

using nlohmann::ordered_json;

namespace {

struct Finding {
    std::uint32_t kind, part;
    std::int32_t stripe;
    std::uint64_t offset;
    std::string key, text;
};

// A check that was made, and what it found.
struct Check {
    std::string pool;
    bool repair = false;
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

const char *kind_name(std::uint32_t kind) {
    switch (kind) {
    case LATZERO_FINDING_BROKEN: return "broken";
    case LATZERO_FINDING_DROPPED: return "dropped";
    case LATZERO_FINDING_RECOVERED: return "recovered";
    case LATZERO_FINDING_LEFT: return "left";
    default: return "other";  // of a newer library
    }
}

const char *part_name(std::uint32_t part) {
    static constexpr const char *kNames[] = {"other", "header",  "lock",      "client", "table", "record",
                                             "seal",  "counter", "free_list", "block",  "page"};
    return part < std::size(kNames) ? kNames[part] : kNames[0];
}

ordered_json check_json(const Check &made) {
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
    return {{"name", text_json(made.pool)},
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

std::string verdict(const Check &made) {
    const latzero_check_report &report = made.report;
    const std::string pool = "pool '" + printable(made.pool, 80) + "' ";
    if (report.sound != 0) {
        return pool + (report.findings == 0 ? "is sound" : "is sound again");
    }
    return pool + "is not sound: " + grouped(report.findings_left) + " finding" +
           (report.findings_left == 1 ? "" : "s") + (made.repair ? " left" : "; --repair mends it");
}

void print_check(const Check &made) {
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
    if (made.repair && report.findings > 0) {
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
    std::printf("%s\n", verdict(made).c_str());
}

class Fsck final : public Command {
public:
    void declare(Options &options) override {
        options.pool(admission_.pool)
            .flag("--repair", repair_, "Mend it: drop what is broken, find again what is lost")
            .seconds("--timeout", timeout_ms_, "Wait so long for those who hold its locks (default 5)")
            .auth_key(admission_.auth_key)
            .key_ceiling(admission_.ceiling)
            .json(json_);
    }

    void run() override {
        Check made;
        made.pool = admission_.pool;
        made.repair = repair_;
        check_into(made);
        if (json_) {
            std::printf("%s\n", check_json(made).dump().c_str());
        } else {
            print_check(made);
        }
        if (made.report.sound == 0) {
            flush_output();
            throw Failure(ExitCode::not_sound, verdict(made));
        }
    }

private:
    void check_into(Check &made) {
        const AuthKey key = std::move(admission_.auth_key);
        latzero_check_options options = LATZERO_CHECK_OPTIONS_INIT;
        options.flags = repair_ ? LATZERO_CHECK_REPAIR : 0;
        options.timeout_ms = timeout_ms_;
        options.auth_key = key.bytes().data();
        options.auth_key_len = key.bytes().size();
        options.kdf_memory_most = admission_.ceiling.memory_most;
        options.kdf_work_most = admission_.ceiling.work_most;
        options.callback = Check::keep;
        options.user_data = &made;
        const latzero_status status = [&] {
            const Progress progress("checking pool '" + printable(made.pool, 80) + "'");
            return latzero_pool_check(made.pool.c_str(), &options, &made.report);
        }();
        if (status == LATZERO_CORRUPT || status == LATZERO_VERSION) {
            throw Failure(ExitCode::not_sound, latzero_last_error());
        }
        check(status);
        if (made.failure) {
            std::rethrow_exception(made.failure);
        }
    }

    Admission admission_;
    std::int64_t timeout_ms_ = 0;  // 0: the library's
    bool repair_ = false;
    bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_fsck() { return std::make_unique<Fsck>(); }

}  // namespace latzero::cli

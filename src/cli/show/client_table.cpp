#include "show/client_table.hpp"

#include "show/table.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <ctime>

namespace latzero::cli {

using nlohmann::ordered_json;

namespace {

struct Holding {
    std::uint32_t flag;
    const char *name;
};

constexpr Holding kHoldings[] = {{LATZERO_HOLDS_STRIPE, "stripe"},
                                 {LATZERO_HOLDS_PAGES, "pages"},
                                 {LATZERO_HOLDS_LIFE, "life"},
                                 {LATZERO_HOLDS_LOAN, "loan"}};

// Local time, to the second.
std::string time_text(std::int64_t since_epoch_ns) {
    const auto seconds = static_cast<time_t>(since_epoch_ns / 1000000000);
    struct tm local = {};
    char text[32];
    if (since_epoch_ns == 0 || localtime_r(&seconds, &local) == nullptr ||
        std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local) == 0) {
        return "-";
    }
    return text;
}

std::string holds_text(const latzero_client_info &client) {
    std::string text;
    for (const Holding &holding : kHoldings) {
        if ((client.holds & holding.flag) != 0) {
            text += text.empty() ? holding.name : std::string(", ") + holding.name;
        }
    }
    return text.empty() ? "-" : text;
}

}  // namespace

ordered_json clients_json(const ClientList &clients) {
    ordered_json shown = ordered_json::array();
    for (const latzero_client_info &client : clients) {
        ordered_json holds = ordered_json::array();
        for (const Holding &holding : kHoldings) {
            if ((client.holds & holding.flag) != 0) {
                holds.push_back(holding.name);
            }
        }
        ordered_json stripes = ordered_json::array();
        for (int stripe = 0; stripe < 64; ++stripe) {
            if ((client.stripes >> stripe & 1) != 0) {
                stripes.push_back(stripe);
            }
        }
        shown.push_back(
            {{"process", client.process != 0 ? ordered_json(client.process) : ordered_json(nullptr)},
             {"read_only", (client.flags & LATZERO_CLIENT_READ_ONLY) != 0},
             {"self", (client.flags & LATZERO_CLIENT_SELF) != 0},
             {"watches", (client.flags & LATZERO_CLIENT_WATCHES) != 0},
             {"connected_ns", client.connected_ns != 0 ? ordered_json(client.connected_ns) : ordered_json(nullptr)},
             {"holds", std::move(holds)},
             {"stripes", std::move(stripes)}});
    }
    return shown;
}

void print_clients(const ClientList &clients) {
    Table table("rlll");
    table.add({"PROCESS", "ACCESS", "SINCE", "HOLDS"});
    for (const latzero_client_info &client : clients) {
        const bool self = (client.flags & LATZERO_CLIENT_SELF) != 0;
        const char *access = (client.flags & LATZERO_CLIENT_READ_ONLY) != 0 ? "read-only" : "read-write";
        table.add({client.process != 0 ? std::to_string(client.process) : "?",
                   std::string(access) + (self ? ", this command" : ""), time_text(client.connected_ns),
                   holds_text(client)});
    }
    table.print();
}

}  // namespace latzero::cli

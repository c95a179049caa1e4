#include "json_unit.hpp"

void write_elsewhere(latzero::Client &client) { client.set("elsewhere", {{"a", 1}}); }

void fail_elsewhere(const latzero::Client &client) { (void)client.get<int>("elsewhere"); }

int count_elsewhere(latzero::Keys keys) {
    int count = 0;
    for (auto at = keys.begin(); at != keys.end(); ++at) count++;
    return count;
}

// bench-peers: runs what the command line asks for, and leaves nothing behind. README.md says how to read it.
#include "benches.hpp"
#include "children.hpp"
#include "scratch_place.hpp"

using namespace bench;

namespace {

void run(const Options &options) {
    catch_interrupts();
    latzero::bench::Results results(options.json);
    const ScratchPlace place;
    const Stores stores = make_stores(options.stores);
    for (const Bench &bench : kBenches)
        if (wanted(options.benches, bench.name)) bench.compare({options, *place, stores, results});
    results.write();
}

}  // namespace

int main(int count, char **arguments) {
    try {
        run(parse(count, arguments));
    } catch (const std::invalid_argument &wrong) {
        std::fprintf(stderr, "%s\n", wrong.what());
        return 2;
    } catch (const std::exception &failure) {
        std::fprintf(stderr, "%s\n", failure.what());
        return 1;
    }
    return 0;
}

// `latzero hold`: a client whose only work is to be there.
#include "commands.hpp"
#include "connection.hpp"
#include "end_signals.hpp"
#include "standard_streams.hpp"
#include "text.hpp"

#include <cstdio>

namespace latzero::cli {

void hold_pool(Arguments &arguments) {
    using namespace std::chrono_literals;
    const Connection connection = connect(arguments, Access::ReadWrite);  // may ask, and be interrupted meanwhile
    const EndSignals end;
    std::printf("holding pool '%s' until SIGINT or SIGTERM\n", printable(arguments.pool, LATZERO_NAME_MAX).c_str());
    flush_output();  // whoever started this may wait for the line
    while (!end.arrived_within(250ms)) {
        uint64_t keys = 0;
        check(latzero_size(connection.get(), &keys));  // fails once the pool is destroyed: nothing is left to hold
    }
}

}  // namespace latzero::cli

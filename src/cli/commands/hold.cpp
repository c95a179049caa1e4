#include "commands/hold.hpp"

#include "commands/options.hpp"
#include "commands/table.hpp"
#include "show/text.hpp"
#include "system/end_signals.hpp"
#include "system/standard_streams.hpp"

#include <cstdio>

namespace latzero::cli {

namespace {

class Hold final : public Command {
public:
    void declare(Options &options) override {
        options.pool(admission_.pool).auth_key(admission_.auth_key).key_ceiling(admission_.ceiling);
    }

    void run() override { hold_pool(admission_); }

private:
    Admission admission_;
};

}  // namespace

void hold_pool(Admission &admission) {
    using namespace std::chrono_literals;
    const Connection connection = connect(admission, Access::read_write);  // may ask, and be interrupted meanwhile
    const EndSignals end;
    std::printf("holding pool '%s' until SIGINT or SIGTERM\n", printable(admission.pool, LATZERO_NAME_MAX).c_str());
    flush_output();  // the process that started this one may wait for the line
    while (!end.arrived_within(250ms)) {
        std::uint64_t keys = 0;
        check(latzero_size(connection.get(), &keys));  // fails once the pool is destroyed: nothing is left to hold
    }
}

std::unique_ptr<Command> make_hold() { return std::make_unique<Hold>(); }

}  // namespace latzero::cli

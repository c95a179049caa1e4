// `latzero rekey`: one auth key for another.
#include "commands/options.hpp"
#include "commands/table.hpp"
#include "keys/prompt.hpp"
#include "show/text.hpp"

namespace latzero::cli {

namespace {

class Rekey final : public Command {
public:
    void declare(Options &options) override {
        options.pool(admission_.pool)
            .auth_key(admission_.auth_key)
            .new_auth_key(new_key_)
            .key_cost(cost_)
            .key_ceiling(admission_.ceiling);
    }

    void run() override {
        // Shows whether the old key is right before the new one is asked for.
        const Connection connection = connect_keeping_key(admission_, Access::read_only);
        const std::string &pool = admission_.pool;
        if (!admission_.auth_key.given()) {
            throw Failure(ExitCode::refused, "pool '" + printable(pool, 80) +
                                                 "' was created without an auth key, and cannot get one any more");
        }
        require_new_key();
        const std::string_view old_key = admission_.auth_key.bytes(), new_key = new_key_.bytes();
        latzero_rekey_options options = LATZERO_REKEY_OPTIONS_INIT;
        options.kdf_memory_bytes = cost_.memory_bytes;
        options.kdf_passes = static_cast<std::uint32_t>(cost_.passes);
        options.kdf_memory_most = admission_.ceiling.memory_most;
        options.kdf_work_most = admission_.ceiling.work_most;
        check(
            latzero_pool_rekey(pool.c_str(), old_key.data(), old_key.size(), new_key.data(), new_key.size(), &options));
    }

private:
    // Asks for the new key if it was not given and there is a terminal to ask on.
    void require_new_key() {
        if (!new_key_.given() && can_ask()) {
            new_key_ = ask_new_key(admission_.pool);
        }
        if (!new_key_.given()) {
            throw Failure(
                ExitCode::wrong_usage,
                "give the new auth key by --new-auth-key-file or in LATZERO_NEW_AUTH_KEY, or type it on a terminal");
        }
    }

    Admission admission_;
    AuthKey new_key_;
    KeyCost cost_;
};

}  // namespace

std::unique_ptr<Command> make_rekey() { return std::make_unique<Rekey>(); }

}  // namespace latzero::cli

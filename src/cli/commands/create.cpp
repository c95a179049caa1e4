// `latzero create`: a new pool.
#include "commands/hold.hpp"
#include "commands/options.hpp"
#include "commands/table.hpp"
#include "keys/prompt.hpp"
#include "keys/protection.hpp"
#include "show/text.hpp"

#include <algorithm>
#include <cstdio>

namespace latzero::cli {

namespace {

class Create final : public Command {
public:
    void declare(Options &options) override {
        options.pool(admission_.pool)
            .flag("--persistent", persistent_, "Keep it until it is destroyed")
            .flag("--events", events_, "Note its changes also while nobody watches, so that a watch can resume")
            .number("--history", history_, 16, 4096,
                    "How many changes of each of 64 stripes to keep, a power of two (default 64)")
            .needs("--events")
            .flag("--encryption", encryption_,
                  "Encrypt keys and values with its auth key, which only guards the door otherwise")
            .value(
                "--cipher", "CIPHER", [this](const std::string &text) { cipher_ = parse_cipher(text); },
                "How to encrypt: aes256gcm or xchacha20poly1305")
            .needs("--encryption")
            .auth_key(admission_.auth_key)
            .key_cost(cost_)
            .seconds("--ttl", ttl_ms_, "Destroy it after that long without a connect, disconnect or write")
            .number("--max-bytes", max_bytes_, "Its cap in bytes (default 104857600)")
            .flag("--hold", hold_, "Stay connected until SIGINT or SIGTERM");
    }

    void run() override {
        create();
        if (hold_) {
            admission_.ceiling = own_cost();
            hold_pool(admission_);
        } else if (!persistent_) {
            std::fprintf(stderr,
                         "latzero: note: pool '%s' vanishes as this process ends; --hold keeps it until a signal, "
                         "--persistent until it is destroyed\n",
                         printable(admission_.pool, LATZERO_NAME_MAX).c_str());
        }
    }

private:
    static std::uint32_t parse_cipher(const std::string &text) {
        const std::uint32_t cipher = cipher_named(text);
        if (cipher == LATZERO_CIPHER_NONE) {
            throw bad_value("--cipher", "aes256gcm or xchacha20poly1305", text);
        }
        return cipher;
    }

    void create() {
        AuthKey &key = admission_.auth_key;
        if (encryption_ && !key.given() && can_ask()) {
            key = ask_new_key(admission_.pool);
        }
        latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
        options.flags = (persistent_ ? LATZERO_POOL_PERSISTENT : 0) | (events_ ? LATZERO_POOL_EVENTS : 0) |
                        (encryption_ ? LATZERO_POOL_ENCRYPTED : 0);
        options.max_bytes = max_bytes_;
        options.idle_ttl_ms = ttl_ms_;
        options.auth_key = key.bytes().data();
        options.auth_key_len = key.bytes().size();
        options.history = static_cast<std::uint32_t>(history_);
        options.cipher = cipher_;
        options.kdf_memory_bytes = cost_.memory_bytes;
        options.kdf_passes = static_cast<std::uint32_t>(cost_.passes);
        check(latzero_pool_create(admission_.pool.c_str(), &options));
    }

    // A user who has just chosen a cost need not allow it as well.
    KeyCeiling own_cost() const {
        constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
        const std::uint64_t passes = cost_.passes > 0 ? cost_.passes : 2;
        return {std::max(kGiB, cost_.memory_bytes), std::max(8 * kGiB, cost_.memory_bytes * passes)};
    }

    Admission admission_;
    KeyCost cost_;
    std::uint32_t cipher_ = 0;     // LATZERO_CIPHER_*; 0: not given
    std::int64_t ttl_ms_ = 0;      // 0: not given
    std::uint64_t max_bytes_ = 0;  // 0: not given
    std::uint64_t history_ = 0;    // 0: not given
    bool persistent_ = false;
    bool events_ = false;
    bool encryption_ = false;
    bool hold_ = false;
};

}  // namespace

std::unique_ptr<Command> make_create() { return std::make_unique<Create>(); }

}  // namespace latzero::cli

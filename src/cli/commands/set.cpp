// `latzero set`: a value for a key.
#include "commands/options.hpp"
#include "commands/table.hpp"
#include "commands/value_parser.hpp"

namespace latzero::cli {

namespace {

class Set final : public Command {
public:
    void declare(Options &options) override {
        options.pool(admission_.pool)
            .key(key_)
            .text("VALUE", value_, "JSON (null, true, 42, 4.2, \"42\", [1, 2], {\"a\": 1}); all else is a string")
            .seconds("--ttl", ttl_ms_, "The key is gone after that long")
            .auth_key(admission_.auth_key)
            .key_ceiling(admission_.ceiling);
    }

    void run() override {
        const TypedValue value = parse_value(value_);
        latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
        options.ttl_ms = ttl_ms_;
        const Connection connection = connect(admission_, Access::read_write);
        latzero_client *const client = connection.get();
        const std::string &bytes = value.bytes;
        check(value.is_json
                  ? latzero_set_json(client, key_.data(), key_.size(), bytes.data(), bytes.size(), &options)
                  : latzero_set(client, key_.data(), key_.size(), value.type, bytes.data(), bytes.size(), &options));
    }

private:
    Admission admission_;
    std::string key_;
    std::string value_;
    std::int64_t ttl_ms_ = 0;  // 0: not given
};

}  // namespace

std::unique_ptr<Command> make_set() { return std::make_unique<Set>(); }

}  // namespace latzero::cli

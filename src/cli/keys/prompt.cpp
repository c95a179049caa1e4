#include "keys/prompt.hpp"

#include "failure.hpp"
#include "show/text.hpp"
#include "system/terminal.hpp"

namespace latzero::cli {

namespace {

// What a terminal passes on of a line; it drops the rest.
constexpr std::size_t kLongestLine = 4095;

AuthKey ask(const std::string &prompt) {
    AuthKey key(kLongestLine);
    key.truncate(ask_unseen(prompt, key.data(), kLongestLine));
    if (key.bytes().size() == kLongestLine) {
        throw Failure(ExitCode::wrong_usage, "terminals cut so long a line: put the auth key into a file");
    }
    return key;
}

}  // namespace

bool can_ask() { return is_terminal(Stream::input); }

AuthKey ask_key(const std::string &pool) { return ask("Auth key of pool '" + printable(pool, 80) + "'"); }

AuthKey ask_new_key(const std::string &pool) {
    AuthKey key = ask("New auth key of pool '" + printable(pool, 80) + "'");
    if (key.given() && ask("Once more").bytes() != key.bytes()) {
        throw Failure(ExitCode::other, "the two auth keys differ, nothing was changed");
    }
    return key;
}

}  // namespace latzero::cli

#include "commands/consent.hpp"

#include "failure.hpp"
#include "system/terminal.hpp"

#include <cstdio>

namespace latzero::cli {

namespace {

bool answered_yes() {
    char answer[16] = "";
    if (std::fgets(answer, sizeof answer, stdin) == nullptr) {
        return false;
    }
    const std::string text = answer;
    return text == "y\n" || text == "Y\n" || text == "yes\n";
}

}  // namespace

void require_consent(bool given_by_flag, const std::string &announcement) {
    if (given_by_flag) {
        return;
    }
    if (!is_terminal(Stream::input)) {
        throw Failure(ExitCode::wrong_usage,
                      announcement + ": give -y to confirm, since standard input is no terminal to ask on");
    }
    std::fprintf(stderr, "%s. Go on? [y/N] ", announcement.c_str());
    if (!answered_yes()) {
        throw Failure(ExitCode::other, "not confirmed, nothing was changed");
    }
}

}  // namespace latzero::cli

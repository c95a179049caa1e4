#include "keys/auth_key.hpp"

#include "failure.hpp"
#include "show/text.hpp"
#include "system/environment.hpp"
#include "system/files.hpp"
#include "system/secrets.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace latzero::cli {

namespace {

AuthKey take(char *text) {
    AuthKey key{std::string_view(text)};
    std::fill_n(text, key.bytes().size(), 'x');
    return key;
}

AuthKey take_argument(int argc, char **argv) {
    static constexpr std::string_view kOption = "--auth-key", kWithValue = "--auth-key=";
    AuthKey key;
    for (int at = 1; at < argc && std::strcmp(argv[at], "--") != 0; ++at) {
        const std::string_view argument = argv[at];
        char *value = nullptr;
        if (argument == kOption && at + 1 < argc) {
            value = argv[++at];
        } else if (argument.substr(0, kWithValue.size()) == kWithValue) {
            value = argv[at] + kWithValue.size();
        } else {
            continue;
        }
        key = take(value);
        if (!key.given()) {
            throw Failure(ExitCode::wrong_usage, "the auth key after --auth-key is empty");
        }
    }
    return key;
}

AuthKey take_variable(const char *name) {
    char *value = variable(name);
    if (value == nullptr) {
        return AuthKey();
    }
    AuthKey key = take(value);
    remove_variable(name);
    return key;
}

Failure bad_key_file(const std::string &path, const std::string &cause) {
    return Failure(ExitCode::wrong_usage, "no auth key can be had from '" + printable(path, 200) + "': " + cause);
}

std::size_t newline_at_end(std::string_view bytes) {
    if (bytes.empty() || bytes.back() != '\n') {
        return 0;
    }
    return bytes.size() > 1 && bytes[bytes.size() - 2] == '\r' ? 2 : 1;
}

}  // namespace

AuthKey &AuthKey::operator=(AuthKey &&other) noexcept {
    truncate(0);
    bytes_.swap(other.bytes_);
    return *this;
}

void AuthKey::truncate(std::size_t size) {
    if (size < bytes_.size()) {
        wipe(bytes_.data() + size, bytes_.size() - size);
        bytes_.resize(size);
    }
}

SeenKeys take_seen_keys(int argc, char **argv) {
    SeenKeys seen;
    seen.environment = take_variable("LATZERO_AUTH_KEY");
    seen.environment_new = take_variable("LATZERO_NEW_AUTH_KEY");
    seen.argument = take_argument(argc, argv);
    return seen;
}

AuthKey read_key_file(const std::string &path) {
    constexpr std::size_t kMost = 64 * 1024;
    const File file = open_file(path);
    if (file == nullptr) {
        throw bad_key_file(path, std::strerror(errno));
    }
    std::setvbuf(file.get(), nullptr, _IONBF, 0);  // a buffer would be another copy
    AuthKey key(kMost + 1);
    key.truncate(std::fread(key.data(), 1, kMost + 1, file.get()));
    if (std::ferror(file.get()) != 0) {
        throw bad_key_file(path, std::strerror(errno));
    }
    if (key.bytes().size() > kMost) {
        throw bad_key_file(path, "it is larger than 64 KiB");
    }
    key.truncate(key.bytes().size() - newline_at_end(key.bytes()));
    if (!key.given()) {
        throw bad_key_file(path, "it is empty");
    }
    return key;
}

}  // namespace latzero::cli

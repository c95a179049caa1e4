#include "auth_key.hpp"

#include "failure.hpp"
#include "text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace latzero::cli {

AuthKey &AuthKey::operator=(AuthKey &&other) noexcept {
    wipe();
    bytes_.swap(other.bytes_);
    return *this;
}

void AuthKey::truncate(size_t size) {
    explicit_bzero(bytes_.data() + size, bytes_.size() - size);
    bytes_.resize(size);
}

void AuthKey::wipe() {
    if (given()) {
        truncate(0);
    }
}

static AuthKey take(char *text) {
    AuthKey key{std::string_view(text)};
    std::fill_n(text, key.bytes().size(), 'x');
    return key;
}

AuthKey take_argument_key(int argc, char **argv) {
    static constexpr std::string_view option = "--auth-key", with_value = "--auth-key=";
    AuthKey key;
    for (int at = 1; at < argc && std::strcmp(argv[at], "--") != 0; ++at) {
        const std::string_view argument = argv[at];
        char *value = nullptr;
        if (argument == option && at + 1 < argc) {
            value = argv[++at];
        } else if (argument.substr(0, with_value.size()) == with_value) {
            value = argv[at] + with_value.size();
        } else {
            continue;
        }
        key = take(value);
        if (!key.given()) {
            throw Failure(ExitCode::WrongUsage, "the auth key after --auth-key is empty");
        }
    }
    return key;
}

AuthKey take_variable_key(const char *name) {
    char *value = std::getenv(name);
    if (value == nullptr) {
        return AuthKey();
    }
    AuthKey key = take(value);
    unsetenv(name);
    return key;
}

static Failure bad_key_file(const std::string &path, const std::string &cause) {
    return Failure(ExitCode::WrongUsage, "no auth key can be had from '" + printable(path, 200) + "': " + cause);
}

static size_t newline_at_end(std::string_view bytes) {
    if (bytes.empty() || bytes.back() != '\n') {
        return 0;
    }
    return bytes.size() > 1 && bytes[bytes.size() - 2] == '\r' ? 2 : 1;
}

AuthKey read_key_file(const std::string &path) {
    constexpr size_t most = 64 * 1024;
    const std::unique_ptr<std::FILE, int (*)(std::FILE *)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
    if (file == nullptr) {
        throw bad_key_file(path, std::strerror(errno));
    }
    std::setvbuf(file.get(), nullptr, _IONBF, 0);  // a buffer would be another copy
    AuthKey key(most + 1);
    key.truncate(std::fread(key.data(), 1, most + 1, file.get()));
    if (std::ferror(file.get()) != 0) {
        throw bad_key_file(path, std::strerror(errno));
    }
    if (key.bytes().size() > most) {
        throw bad_key_file(path, "it is larger than 64 KiB");
    }
    key.truncate(key.bytes().size() - newline_at_end(key.bytes()));
    if (!key.given()) {
        throw bad_key_file(path, "it is empty");
    }
    return key;
}

}  // namespace latzero::cli

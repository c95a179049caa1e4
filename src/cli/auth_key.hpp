// Auth keys on their way from the user to the library: in memory that is wiped when it is let go, and in no other place
// that the tool can reach. See key_prompt.hpp for those that are typed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace latzero::cli {

class AuthKey {
public:
    AuthKey() = default;                             // none
    explicit AuthKey(size_t size) : bytes_(size) {}  // so many bytes, to be filled
    explicit AuthKey(std::string_view bytes) : bytes_(bytes.begin(), bytes.end()) {}
    ~AuthKey() { wipe(); }
    AuthKey(AuthKey &&other) noexcept { bytes_.swap(other.bytes_); }
    AuthKey &operator=(AuthKey &&other) noexcept;

    bool given() const { return !bytes_.empty(); }
    char *data() { return bytes_.data(); }
    // With a null pointer if none is given, as the library wants it.
    std::string_view bytes() const { return {given() ? bytes_.data() : nullptr, bytes_.size()}; }
    void truncate(size_t size);

private:
    void wipe();

    std::vector<char> bytes_;  // never grows: that would leave a copy behind
};

// The value of --auth-key on the command line, which is overwritten there: neither ps nor the parser, which copies what
// it gets, shall see it. None if the option is not there. Throws if it is empty.
AuthKey take_argument_key(int argc, char **argv);

// The value of an environment variable, which is overwritten and removed: neither /proc nor a child shall see it. None
// if it is not set or empty.
AuthKey take_variable_key(const char *name);

// The content of a file without the newline at its end, if there is one. Throws if there is nothing else, or far too
// much for a key.
AuthKey read_key_file(const std::string &path);

}  // namespace latzero::cli

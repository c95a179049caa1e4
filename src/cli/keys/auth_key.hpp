// Auth keys on their way from the user to the library: in memory that is wiped before it is freed, and in no other
// place that the tool can reach. See prompt.hpp for keys that are typed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace latzero::cli {

class AuthKey {
public:
    AuthKey() = default;                                  // none
    explicit AuthKey(std::size_t size) : bytes_(size) {}  // so many bytes, to be filled
    explicit AuthKey(std::string_view bytes) : bytes_(bytes.begin(), bytes.end()) {}
    ~AuthKey() { truncate(0); }
    AuthKey(AuthKey &&other) noexcept { bytes_.swap(other.bytes_); }
    AuthKey &operator=(AuthKey &&other) noexcept;

    bool given() const { return !bytes_.empty(); }
    char *data() { return bytes_.data(); }
    // With a null pointer if none is given, as the library wants it.
    std::string_view bytes() const { return {given() ? bytes_.data() : nullptr, bytes_.size()}; }
    // Wipes what lies beyond. size: at most as many bytes as there are.
    void truncate(std::size_t size);

private:
    std::vector<char> bytes_;  // never grows: that would leave a copy behind
};

// Keys that were given where others can see them, taken from there.
struct SeenKeys {
    AuthKey argument;         // --auth-key
    AuthKey environment;      // LATZERO_AUTH_KEY
    AuthKey environment_new;  // LATZERO_NEW_AUTH_KEY
};

// Overwrites the value of --auth-key on the command line, so that neither ps nor the parser, which copies what it gets,
// sees it; overwrites and removes the variables, so that neither /proc nor a child sees them. Throws if an argument is
// an empty key; a variable that is empty counts as not set.
SeenKeys take_seen_keys(int argc, char **argv);

// The content of a file without the newline at its end, if there is one. Throws if there is nothing else, or far too
// much for a key.
AuthKey read_key_file(const std::string &path);

}  // namespace latzero::cli

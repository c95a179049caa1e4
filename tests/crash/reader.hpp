// A pool's whole content, as a read-only client sees it: without a lock, and without a store to shared memory.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "client/connection.hpp"
#include "model.hpp"

namespace latzero::crash {

using Keys = std::set<std::string>;

class Reader {
public:
    // `auth_key`: of an encrypted pool, else nullptr.
    Reader(std::string name, const char *auth_key);

    // The values of these keys. Returns what is wrong: "" if each could be read, or is not there.
    std::string read(const Keys &keys, Model &content);
    std::uint64_t size();

private:
    std::string name_;
    bool encrypted_;
    std::unique_ptr<client::Connection> client_;
};

// Whether this is the auth key of that encrypted pool.
bool opens(const std::string &name, const std::string &auth_key);

}  // namespace latzero::crash

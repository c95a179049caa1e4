// A namespace: it sees only the keys of a connection that begin with its prefix, and sees them without it.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "client/connection.hpp"
#include "value/wiped.hpp"

namespace latzero::client {

// Whether a key is one of a namespace. One that is the prefix itself would have no name there.
inline bool lies_in(std::string_view key, std::string_view prefix) {
    return key.size() > prefix.size() && key.starts_with(prefix);
}

class Namespace {
public:
    // A namespace within the keys that begin with `outer`. It keeps the connection open until it is closed.
    Namespace(Connection &connection, std::string_view outer, std::string_view name) : connection_(&connection) {
        prefix_.reserve(outer.size() + name.size() + 1);
        prefix_.append(outer).append(name).push_back(':');
        connection.add_handle();
    }
    ~Namespace() {
        if (connection_ != nullptr) (void)connection_->drop_handle();
    }
    Namespace(const Namespace &) = delete;
    Namespace &operator=(const Namespace &) = delete;

    Connection &connection() const { return *connection_; }
    const value::Bytes &prefix() const { return prefix_; }

    // Gives up its share in the connection. If that was the last, the connection ends, and its status is the answer.
    Status close() { return std::exchange(connection_, nullptr)->drop_handle(); }

private:
    Connection *connection_;
    value::Bytes prefix_;
};

}  // namespace latzero::client

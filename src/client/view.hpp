// What a handle stands for: a connection, or a namespace of one.
//
// A namespace sees only the keys that begin with its prefix, and sees them without it. It shares the connection's
// Client; that one is itself the view with no prefix, so that the usual call finds it without another load.
#pragma once

#include <memory>
#include <string_view>

#include "base/status.hpp"
#include "value/wiped.hpp"

namespace latzero::client {

class Client;

// Whether a key is one of a namespace. One that is the prefix itself would have no name there.
inline bool lies_in(std::string_view key, std::string_view prefix) {
    return key.size() > prefix.size() && key.starts_with(prefix);
}

class View {
public:
    View(const View &) = delete;
    View &operator=(const View &) = delete;
    virtual ~View();

    bool is_namespace() const { return client_ != nullptr; }
    // The connection.
    Client &client();
    const value::Bytes &prefix() const { return prefix_; }

    // A namespace within this view. Keeps the connection open until it is closed.
    std::unique_ptr<View> open_namespace(std::string_view name);
    // Closes a view; with the last one the connection ends, and its status is the answer.
    static Status close(std::unique_ptr<View> view);

protected:
    View() = default;

private:
    // Gives up a namespace's share in the connection.
    Status leave();

    Client *client_ = nullptr;  // nullptr: this is the Client
    value::Bytes prefix_;
};

}  // namespace latzero::client

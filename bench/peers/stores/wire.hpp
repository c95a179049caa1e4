// What people write who have no store: a small server with a hash table, and clients that ask it over a stream, one
// request at a time. socket.cpp, tcp.cpp and pipe.cpp differ in the stream alone.
#pragma once

#include <sys/socket.h>

#include <functional>

#include "served.hpp"

namespace bench {

// A stream in both directions, which may be one descriptor.
struct Connection {
    int in = -1, out = -1;
};

// Answers all clients from one table, one after the other, until it is killed. Whenever `door` has something to read,
// `enter` gives the client who came.
[[noreturn]] void serve_table(int door, const std::function<Connection(int door)> &enter);

class WireClient {
public:
    void open(Connection connection) { connection_ = connection; }
    void detach();

    std::size_t get(const char *key, void *out, std::size_t capacity);
    bool set(const char *key, const void *value, std::size_t size);
    bool set_counter(const char *key);
    bool increment(const char *key);

private:
    bool change(Verb verb, const char *key, const void *value, std::size_t size);

    Connection connection_;
};

// Throws on failure.
int listen_at(const sockaddr *address, std::size_t size);
// -1: nobody listens there.
int connect_to(const sockaddr *address, std::size_t size);

}  // namespace bench

#include "wire.hpp"

#include <poll.h>
#include <sys/uio.h>

#include <unordered_map>

namespace bench {
namespace {

struct Request {
    Verb verb;
    char key[kKeySize];
    std::uint32_t size;  // of the value that follows
};
struct Reply {
    std::uint32_t size;  // of the value that follows
};
constexpr std::uint32_t kRefused = ~std::uint32_t{0};

// Head and body in one call where the stream takes them. False: the other side is gone.
bool send(int stream, const void *head, std::size_t head_size, const void *body, std::size_t body_size) {
    iovec parts[] = {{const_cast<void *>(head), head_size}, {const_cast<void *>(body), body_size}};
    while (parts[0].iov_len + parts[1].iov_len > 0) {
        const ssize_t sent = writev(stream, parts, 2);
        if (sent <= 0) return false;
        auto left = static_cast<std::size_t>(sent);
        for (iovec &part : parts) {
            const std::size_t of_part = std::min(left, part.iov_len);
            part.iov_base = static_cast<char *>(part.iov_base) + of_part;
            part.iov_len -= of_part;
            left -= of_part;
        }
    }
    return true;
}

// Reads until there are so many bytes in all; more may come. Gives how many there are now, 0: the other side is gone.
std::size_t receive(int stream, char *out, std::size_t have, std::size_t want, std::size_t capacity) {
    while (have < want) {
        const ssize_t got = read(stream, out + have, capacity - have);
        if (got <= 0) return 0;
        have += static_cast<std::size_t>(got);
    }
    return have;
}

class Table {
public:
    // Answers one request; false: the client is gone.
    bool answer(const Connection &client) {
        std::size_t have = receive(client.in, buffer_.data(), 0, sizeof(Request), buffer_.size());
        if (have == 0) return false;
        Request request;
        std::memcpy(&request, buffer_.data(), sizeof request);
        const std::size_t whole = sizeof request + request.size;
        if (buffer_.size() < whole) buffer_.resize(whole);
        if (receive(client.in, buffer_.data(), have, whole, buffer_.size()) == 0) return false;
        const std::string key(request.key, kKeySize);
        if (request.verb == Verb::set) {
            values_[key].assign(buffer_.data() + sizeof request, request.size);
            return reply(client, 0, nullptr);
        }
        const auto found = values_.find(key);
        if (found == values_.end()) return reply(client, kRefused, nullptr);
        std::string &value = found->second;
        if (request.verb == Verb::get) return reply(client, static_cast<std::uint32_t>(value.size()), value.data());
        return reply(client, add_one(value) ? 0 : kRefused, nullptr);
    }

private:
    static bool reply(const Connection &client, std::uint32_t size, const char *value) {
        const Reply reply{size};
        return send(client.out, &reply, sizeof reply, value, value != nullptr ? size : 0);
    }
    static bool add_one(std::string &value) {
        std::int64_t number = 0;
        if (value.size() != sizeof number) return false;
        std::memcpy(&number, value.data(), sizeof number);
        number++;
        std::memcpy(value.data(), &number, sizeof number);
        return true;
    }

    std::unordered_map<std::string, std::string> values_;
    std::vector<char> buffer_ = std::vector<char>(65536);
};

}  // namespace

void serve_table(int door, const std::function<Connection(int door)> &enter) {
    Table table;
    std::vector<Connection> clients;
    std::vector<pollfd> ready{{door, POLLIN, 0}};
    for (;;) {
        if (poll(ready.data(), ready.size(), -1) < 0) throw std::runtime_error("cannot wait for clients");
        // From the last to the first, so that one who leaves moves nobody who is still to be asked.
        for (std::size_t i = clients.size(); i-- > 0;) {
            if (ready[i + 1].revents == 0 || table.answer(clients[i])) continue;
            close(clients[i].in);
            if (clients[i].out != clients[i].in) close(clients[i].out);
            clients.erase(clients.begin() + static_cast<std::ptrdiff_t>(i));
            ready.erase(ready.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        }
        if (ready[0].revents == 0) continue;
        clients.push_back(enter(door));
        ready.push_back({clients.back().in, POLLIN, 0});
    }
}

void WireClient::detach() {
    close(connection_.in);
    if (connection_.out != connection_.in) close(connection_.out);
}

std::size_t WireClient::get(const char *key, void *out, std::size_t capacity) {
    Request request{Verb::get, {}, 0};
    Reply reply{};
    std::memcpy(request.key, key, kKeySize);
    if (!send(connection_.out, &request, sizeof request, nullptr, 0)) return 0;
    // The reply's head and value in one call.
    iovec parts[] = {{&reply, sizeof reply}, {out, capacity}};
    const ssize_t got = readv(connection_.in, parts, 2);
    if (got < static_cast<ssize_t>(sizeof reply) || reply.size > capacity) return 0;
    const std::size_t have = static_cast<std::size_t>(got) - sizeof reply;
    if (have < reply.size && receive(connection_.in, static_cast<char *>(out), have, reply.size, reply.size) == 0)
        return 0;
    return reply.size;
}

bool WireClient::set(const char *key, const void *value, std::size_t size) {
    return change(Verb::set, key, value, size);
}

bool WireClient::set_counter(const char *key) {
    constexpr std::int64_t kZero = 0;
    return change(Verb::set, key, &kZero, sizeof kZero);
}

bool WireClient::increment(const char *key) { return change(Verb::increment, key, nullptr, 0); }

bool WireClient::change(Verb verb, const char *key, const void *value, std::size_t size) {
    Request request{verb, {}, static_cast<std::uint32_t>(size)};
    Reply reply{};
    std::memcpy(request.key, key, kKeySize);
    return send(connection_.out, &request, sizeof request, value, size) &&
           receive(connection_.in, reinterpret_cast<char *>(&reply), 0, sizeof reply, sizeof reply) != 0 &&
           reply.size == 0;
}

int listen_at(const sockaddr *address, std::size_t size) {
    constexpr int kBacklog = 64;
    const int door = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(door, address, static_cast<socklen_t>(size)) != 0 || listen(door, kBacklog) != 0)
        throw std::runtime_error("cannot listen");
    return door;
}

int connect_to(const sockaddr *address, std::size_t size) {
    const int stream = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(stream, address, static_cast<socklen_t>(size)) == 0) return stream;
    close(stream);
    return -1;
}

}  // namespace bench

// A raw TCP stream over loopback to a server of our own, without Nagle's delay.
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "wire.hpp"

namespace bench {
namespace {

class Tcp : public WireClient {
public:
    static constexpr const char *kName = "tcp";

    static void serve(const Place &place) {
        sockaddr_in address = loopback(0);
        socklen_t size = sizeof address;
        const int door = listen_at(reinterpret_cast<const sockaddr *>(&address), size);
        getsockname(door, reinterpret_cast<sockaddr *>(&address), &size);
        publish_port(place, kName, ntohs(address.sin_port));
        serve_table(door, [](int at) { return at_once(accept(at, nullptr, nullptr)); });
    }
    void create(const Place &place, const DataSet &) { attach(place); }
    void attach(const Place &place) {
        const sockaddr_in address = loopback(find_port(place, kName));
        const int stream = connect_to(reinterpret_cast<const sockaddr *>(&address), sizeof address);
        if (stream < 0) throw std::runtime_error("no connection to the server");
        open(at_once(stream));
    }
    static void remove(const Place &place) { remove_port(place, kName); }

private:
    static sockaddr_in loopback(int port) {
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }
    static Connection at_once(int stream) {
        constexpr int kOn = 1;
        setsockopt(stream, IPPROTO_TCP, TCP_NODELAY, &kOn, sizeof kOn);
        return {stream, stream};
    }
};

const Registered<Tcp> registered;

}  // namespace
}  // namespace bench

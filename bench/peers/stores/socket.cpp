// A raw Unix stream socket to a server of our own.
#include <sys/un.h>

#include "wire.hpp"

namespace bench {
namespace {

class Socket : public WireClient {
public:
    static constexpr const char *kName = "socket";

    static void serve(const Place &place) {
        const sockaddr_un address = address_of(place);
        const int door = listen_at(reinterpret_cast<const sockaddr *>(&address), sizeof address);
        serve_table(door, [](int at) {
            const int stream = accept(at, nullptr, nullptr);
            return Connection{stream, stream};
        });
    }
    void create(const Place &place, const DataSet &) { attach(place); }
    void attach(const Place &place) {
        const sockaddr_un address = address_of(place);
        reach([&] {
            const int stream = connect_to(reinterpret_cast<const sockaddr *>(&address), sizeof address);
            open({stream, stream});
            return stream >= 0;
        });
    }
    static void remove(const Place &place) { unlink(address_of(place).sun_path); }

private:
    static sockaddr_un address_of(const Place &place) {
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        std::snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", place.directory.c_str(), kName);
        return address;
    }
};

const Registered<Socket> registered;

}  // namespace
}  // namespace bench

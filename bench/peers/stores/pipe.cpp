// Two FIFOs per client, one each way, to a server of our own. A third one is its door: who comes writes a process id
// there, after which its two are named.
#include <fcntl.h>
#include <sys/stat.h>

#include "wire.hpp"

namespace bench {
namespace {

class Pipe : public WireClient {
public:
    static constexpr const char *kName = "pipe";

    static void serve(const Place &place) {
        if (mkfifo(door_path(place).c_str(), 0600) != 0) throw std::runtime_error("cannot make " + door_path(place));
        // For writing too, so that the door stays open while nobody comes.
        serve_table(open_fifo(door_path(place), O_RDWR), [&](int door) {
            pid_t client = 0;
            if (read(door, &client, sizeof client) != sizeof client) throw std::runtime_error("cannot read the door");
            // Each waits for the client, who opens them in the same order.
            const int in = open_fifo(path(place, client, "requests"), O_RDONLY);
            return Connection{in, open_fifo(path(place, client, "replies"), O_WRONLY)};
        });
    }
    void create(const Place &place, const DataSet &) { attach(place); }
    void attach(const Place &place) {
        const pid_t self = getpid();
        const std::string requests = path(place, self, "requests"), replies = path(place, self, "replies");
        if (mkfifo(requests.c_str(), 0600) != 0 || mkfifo(replies.c_str(), 0600) != 0)
            throw std::runtime_error("cannot make " + requests);
        int door = -1;
        reach([&] { return (door = ::open(door_path(place).c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)) >= 0; });
        if (write(door, &self, sizeof self) != sizeof self) throw std::runtime_error("cannot write to the door");
        close(door);
        const int out = open_fifo(requests, O_WRONLY);
        open({open_fifo(replies, O_RDONLY), out});
        unlink(requests.c_str());
        unlink(replies.c_str());
    }
    static void remove(const Place &place) { unlink(door_path(place).c_str()); }

private:
    static std::string door_path(const Place &place) { return place.directory + "/" + kName; }
    static std::string path(const Place &place, pid_t client, const char *what) {
        return door_path(place) + "." + std::to_string(client) + "." + what;
    }
    static int open_fifo(const std::string &path, int flags) {
        const int fifo = ::open(path.c_str(), flags | O_CLOEXEC);
        if (fifo < 0) throw std::runtime_error("cannot open " + path);
        return fifo;
    }
};

const Registered<Pipe> registered;

}  // namespace
}  // namespace bench

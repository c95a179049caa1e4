#include "peers.hpp"

#include <dirent.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "../support/layout/table.h"
#include "../support/system/own_shm.hpp"
#include "pool_state.hpp"
#include "store/layout.hpp"

namespace latzero::crash {
namespace {

Status status_of(latzero_status status) { return static_cast<Status>(status); }

constexpr std::size_t kTextSize = 512;
constexpr std::size_t kLarge = 40'000;

std::string check_key(latzero_client *client, bool expected) {
    char value[64];
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    const Status got = status_of(latzero_get(client, kKey, LATZERO_CSTR, value, sizeof value, &info));
    if (got == Status::not_found && !expected) return "";
    const bool whole = got == Status::ok || (got == Status::too_small && info.size == kLarge);
    return whole && expected ? "" : std::string("its key reads as ") + status_name(got);
}

Status replace(latzero_client *client) {
    const std::string large(kLarge, 'r');
    const Status set =
        status_of(latzero_set(client, kKey, LATZERO_CSTR, kBytesType, large.data(), large.size(), nullptr));
    latzero_pool_stats stats = LATZERO_POOL_STATS_INIT;
    if (set != Status::ok || latzero_stats(client, &stats) != LATZERO_OK) return set;
    return stats.borrowed_bytes == 0 ? Status::ok : Status::busy;
}

// Once, and by one key: nothing that stays lies at the end.
Status swell(latzero_client *client) {
    const std::string large(std::size_t{3} << 19, 's');
    const Status set =
        status_of(latzero_set(client, "work", LATZERO_CSTR, kBytesType, large.data(), large.size(), nullptr));
    return set == Status::ok ? status_of(latzero_set_i64(client, "work", LATZERO_CSTR, 1, nullptr)) : set;
}

Status handle(char what, latzero_client *&client) {
    switch (what) {
    case 'w': {
        const Status set = status_of(latzero_set_i64(client, "work", LATZERO_CSTR, 1, nullptr));
        return set == Status::ok && !check_key(client, true).empty() ? Status::not_found : set;
    }
    case 'r': return replace(client);
    case 's': return swell(client);
    default: return status_of(latzero_disconnect(std::exchange(client, nullptr)));
    }
}

void serve_requests(const std::string &pool, const PoolKind &kind, int line) {
    latzero_client *client = nullptr;
    store_uncompressed();
    Status status = create_pool(pool, kind);
    if (status == Status::ok || status == Status::pool_exists)
        status = connect(pool, kind.encrypted ? kFirstAuthKey : nullptr, client);
    if (status == Status::ok) status = set_key(client);
    char what = 0;
    while (write(line, &status, sizeof status) == sizeof status && read(line, &what, 1) == 1)
        status = handle(what, client);
}

}  // namespace

void mount_private_shm() {
    if (!test::mount_own_shm("mode=1777")) std::fprintf(stderr, "without a privilege /dev/shm is shared with others\n");
}

std::string object_prefix() {
    return std::string(layout_of(store::kLayoutVersion)->prefix) + "." + std::to_string(geteuid()) + ".";
}

std::set<std::string> named_pools() {
    std::set<std::string> names;
    const std::string begin = object_prefix(), end = unique_name("");
    const std::string_view own = std::string_view(end).substr(end.rfind('-'));
    DIR *directory = opendir("/dev/shm");
    while (const dirent *entry = directory != nullptr ? readdir(directory) : nullptr) {
        const std::string_view file = entry->d_name;
        if (file.starts_with(begin) && file.ends_with(own)) names.emplace(file.substr(begin.size()));
    }
    if (directory != nullptr) closedir(directory);
    return names;
}

std::uint64_t bytes_of(const std::string &pool) {
    struct stat found = {};
    return stat(("/dev/shm/" + object_prefix() + pool).c_str(), &found) == 0 ? static_cast<std::uint64_t>(found.st_size)
                                                                             : 0;
}

std::string run_in_child(const std::function<std::string()> &work) {
    static char *text =
        static_cast<char *>(mmap(nullptr, kTextSize, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    if (text == MAP_FAILED) must(Status::no_memory, "share memory");
    std::memset(text, 0, kTextSize);
    const pid_t process = fork();
    if (process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        work().copy(text, kTextSize - 1);
        _exit(0);
    }
    int status = 0;
    waitpid(process, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? text : "the child process crashed";
}

Status set_key(latzero_client *client) {
    return status_of(latzero_set(client, kKey, LATZERO_CSTR, kBytesType, kValue, sizeof kValue, nullptr));
}

std::string check_as_client(const std::string &pool, const char *auth_key, Status expected, bool has_key) {
    return run_in_child([&]() -> std::string {
        latzero_client *client = nullptr;
        const Status connected = connect(pool, auth_key, client);
        if (connected != expected) return std::string("connecting says ") + status_name(connected);
        if (connected != Status::ok) return "";
        std::string wrong = check_key(client, has_key);
        const Status set = status_of(latzero_set_i64(client, "visits", LATZERO_CSTR, 1, nullptr));
        if (wrong.empty() && set != Status::ok) wrong = std::string("a visitor's write says ") + status_name(set);
        const Status left = status_of(latzero_disconnect(client));
        if (wrong.empty() && left != Status::ok) wrong = std::string("disconnecting says ") + status_name(left);
        return wrong;
    });
}

// --- peers -----------------------------------------------------------------------------------------------------------

PeerClient::PeerClient(const std::string &pool, const PoolKind &kind) {
    int lines[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, lines) != 0) must(Status::io, "a connection to a peer");
    process_ = fork();
    if (process_ == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(lines[0]);
        serve_requests(pool, kind, lines[1]);
        _exit(0);
    }
    close(lines[1]);
    line_ = lines[0];
    Status status = Status::io;
    if (read(line_, &status, sizeof status) != sizeof status) status = Status::io;
    must(status, "connect a peer");
}

Status PeerClient::request(char what) {
    Status status = Status::io;
    if (write(line_, &what, 1) != 1 || read(line_, &status, sizeof status) != sizeof status) return Status::io;
    return status;
}

Status PeerClient::leave() {
    const Status left = request('l');
    kill();
    return left;
}

void PeerClient::kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    close(line_);
    process_ = -1;
}

}  // namespace latzero::crash

// Any bytes as the header and control area of a pool's file of any length: whoever looks for the pool, connects to it,
// changes its key or destroys it gets a status.
//
// An input is a byte that chooses the pool (plain, with an auth key, encrypted), three of the file's length, and then
// edits: two bytes of a place, one of a length, and the bytes themselves.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "../support/layout/table.h"
#include "../support/system/own_shm.hpp"
#include "client/keys.hpp"
#include "client/reading.hpp"
#include "client/writing.hpp"
#include "fuzz.hpp"
#include "platform/clock.hpp"
#include "platform/pool_names.hpp"
#include "platform/process.hpp"
#include "pool/life/create.hpp"
#include "pool/life/destroy.hpp"
#include "pool/life/rekey.hpp"
#include "pool/life/survey.hpp"

using namespace latzero;

namespace {

constexpr std::size_t kControlArea = 80 << 10;
constexpr std::size_t kMostLength = 2 << 20;
constexpr std::string_view kRawKey = "an auth key made of 32 raw bytes";
constexpr value::AuthKey kAuth{kRawKey, value::AuthKey::Kind::raw};

void must(Status status) { require(status == Status::ok); }

// The first bytes of sound pools, and the file that is made of them.
class Images {
public:
    Images() {
        // Where that is permitted, nobody else's pools are looked at.
        (void)test::mount_own_shm("mode=1777");
        name_ = "fuzz-attach-" + std::to_string(platform::process_number());
        path_ = std::string("/dev/shm/") + layout_of(store::kLayoutVersion)->prefix + "." + std::to_string(geteuid()) +
                "." + name_;
        for (int kind = 0; kind < kKinds; kind++) {
            pool::PoolOptions options{.persistent = kind != 3, .max_bytes = kMostLength};
            if (kind == 1 || kind == 2) options.key.auth = kAuth;
            options.key.encrypted = kind == 2;
            pool::Gate gate(kind == 1 || kind == 2 ? &kAuth : nullptr);
            bool created = false;
            must(pool::create_if_absent(name_, options, gate, platform::boot_ns() + 5'000'000'000, created));
            require(created);
            platform::MemoryObject object;
            must(platform::open_object(name_, platform::Access::read_only, object));
            images_[kind].resize(kControlArea);
            must(object.read(0, images_[kind].data(), kControlArea));
            must(platform::remove_name(object));
        }
    }

    const std::string &name() const { return name_; }
    static bool has_key(unsigned kind) { return kind % kKinds == 1 || kind % kKinds == 2; }
    std::string image(unsigned kind) const { return images_[kind % kKinds]; }

    void write(const std::string &bytes, std::size_t length) const {
        const int file = open(path_.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
        require(file >= 0 && ftruncate(file, static_cast<off_t>(length)) == 0);
        // An object with holes is refused at once.
        require(length == 0 || posix_fallocate(file, 0, static_cast<off_t>(length)) == 0);
        const std::size_t size = std::min(bytes.size(), length);
        require(pwrite(file, bytes.data(), size, 0) == static_cast<ssize_t>(size));
        close(file);
    }
    void remove() const { unlink(path_.c_str()); }

private:
    static constexpr int kKinds = 4;

    std::string name_, path_;
    std::string images_[kKinds];
};

void edit(std::string &bytes, const std::uint8_t *data, std::size_t size) {
    while (size > 3) {
        std::size_t at = 0;
        std::memcpy(&at, data, 2);
        const std::size_t length = std::min<std::size_t>(data[2] % 64, size - 3);
        // Mostly the header.
        if (data[2] & 0x80) at %= sizeof(store::Header);
        bytes.replace(at, length, reinterpret_cast<const char *>(data) + 3, length);
        data += 3 + length;
        size -= 3 + length;
    }
}

void connect(const std::string &name, bool read_only, pool::Gate &gate) {
    std::unique_ptr<client::Connection> connection;
    const pool::AttachOptions options{.read_only = read_only, .gate = &gate, .timeout_ns = 1'000'000};
    if (client::Connection::connect(name, options, connection) != Status::ok) return;
    char buffer[64];
    client::ValueInfo info;
    std::uint64_t keys = 0;
    (void)client::get(*connection, "key", buffer, sizeof buffer, info);
    (void)client::set(*connection, "key", {.type = 5, .bytes = "a value"});
    (void)client::size(*connection, "", keys);
    (void)connection.release()->drop_handle();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static const Images images;
    if (size < 4) return 0;
    std::string bytes = images.image(data[0]);
    std::size_t length = 0;
    std::memcpy(&length, data + 1, 3);
    length = data[0] & 0x80 ? kMostLength / 2 : length % kMostLength;
    edit(bytes, data + 4, size - 4);
    images.write(bytes, length);
    bool found = false;
    std::vector<pool::PoolSummary> pools;
    (void)pool::exists(images.name(), found);
    must(pool::list(pools));
    pool::Gate gate(images.has_key(data[0]) ? &kAuth : nullptr);
    connect(images.name(), true, gate);
    connect(images.name(), false, gate);
    if (images.has_key(data[0])) (void)pool::rekey(images.name(), kAuth, kAuth, {}, {});
    (void)pool::destroy(images.name());
    images.remove();
    return 0;
}

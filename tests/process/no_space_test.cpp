// The system's shared memory is full, read-only or not there at all: a status each, never a signal, and the pool as it
// was. In a mount namespace of the test's own, with a small file system over /dev/shm that is filled to the page.
#include "../support/process/child.hpp"
#include "../support/process/client.hpp"
#include "../support/process/inspector.hpp"
#include "../support/process/stage.hpp"
#include "../support/process/value.hpp"
#include "../support/system/own_shm.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace latzero::test {
namespace {

constexpr const char *kDirectory = "/dev/shm";
constexpr const char *kBallast = "/dev/shm/ballast";
constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kTotalPages = 4096;
constexpr std::uint64_t kFirstPages = 256;  // of a pool that has not grown

bool expect_done(int result, const char *what) {
    return LATZERO_EXPECT(result == 0, "%s failed (errno %d)", what, errno);
}

std::uint64_t free_pages() {
    struct statvfs status = {};
    expect_done(statvfs(kDirectory, &status), "statvfs");
    return status.f_bfree;
}

std::size_t entries_of(const char *path) {
    std::size_t count = 0;
    DIR *directory = opendir(path);
    while (directory != nullptr && readdir(directory) != nullptr) count++;
    if (directory != nullptr) closedir(directory);
    return count;
}

// Leaves exactly that many pages of the file system free.
void leave_free(std::uint64_t pages) {
    unlink(kBallast);
    const std::uint64_t free = free_pages();
    const int file = open(kBallast, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (free > pages) expect_done(posix_fallocate(file, 0, static_cast<off_t>((free - pages) * kPage)), "the ballast");
    close(file);
    const std::uint64_t left = free_pages();
    LATZERO_EXPECT(left == std::min(free, pages), "%" PRIu64 " pages free instead of %" PRIu64, left, pages);
}

void mount_small_file_system() {
    const std::string size = "size=" + std::to_string(kTotalPages * kPage) + ",mode=1777";
    if (!mount_own_shm(size.c_str())) skip_test("a /dev/shm of its own needs a privilege");
}

// One pool that is filled while so many pages are left for it.
class Filling {
public:
    Filling(std::uint64_t pages, std::uint64_t seed) : random_(seed), client_(make_room(pages), creating()) {}

    // How many keys there were when the space was used up.
    std::size_t perform() {
        if (!expect_ok(client_.status(), "connect")) return 0;
        fill();
        verify("full");
        // As often as one likes.
        for (int i = 0; i < 3; i++) expect_no_space();
        verify("still full");
        change_in_place();
        unlink(kBallast);
        expect_ok(client_.set(key_of(next_), value_), "the same set, with room");
        sizes_[next_] = static_cast<std::uint32_t>(value_.size());
        verify("with room");
        Inspector inspector(pool_, Inspector::Access::read_write);
        if (inspector.attached()) (void)inspector.recover_and_check();
        return sizes_.size();
    }

private:
    static ClientOptions creating() {
        ClientOptions options;
        options.create = true;
        return options;
    }
    static std::string key_of(std::uint64_t key) { return "key." + std::to_string(key); }

    const std::string &make_room(std::uint64_t pages) {
        leave_free(pages);
        return pool_;
    }

    std::uint32_t choose_size() {
        if (random_.one_in(20)) return static_cast<std::uint32_t>(random_.between(2000, 200'000));
        return static_cast<std::uint32_t>(random_.between(kLeastValue, 2000));
    }

    void fill() {
        for (next_ = 0; failure_count() == 0; next_++) {
            make_value(value_, choose_size(), next_, 1);
            const latzero_status status = client_.set(key_of(next_), value_);
            if (status == LATZERO_NO_SPACE) return;
            if (!expect_ok(status, "a set before the space was used up")) return;
            sizes_[next_] = static_cast<std::uint32_t>(value_.size());
        }
    }

    void expect_no_space() {
        const std::uint64_t before = free_pages();
        const latzero_status status = client_.set(key_of(next_), value_);
        LATZERO_EXPECT(status == LATZERO_NO_SPACE, "a set without space: %s", name_of(status));
        LATZERO_EXPECT(free_pages() == before, "a set that was refused kept %" PRIu64 " pages", before - free_pages());
    }

    void verify(const char *when) {
        std::uint64_t number = 0;
        for (const auto &[key, size] : sizes_) {
            const latzero_status got = client_.get(key_of(key));
            const bool whole = client_.size() == size && read_value(client_.bytes(), size, key, &number);
            LATZERO_EXPECT(got == LATZERO_OK && whole, "%s: key %" PRIu64 ": %s", when, key, name_of(got));
        }
        std::uint64_t keys = 0;
        expect_ok(latzero_size(client_.handle(), &keys), "size");
        LATZERO_EXPECT(keys == sizes_.size(), "%s: %" PRIu64 " keys instead of %zu", when, keys, sizes_.size());
    }

    // What needs no new page works: delete a large value, and put it back where it was.
    void change_in_place() {
        const auto largest = std::max_element(sizes_.begin(), sizes_.end(),
                                              [](const auto &a, const auto &b) { return a.second < b.second; });
        std::vector<char> value;
        make_value(value, largest->second, largest->first, 2);
        expect_ok(client_.remove(key_of(largest->first)), "a delete without space");
        expect_ok(client_.set(key_of(largest->first), value), "a set in the place of what was deleted");
    }

    Random random_;
    const std::string pool_ = fresh_name();
    Client client_;
    std::vector<char> value_;
    std::uint64_t next_ = 0;
    std::map<std::uint64_t, std::uint32_t> sizes_;
};

// Around each step of growth, to the page: 1 to 2, 2 to 4 and 4 to 8 MiB, the last one in two steps of the system.
void fill_up() {
    std::uint64_t fillings = 0, keys = 0;
    const std::uint64_t step = std::max<std::uint64_t>(1, 4 / scaled(1));
    const auto fill_to = [&](std::uint64_t first, std::uint64_t last, std::uint64_t by) {
        for (std::uint64_t pages = first; pages <= last && failure_count() == 0; pages += by, fillings++)
            keys += Filling(pages, pages).perform();
    };
    fill_to(kFirstPages, 2 * kFirstPages + 4, step);
    for (const std::uint64_t edge : {4 * kFirstPages, 8 * kFirstPages, 12 * kFirstPages})
        fill_to(edge - 2, edge + 2, 1);
    std::printf("%" PRIu64 " pools filled until NO_SPACE, %" PRIu64 " keys, all there\n", fillings, keys);
}

void create_without_space() {
    std::uint64_t refused = 0;
    for (const std::uint64_t pages : {std::uint64_t{0}, std::uint64_t{1}, kFirstPages / 2, kFirstPages - 1}) {
        leave_free(pages);
        const std::size_t files = entries_of(kDirectory), descriptors = entries_of("/proc/self/fd");
        const std::string pool = fresh_name();
        const latzero_status status = latzero_pool_create(pool.c_str(), nullptr);
        LATZERO_EXPECT(status == LATZERO_NO_SPACE, "create with %" PRIu64 " pages: %s", pages, name_of(status));
        LATZERO_EXPECT(entries_of(kDirectory) == files && free_pages() == pages, "a refused create left something");
        LATZERO_EXPECT(entries_of("/proc/self/fd") == descriptors, "a refused create left a descriptor open");
        refused++;
    }
    leave_free(kFirstPages);
    ClientOptions options;
    options.create = true;
    expect_ok(Client(fresh_name(), options).status(), "create with just enough pages");
    unlink(kBallast);
    std::printf("%" PRIu64 " creates refused in a full file system\n", refused);
}

// A persistent pool, since nobody may be writing when the file system is made read-only. It can still be read.
void read_only_file_system() {
    const std::string pool = fresh_name();
    latzero_pool_options persistent = LATZERO_POOL_OPTIONS_INIT;
    persistent.flags = LATZERO_POOL_PERSISTENT;
    ClientOptions read_only;
    read_only.read_only = true;
    std::vector<char> value;
    make_value(value, 100, 1, 1);
    expect_ok(latzero_pool_create(pool.c_str(), &persistent), "create");
    expect_ok(Client(pool).set("key", value), "set");
    expect_done(mount(nullptr, kDirectory, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr), "remounting read-only");
    const latzero_status created = latzero_pool_create(fresh_name().c_str(), nullptr);
    LATZERO_EXPECT(created == LATZERO_PERMISSION, "create in a read-only file system: %s", name_of(created));
    const latzero_status connected = Client(pool).status();
    LATZERO_EXPECT(connected == LATZERO_PERMISSION, "connect in a read-only file system: %s", name_of(connected));
    const latzero_status destroyed = latzero_pool_destroy(pool.c_str());
    LATZERO_EXPECT(destroyed == LATZERO_PERMISSION, "destroy in a read-only file system: %s", name_of(destroyed));
    expect_ok(Client(pool, read_only).get("key"), "get in a read-only file system");
    expect_done(mount(nullptr, kDirectory, nullptr, MS_REMOUNT | MS_BIND, nullptr), "remounting for writing");
    expect_ok(Client(pool).get("key"), "get after all");
    expect_ok(latzero_pool_destroy(pool.c_str()), "destroy");
}

// Every way in says the same.
void expect_unsupported(const char *what) {
    std::int32_t exists = 0;
    latzero_pool_info *pools = nullptr;
    std::size_t count = 0;
    ClientOptions options;
    options.create = true;
    for (const latzero_status status :
         {latzero_pool_create("absent", nullptr), Client("absent", options).status(), Client("absent").status(),
          latzero_pool_exists("absent", &exists), latzero_pool_destroy("absent"),
          latzero_pool_list(sizeof *pools, &pools, &count), latzero_pool_cleanup(nullptr)})
        LATZERO_EXPECT(status == LATZERO_UNSUPPORTED, "%s: %s", what, name_of(status));
}

// Over all of /dev, so that the real one is never touched.
void no_directory() {
    expect_done(mount("test", "/dev", "tmpfs", 0, "size=64k"), "mounting over /dev");
    expect_unsupported("/dev/shm absent");
    const int file = open(kDirectory, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    LATZERO_EXPECT(file >= 0, "no file to be had");
    close(file);
    expect_unsupported("/dev/shm a file");
    expect_done(umount2("/dev", MNT_DETACH), "unmounting");
}

// The last place that a file can have is taken too.
void no_inode() {
    expect_done(mount("test", kDirectory, "tmpfs", 0, "size=8m,nr_inodes=1"), "mounting without inodes");
    const latzero_status status = latzero_pool_create(fresh_name().c_str(), nullptr);
    LATZERO_EXPECT(status == LATZERO_NO_SPACE, "create without inodes: %s", name_of(status));
    expect_done(umount2(kDirectory, MNT_DETACH), "unmounting");
}

void play() {
    mount_small_file_system();
    create_without_space();
    fill_up();
    read_only_file_system();
    no_inode();
    LATZERO_EXPECT(entries_of(kDirectory) == 2, "files are left");
    no_directory();
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments, {LATZERO_ROLE(play)});
    return run_stage<play>(120);
}

// A save is killed before and after each of its system calls, over an old file and where there is none: the path leads
// to the old file or to the whole new one, readable by its user alone, and nothing is left that the next save to it
// does not take away.
#include <dirent.h>
#include <latzero/latzero.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "stepper.hpp"

namespace {

using latzero::crash::Markers;
using latzero::crash::Victim;

constexpr const char *kPool = "snapshot-kills";
constexpr int kKeys = 40, kValueBytes = 20'000;  // some pieces of a file
const std::string kOld = "as it was";

void must(bool holds, const char *what) {
    if (holds) return;
    std::fprintf(stderr, "%s: %s\n", what, latzero_last_error());
    std::exit(1);
}

latzero_client *connect(std::uint32_t flags) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = nullptr;
    options.flags = flags;
    must(latzero_connect(kPool, &options, &client) == LATZERO_OK, "connect");
    return client;
}

std::string content_of(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

class Kills {
public:
    explicit Kills(std::string name, bool over_old) : over_old_(over_old) {
        char made[] = "/tmp/latzero-test.XXXXXX";
        must(mkdtemp(made) != nullptr, "mkdtemp");
        directory_ = made;
        path_ = directory_ + "/" + name;
        second_ = std::string(directory_).append("/.").append(name).append(".new");
    }
    ~Kills() {
        clear();
        rmdir(directory_.c_str());
    }

    // Returns how many stops there are. Every one is a point to kill at; at 0 the save has not begun.
    unsigned run() {
        for (unsigned stops = 0;; stops++) {
            clear();
            if (over_old_) std::ofstream(path_) << kOld;
            const bool through = kill_at(stops);
            judge(stops, through);
            if (through) return stops;
        }
    }
    unsigned violations() const { return violations_; }
    unsigned left_twice() const { return left_twice_; }

private:
    bool kill_at(unsigned stops) {
        Victim victim([this] {
            latzero_client *client = connect(LATZERO_CONNECT_READ_ONLY);
            Markers::begin();
            must(latzero_snapshot_save(client, path_.c_str(), nullptr, nullptr) == LATZERO_OK, "save");
            Markers::end();
        });
        must(victim.began(), "the victim died on its own");
        for (unsigned stop = 0; stop < stops; stop++)
            if (victim.run_to_system_call() != Victim::Stop::system_call) return true;
        return false;
    }

    void judge(unsigned stops, bool through) {
        const std::set<std::string> files = list();
        const bool is_there = files.contains(path_), is_twice = files.contains(second_);
        if (files.size() != std::size_t{is_there} + is_twice) complain(stops, "there are other files");
        if (over_old_ && !is_there) complain(stops, "the old file is gone");
        const bool is_old = is_there && over_old_ && content_of(path_) == kOld;
        if (is_there && !is_old) check_new(stops, path_);
        if (is_twice) check_new(stops, second_);
        if (is_twice && is_there && !is_old) complain(stops, "it is left twice");
        if (through && (!is_there || is_old || is_twice)) complain(stops, "it got through, and it is not done");
        left_twice_ += is_twice;
        save_again(stops);
    }

    void check_new(unsigned stops, const std::string &path) {
        struct stat status = {};
        latzero_snapshot_report report = LATZERO_SNAPSHOT_REPORT_INIT;
        if (stat(path.c_str(), &status) != 0 || (status.st_mode & 07777) != 0600) complain(stops, "others may read it");
        if (latzero_snapshot_check(path.c_str(), nullptr, &report) != LATZERO_OK || report.entries != kKeys)
            complain(stops, latzero_last_error());
    }

    void save_again(unsigned stops) {
        latzero_client *client = connect(LATZERO_CONNECT_READ_ONLY);
        must(latzero_snapshot_save(client, path_.c_str(), nullptr, nullptr) == LATZERO_OK, "save again");
        must(latzero_disconnect(client) == LATZERO_OK, "disconnect");
        if (list() != std::set<std::string>{path_}) complain(stops, "the next save has not taken away what was left");
    }

    std::set<std::string> list() const {
        std::set<std::string> files;
        DIR *opened = opendir(directory_.c_str());
        while (const dirent *entry = readdir(opened))
            if (const std::string name = entry->d_name; name != "." && name != "..")
                files.insert(directory_ + "/" + name);
        closedir(opened);
        return files;
    }

    void clear() const {
        for (const std::string &file : list()) unlink(file.c_str());
    }

    void complain(unsigned stops, const char *what) {
        violations_++;
        std::fprintf(stderr, "VIOLATION after %u stops: %s\n", stops, what);
    }

    bool over_old_;
    std::string directory_, path_, second_;
    unsigned violations_ = 0, left_twice_ = 0;
};

}  // namespace

int main() {
    latzero_client *client = connect(LATZERO_CONNECT_CREATE);
    const std::string value(kValueBytes, 'v');
    for (int key = 0; key < kKeys; key++) {
        const std::string name = std::string("k").append(std::to_string(key));
        must(latzero_set_string(client, name.data(), name.size(), value.data(), value.size(), nullptr) == LATZERO_OK,
             "set");
    }
    unsigned violations = 0, left_twice = 0;
    for (const char *name : {"plain.json", "small.json.zst"}) {
        for (const bool over_old : {false, true}) {
            Kills kills(name, over_old);
            const unsigned stops = kills.run();
            std::printf("%s, %s: killed at %u points, the new file left under its second name at %u\n", name,
                        over_old ? "over an old file" : "where there is none", stops, kills.left_twice());
            violations += kills.violations();
            left_twice += kills.left_twice();
            if (stops < 10) violations++;
        }
    }
    // The one point between two system calls: a test that never meets it has not looked.
    if (left_twice == 0) std::fprintf(stderr, "no point between the two steps was met\n");
    must(latzero_disconnect(client) == LATZERO_OK, "disconnect");
    return violations == 0 && left_twice > 0 ? 0 : 1;
}

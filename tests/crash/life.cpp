#include "life.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

#include "stepper.hpp"
#include "town.hpp"

namespace latzero::crash {
namespace {

// A point of a victim's way: so many stops at system calls (before and behind each is one), then so many instructions.
struct Point {
    std::uint64_t stops, steps;
    auto operator<=>(const Point &) const = default;
};

// The bytes under a name, whoever is connected to them: a look that keeps nothing alive.
class Bytes {
public:
    explicit Bytes(const std::string &pool) : path_("/dev/shm/" + object_prefix() + pool) {}
    ~Bytes() { forget(); }
    Bytes(const Bytes &) = delete;
    Bytes &operator=(const Bytes &) = delete;

    // Behind a system call the name may lead to another object.
    void look_up() {
        forget();
        const int file = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
        struct stat status = {};
        if (file >= 0 && fstat(file, &status) == 0 && status.st_size > 0) {
            size_ = std::min<std::size_t>(static_cast<std::size_t>(status.st_size), kLookedAt);
            void *data = mmap(nullptr, size_, PROT_READ, MAP_SHARED, file, 0);
            data_ = data == MAP_FAILED ? nullptr : static_cast<const char *>(data);
        }
        if (file >= 0) close(file);
    }
    bool changed() {
        if (data_ == nullptr) return false;
        if (last_.size() == size_ && std::memcmp(last_.data(), data_, size_) == 0) return false;
        last_.assign(data_, size_);
        return true;
    }

private:
    // Header, stripes and client slots: what coming and going writes.
    static constexpr std::size_t kLookedAt = 69'632;

    void forget() {
        if (data_ != nullptr) munmap(const_cast<char *>(data_), size_);
        data_ = nullptr;
    }

    std::string path_, last_;
    const char *data_ = nullptr;
    std::size_t size_ = 0;
};

class Explorer {
public:
    Explorer(const Life &life, std::uint32_t samples, std::string again, Row &row)
        : life_(life), samples_(samples), again_(std::move(again)), row_(row) {}

    void explore() {
        for (const Point &point : survey()) kill_at(point);
    }

private:
    // A call that is interrupted is made again: so many stops may lie between two runs' same point.
    static constexpr std::uint64_t kSlack = 4;

    void be_the_victim() const {
        life_.before();
        Markers::begin();
        life_.operation();
        Markers::end();
    }

    // Where to kill: steps through the operation once.
    std::vector<Point> survey() {
        life_.set_up();
        std::vector<Point> points{{0, 0}}, others;
        {
            Victim victim([this] { be_the_victim(); });
            Bytes bytes(life_.pool);
            bytes.look_up();
            (void)bytes.changed();
            Point at{0, 0};
            for (bool on = victim.began(); on;) {
                const bool calls = victim.before_system_call();
                if (calls) points.push_back({at.stops + 1, 0});
                on = victim.step() == Victim::Stop::on_the_way;
                row_.points++;
                at = calls ? Point{at.stops + 2, 0} : Point{at.stops, at.steps + 1};
                if (calls) bytes.look_up();
                (calls || bytes.changed() ? points : others).push_back(at);
            }
        }
        life_.tear_down();
        std::mt19937 random(1);
        std::shuffle(others.begin(), others.end(), random);
        others.resize(std::min<std::size_t>(others.size(), samples_));
        points.insert(points.end(), others.begin(), others.end());
        // And once it is through.
        points.push_back({~std::uint64_t{0}, 0});
        std::sort(points.begin(), points.end());
        return points;
    }

    void kill_at(const Point &point) {
        row_.runs++;
        life_.set_up();
        Victim victim([this] { be_the_victim(); });
        bool through = !victim.began();
        if (through) complain(point, "the victim died on its own");
        for (std::uint64_t stop = 0; stop < point.stops && !through; stop++, row_.points++)
            through = victim.run_to_system_call() != Victim::Stop::system_call;
        for (std::uint64_t step = 0; step < point.steps && !through; step++, row_.points++)
            through = victim.step() != Victim::Stop::on_the_way;
        row_.states++;
        std::string wrong = life_.meet ? life_.meet() : "";
        victim.kill();
        bool done = false;
        if (wrong.empty()) wrong = life_.judge(done);
        if (!wrong.empty()) complain(point, wrong);
        if (wrong.empty() && !done && point.stops > kSlack && done_at_ < point.stops - kSlack)
            complain(point, "what was done is undone again");
        if (wrong.empty() && through && !done) complain(point, "the victim was through, and it is not done");
        if (done) done_at_ = std::min(done_at_, point.stops);
        life_.tear_down();
        for (const std::string &pool : named_pools()) complain(point, pool + " is left behind");
    }

    void complain(const Point &point, const std::string &what) {
        row_.violations++;
        std::fprintf(stderr, "VIOLATION '%s' (%s): killed after %llu stops and %llu instructions: %s\n",
                     life_.name.c_str(), again_.c_str(), static_cast<unsigned long long>(point.stops),
                     static_cast<unsigned long long>(point.steps), what.c_str());
    }

    const Life &life_;
    std::uint32_t samples_;
    std::string again_;
    Row &row_;
    std::uint64_t done_at_ = ~std::uint64_t{0};
};

}  // namespace

void explore_life(const Life &life, std::uint32_t samples, const std::string &again, Row &row) {
    Explorer(life, samples, again, row).explore();
}

}  // namespace latzero::crash

#include "lifecycle.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

#include "peers.hpp"
#include "stepper.hpp"

namespace latzero::crash {
namespace {

// A point in a victim's run: so many stops at system calls (one before and one after each), then so many instructions.
struct Point {
    std::uint64_t stops, steps;
    auto operator<=>(const Point &) const = default;
};

// The bytes of the object under a name, mapped without a connection, so that no pool is kept alive.
class Bytes {
public:
    explicit Bytes(const std::string &pool) : path_("/dev/shm/" + object_prefix() + pool) {}
    ~Bytes() { forget(); }
    Bytes(const Bytes &) = delete;
    Bytes &operator=(const Bytes &) = delete;

    // After a system call the name may lead to another object.
    void map_again() {
        forget();
        const int file = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
        struct stat status = {};
        if (file >= 0 && fstat(file, &status) == 0 && status.st_size > 0) {
            size_ = std::min<std::size_t>(static_cast<std::size_t>(status.st_size), kMapped);
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
    // Header, stripes and client slots: what connecting and disconnecting writes.
    static constexpr std::size_t kMapped = 69'632;

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
    Explorer(const LifecycleCase &test_case, std::uint32_t samples, std::string again, Row &row)
        : case_(test_case), samples_(samples), again_(std::move(again)), row_(row) {}

    void explore() {
        for (const Point &point : survey()) kill_at(point);
    }

private:
    // An interrupted call is made again, so the same point of two runs may differ by this many stops.
    static constexpr std::uint64_t kSlack = 4;
    // More than most operations make. Who makes more has many instructions between two calls, all of them stepped
    // through for each of these points.
    static constexpr std::size_t kManyChanges = 100;

    void run_as_victim() const {
        case_.before();
        Markers::begin();
        case_.operation();
        Markers::end();
    }

    // Steps through the operation once and returns the points at which to kill.
    std::vector<Point> survey() {
        case_.set_up();
        std::vector<Point> points{{0, 0}}, changes, others;
        {
            Victim victim([this] { run_as_victim(); });
            Bytes bytes(case_.pool);
            bytes.map_again();
            (void)bytes.changed();
            Point at{0, 0};
            for (bool running = victim.began(); running;) {
                const bool calls = victim.before_system_call();
                if (calls) points.push_back({at.stops + 1, 0});
                running = victim.step() == Victim::Stop::on_the_way;
                row_.points++;
                at = calls ? Point{at.stops + 2, 0} : Point{at.stops, at.steps + 1};
                if (calls) bytes.map_again();
                const bool changed = bytes.changed();
                (calls ? points : changed ? changes : others).push_back(at);
            }
        }
        case_.tear_down();
        std::mt19937 random(1);
        const bool many = changes.size() > kManyChanges;
        add_some(changes, many ? samples_ / 4 : kManyChanges, random, points);
        add_some(others, many ? samples_ / 4 : samples_, random, points);
        // And once after its end.
        points.push_back({~std::uint64_t{0}, 0});
        std::sort(points.begin(), points.end());
        return points;
    }

    static void add_some(std::vector<Point> &from, std::size_t most, std::mt19937 &random, std::vector<Point> &points) {
        std::shuffle(from.begin(), from.end(), random);
        from.resize(std::min(from.size(), most));
        points.insert(points.end(), from.begin(), from.end());
    }

    void kill_at(const Point &point) {
        row_.runs++;
        case_.set_up();
        Victim victim([this] { run_as_victim(); });
        bool through = !victim.began();
        if (through) complain(point, "the victim died on its own");
        for (std::uint64_t stop = 0; stop < point.stops && !through; stop++, row_.points++)
            through = victim.run_to_system_call() != Victim::Stop::system_call;
        for (std::uint64_t step = 0; step < point.steps && !through; step++, row_.points++)
            through = victim.step() != Victim::Stop::on_the_way;
        row_.states++;
        std::string wrong = case_.meet ? case_.meet() : "";
        victim.kill();
        bool done = false;
        if (wrong.empty()) wrong = case_.judge(done);
        if (!wrong.empty()) complain(point, wrong);
        if (wrong.empty() && !done && point.stops > kSlack && done_at_ < point.stops - kSlack)
            complain(point, "what was done is undone again");
        if (wrong.empty() && through && !done) complain(point, "the victim got through, and it is not done");
        if (done) done_at_ = std::min(done_at_, point.stops);
        case_.tear_down();
        for (const std::string &pool : named_pools()) complain(point, pool + " is left behind");
    }

    void complain(const Point &point, const std::string &what) {
        row_.violations++;
        std::fprintf(stderr, "VIOLATION '%s' (%s): killed after %llu stops and %llu instructions: %s\n",
                     case_.name.c_str(), again_.c_str(), static_cast<unsigned long long>(point.stops),
                     static_cast<unsigned long long>(point.steps), what.c_str());
    }

    const LifecycleCase &case_;
    std::uint32_t samples_;
    std::string again_;
    Row &row_;
    std::uint64_t done_at_ = ~std::uint64_t{0};
};

}  // namespace

void explore_case(const LifecycleCase &test_case, std::uint32_t samples, const std::string &again, Row &row) {
    Explorer(test_case, samples, again, row).explore();
}

}  // namespace latzero::crash

// Processes that a measurement starts, and the memory through which they meet.
#pragma once

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>
#include <vector>

namespace latzero::bench {

// A T that processes share which are forked later.
template <typename T>
class Shared {
public:
    Shared() {
        void *memory = mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::runtime_error("no memory to share");
        shared_ = new (memory) T;
    }
    ~Shared() { munmap(shared_, sizeof(T)); }
    Shared(const Shared &) = delete;
    Shared &operator=(const Shared &) = delete;

    T &operator*() const { return *shared_; }
    T *operator->() const { return shared_; }

private:
    T *shared_;
};

// All begin at once.
struct Start {
    std::atomic<int> ready{0};
    std::atomic<bool> open{false};

    void wait() {
        ready++;
        while (!open) usleep(100);
    }
};

// Children, each with work of its own; they end with this.
class Crew {
public:
    Crew() = default;
    ~Crew();
    Crew(const Crew &) = delete;
    Crew &operator=(const Crew &) = delete;

    template <typename Work>
    pid_t add(Work work);
    // Waits until all are at the start, and opens it.
    void begin(Start &start);
    // Waits for the ends of all, or of one. Throws if a child has failed.
    void join();
    void join(pid_t child);

private:
    void check_running();

    std::vector<pid_t> children_;
};

// Binds this process to a core; with fewer cores than processes they share.
void pin(int core);

template <typename Work>
pid_t Crew::add(Work work) {
    std::fflush(nullptr);  // lest the child print it again
    const pid_t child = fork();
    if (child < 0) throw std::runtime_error("cannot fork");
    if (child > 0) {
        children_.push_back(child);
        return child;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int code = 0;
    try {
        work();
    } catch (const std::exception &failure) {
        std::fprintf(stderr, "%s\n", failure.what());
        code = 1;
    }
    _exit(code);
}

}  // namespace latzero::bench

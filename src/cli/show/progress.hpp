// A sign of life from work that takes long: how long it has taken so far. On a terminal only.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace latzero::cli {

// After the first second, a line on standard error that is renewed each second and removed at the end.
class Progress {
public:
    // `what`: "checking pool 'x'".
    explicit Progress(std::string what);
    ~Progress();
    Progress(const Progress &) = delete;
    Progress &operator=(const Progress &) = delete;

private:
    void tell();

    const std::string what_;
    std::mutex mutex_;
    std::condition_variable end_;
    bool over_ = false;
    std::thread teller_;  // none if standard error is no terminal
};

}  // namespace latzero::cli

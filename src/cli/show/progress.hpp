// A sign of life of what takes long: how long it has taken so far, on a terminal alone.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace latzero::cli {

// From a second on a line on standard error, renewed each second, and gone in the end.
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

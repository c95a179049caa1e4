// HTTP/1.1 over loopback with keep-alive, by cpp-httplib on both sides: GET /key, PUT /key, and POST /key to add one.
#include <httplib.h>

#include <charconv>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "served.hpp"

namespace bench {
namespace {

constexpr const char *kHost = "127.0.0.1", *kBytes = "application/octet-stream";

// The server's threads share it.
class Table {
public:
    bool get(const std::string &key, std::string &out) const {
        const std::shared_lock lock(mutex_);
        const auto found = values_.find(key);
        if (found != values_.end()) out = found->second;
        return found != values_.end();
    }
    void set(const std::string &key, const std::string &value) {
        const std::unique_lock lock(mutex_);
        values_[key] = value;
    }
    bool increment(const std::string &key, std::string &out) {
        const std::unique_lock lock(mutex_);
        const auto found = values_.find(key);
        std::int64_t number = 0;
        if (found == values_.end()) return false;
        std::string &value = found->second;
        if (std::from_chars(value.data(), value.data() + value.size(), number).ec != std::errc()) return false;
        out = value = std::to_string(number + 1);
        return true;
    }

private:
    mutable std::shared_mutex mutex_;
    std::unordered_map<std::string, std::string> values_;
};

class Http {
public:
    static constexpr const char *kName = "http";

    static void serve(const Place &place) {
        // A client holds a thread for as long as it is connected, be it between two measurements.
        constexpr std::size_t kThreads = 16, kRequests = ~std::size_t{0};
        constexpr time_t kSeconds = 600;
        constexpr const char *kAnyKey = "/(.+)";
        Table table;
        const auto key_of = [](const httplib::Request &request) { return request.matches[1].str(); };
        const auto answer = [](bool found, const std::string &body, httplib::Response &response) {
            if (found)
                response.set_content(body, kBytes);
            else
                response.status = 404;
        };
        httplib::Server server;
        server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
        server.set_tcp_nodelay(true).set_keep_alive_max_count(kRequests).set_keep_alive_timeout(kSeconds);
        server.Get(kAnyKey, [&](const httplib::Request &request, httplib::Response &response) {
            std::string value;
            const bool found = table.get(key_of(request), value);
            answer(found, value, response);
        });
        server.Put(kAnyKey, [&](const httplib::Request &request, httplib::Response &response) {
            table.set(key_of(request), request.body);
            response.status = 204;
        });
        server.Post(kAnyKey, [&](const httplib::Request &request, httplib::Response &response) {
            std::string value;
            const bool found = table.increment(key_of(request), value);
            answer(found, value, response);
        });
        publish_port(place, kName, server.bind_to_any_port(kHost));
        server.listen_after_bind();
    }
    void create(const Place &place, const DataSet &) { attach(place); }
    void attach(const Place &place) {
        client_ = std::make_unique<httplib::Client>(kHost, find_port(place, kName));
        client_->set_keep_alive(true);
        client_->set_tcp_nodelay(true);
    }
    void detach() { client_.reset(); }
    static void remove(const Place &place) { remove_port(place, kName); }

    std::size_t get(const char *key, void *out, std::size_t capacity) {
        const httplib::Result result = client_->Get(path_of(key));
        if (!result || result->status != 200) return 0;
        const std::size_t size = std::min(result->body.size(), capacity);
        std::memcpy(out, result->body.data(), size);
        return size;
    }
    bool set(const char *key, const void *value, std::size_t size) {
        const httplib::Result result = client_->Put(path_of(key), static_cast<const char *>(value), size, kBytes);
        return result && result->status == 204;
    }
    bool set_counter(const char *key) { return set(key, "0", 1); }
    bool increment(const char *key) {
        const httplib::Result result = client_->Post(path_of(key));
        return result && result->status == 200;
    }

private:
    static std::string path_of(const char *key) { return '/' + std::string(key, kKeySize); }

    std::unique_ptr<httplib::Client> client_;
};

const Registered<Http> registered;

}  // namespace
}  // namespace bench

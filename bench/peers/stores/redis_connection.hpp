// A connection to a Redis server of our own: over a Unix socket, and nothing goes to a disk.
#pragma once

#include <hiredis/hiredis.h>

#include <initializer_list>
#include <string_view>

#include "served.hpp"

namespace bench {

class RedisConnection {
public:
    [[noreturn]] static void serve_at(const std::string &socket) {
        run_program({"redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no",
                     "--daemonize", "no"});
    }
    void open(const std::string &socket) {
        reach([&] {
            context_.reset(redisConnectUnix(socket.c_str()));
            return context_ != nullptr && context_->err == 0;
        });
    }
    void detach() { context_.reset(); }

    struct Free {
        void operator()(redisReply *reply) const { freeReplyObject(reply); }
        void operator()(redisContext *context) const { redisFree(context); }
    };
    using Reply = std::unique_ptr<redisReply, Free>;

    // Queues a command, which goes out when a reply is awaited.
    void send(std::initializer_list<std::string_view> words) {
        constexpr std::size_t kMost = 3;
        const char *begins[kMost];
        std::size_t sizes[kMost], count = 0;
        for (const std::string_view word : words) {
            begins[count] = word.data();
            sizes[count++] = word.size();
        }
        redisAppendCommandArgv(context_.get(), static_cast<int>(count), begins, sizes);
    }
    // nullptr: the connection broke.
    Reply receive() {
        void *reply = nullptr;
        return Reply(redisGetReply(context_.get(), &reply) == REDIS_OK ? static_cast<redisReply *>(reply) : nullptr);
    }
    // Of a get: bytes copied out, 0: absent.
    static std::size_t copy(const Reply &reply, void *out, std::size_t capacity) {
        if (reply == nullptr || reply->type != REDIS_REPLY_STRING) return 0;
        const std::size_t size = std::min<std::size_t>(reply->len, capacity);
        std::memcpy(out, reply->str, size);
        return size;
    }
    // Of a change.
    static bool fine(const Reply &reply) { return reply != nullptr && reply->type != REDIS_REPLY_ERROR; }

private:
    std::unique_ptr<redisContext, Free> context_;
};

}  // namespace bench

// What serves a connection's callbacks and descriptors on a thread of its own (background/watch_thread.hpp): it ends
// before the connection does.
#pragma once

namespace latzero::client {

class WatchService {
public:
    virtual ~WatchService() = default;

    // Whether the caller is that thread, amid a callback.
    virtual bool is_this_thread() const = 0;
};

}  // namespace latzero::client

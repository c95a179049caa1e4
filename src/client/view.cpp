#include "client/view.hpp"

#include <utility>

#include "client/client.hpp"

namespace latzero::client {

View::~View() {
    if (is_namespace()) (void)leave();
}

std::unique_ptr<View> View::open_namespace(std::string_view name) {
    std::unique_ptr<View> opened(new View);
    opened->prefix_.reserve(prefix_.size() + name.size() + 1);
    opened->prefix_.append(prefix_).append(name).push_back(':');
    opened->client_ = &client();
    client().views_.fetch_add(1, std::memory_order_relaxed);
    return opened;
}

Status View::leave() {
    Client &client = *std::exchange(client_, nullptr);
    return client.drop_view();
}

Status View::close(std::unique_ptr<View> view) {
    if (view->is_namespace()) return view->leave();
    return static_cast<Client *>(view.release())->drop_view();
}

}  // namespace latzero::client

#include "client/walk.hpp"

#include <algorithm>

#include "base/last_error.hpp"
#include "client/keys.hpp"
#include "client/reading.hpp"
#include "store/call_deadline.hpp"

namespace latzero::client {

bool Filter::passes(std::string_view key, std::string_view &name) const {
    if (!key.starts_with(prefix_)) return false;
    name = key.substr(prefix_.size());
    return !name.empty() && name.starts_with(start_) && (match_ != Match::glob || glob_.matches(name));
}

bool Filter::may_pass(std::string_view beginning, std::string_view &name) const {
    const std::size_t known = std::min(beginning.size(), prefix_.size());
    name = beginning.substr(known);
    return beginning.substr(0, known) == std::string_view(prefix_).substr(0, known);
}

Status Walk::next(Connection &connection, std::string_view &name, bool with_value, ValueInfo &info) {
    const store::CallDeadline all_stripes;
    // Before the pool's size is asked: in a child it is not mapped.
    const Status checked = connection.check();
    if (checked != Status::ok) return checked;
    store::Budget walk = walk_budget(connection);
    for (;;) {
        while (at_ == keys_.size()) {
            if (next_part_.is_over()) return fail_on_pool(Status::not_found, connection.name());
            const Status listed = keys_of_part(connection, next_part_, keys_, walk);
            if (listed != Status::ok) return listed;
            at_ = 0;
        }
        const value::Bytes &key = keys_[at_++];
        if (!filter_.passes(key, name)) continue;
        const Status read = with_value ? get_whole(connection, key, value_, info) : describe(connection, key, info);
        // Otherwise deleted or expired since it was listed.
        if (read != Status::not_found) return read;
    }
}

}  // namespace latzero::client

#include "history_log.hpp"

#include <algorithm>

namespace latzero::test {

void Log::append_to(std::vector<Operation> &all) const {
    for (std::uint32_t i = 0; i < count_; i++) {
        Operation operation = operations_[i];
        if (operation.ended == 0) {
            operation.answer = Answer::maybe;
            operation.version = 0;
            if (!operation.is_compared()) operation.found = {};
        }
        all.push_back(operation);
    }
}

void for_each_key(std::vector<Operation> &all, const std::function<void(std::span<Operation>)> &judge) {
    std::sort(all.begin(), all.end(), [](const Operation &left, const Operation &right) {
        return left.key != right.key ? left.key < right.key : left.began < right.began;
    });
    for (std::size_t from = 0, to = 0; from < all.size(); from = to) {
        while (to < all.size() && all[to].key == all[from].key) to++;
        judge({&all[from], to - from});
    }
}

}  // namespace latzero::test

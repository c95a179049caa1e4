#include "pool/life/names.hpp"

#include <cstring>

#include "base/last_error.hpp"
#include "base/printable.hpp"
#include "store/segment.hpp"

namespace latzero::pool {

using store::kLongestName;

Status check_name(const char *name, std::string_view &checked) {
    if (name == nullptr)
        return fail(Status::invalid_argument, "the pool's name is NULL: give 1 to %zu bytes", kLongestName);
    const std::size_t size = strnlen(name, kLongestName + 1);
    checked = {name, size};
    if (size == 0) return fail(Status::invalid_argument, "the pool's name is empty: give 1 to %zu bytes", kLongestName);
    if (size > kLongestName)
        return fail(Status::invalid_argument, "the pool's name is longer than %zu bytes: use a shorter one",
                    kLongestName);
    if (checked == "." || checked == "..")
        return fail(Status::invalid_argument, "'%s' cannot be a pool's name: use another one", name);
    if (!store::is_pool_name(checked))
        return fail(Status::invalid_argument, "'%s' cannot be a pool's name: leave out '/' and control characters",
                    Shown(checked).text());
    return Status::ok;
}

Status fail_absent(std::string_view name) {
    return fail(Status::pool_not_found, "there is no pool '%s': create it, or keep a client connected to it",
                Shown(name).text());
}

}  // namespace latzero::pool

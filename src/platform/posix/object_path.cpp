#include "platform/posix/object_path.hpp"

#include <cstdio>

#include "platform/posix/failures.hpp"

namespace latzero::platform {

ObjectPath::ObjectPath(std::string_view name) {
    std::snprintf(text_, sizeof text_, "%s/lz.%u.%.*s", kDirectory, unsigned{user_}, static_cast<int>(name.size()),
                  name.data());
}

}  // namespace latzero::platform

#include "platform/capabilities.hpp"

namespace latzero::platform {

const Capabilities kCapabilities = {
    .objects_outlive_processes = true,
    .objects_have_holes = true,
    .tells_huge_pages = true,
    .tells_holders = true,
};

}  // namespace latzero::platform

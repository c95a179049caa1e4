// Confirmation of what cannot be undone.
#pragma once

#include <string>

namespace latzero::cli {

// Returns if the user agrees to what the sentence announces: by -y, or by answering on the terminal. Otherwise throws.
void require_consent(bool given_by_flag, const std::string &announcement);

}  // namespace latzero::cli

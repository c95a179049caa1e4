// Names, keys and sentences as text that any terminal and any reader of UTF-8 takes, whatever their bytes are.
#pragma once

#include <cstddef>
#include <string_view>

namespace latzero {

// Writes `bytes` and a NUL to `out`: printable UTF-8 as it is, every other byte as \xNN. Never more than `room` bytes
// (at least 4) with the NUL: what does not fit is left out from a whole character on, and "..." stands for it. `cut`
// says that more bytes came behind these, so that a character that they do not complete is left out, too. What was
// written once comes out of a second time unchanged. Returns the length without the NUL.
std::size_t print(char *out, std::size_t room, std::string_view bytes, bool cut = false);

// What a sentence shows at most of a pool's name or of a path; of a key.
inline constexpr std::size_t kNameRoom = 324;
inline constexpr std::size_t kKeyRoom = 260;

// A name or a path, for one sentence.
class Shown {
public:
    explicit Shown(std::string_view name) { (void)print(text_, sizeof text_, name); }
    const char *text() const { return text_; }

private:
    char text_[kNameRoom];
};

}  // namespace latzero

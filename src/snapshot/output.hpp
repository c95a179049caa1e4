// The file that a save writes: in pieces, hashed as they go, compressed where its name ends with ".zst".
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "platform/whole_file.hpp"
#include "snapshot/digest.hpp"
#include "value/wiped.hpp"

// zstd's own name, so that its header stays out of this one.
struct ZSTD_CCtx_s;

namespace latzero::snapshot {

// What the names of compressed files end with.
inline constexpr std::string_view kCompressedEnd = ".zst";

class Output {
public:
    Output();
    ~Output();
    Output(const Output &) = delete;
    Output &operator=(const Output &) = delete;

    Status begin(const std::string &path);
    // Text is appended here, and written by flush() once there is enough of it.
    value::Bytes &text() { return text_; }
    Status flush_if_large() { return text_.size() < kPiece ? Status::ok : flush(); }
    // Of all text so far.
    Status digest(HexDigest &digest);
    Status finish(platform::NewFile::Existing existing);

    std::uint64_t bytes() const { return bytes_; }  // of text
    std::uint64_t file_bytes() const { return file_bytes_; }

private:
    static constexpr std::size_t kPiece = std::size_t{256} << 10;

    Status flush();
    Status compress(std::string_view text, bool is_end);
    Status write(std::string_view bytes);

    platform::NewFile file_;
    Digest digest_;
    value::Bytes text_, compressed_;
    std::unique_ptr<ZSTD_CCtx_s, void (*)(ZSTD_CCtx_s *)> context_;
    std::uint64_t bytes_ = 0, file_bytes_ = 0;
};

}  // namespace latzero::snapshot

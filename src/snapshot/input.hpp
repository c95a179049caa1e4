// A snapshot's bytes, read from the front, hashed as they are taken, inflated where the file is a zstd frame.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "platform/whole_file.hpp"
#include "snapshot/digest.hpp"
#include "value/wiped.hpp"

struct ZSTD_DCtx_s;

namespace latzero::snapshot {

class Input {
public:
    Input();
    ~Input();
    Input(const Input &) = delete;
    Input &operator=(const Input &) = delete;

    Status open(const std::string &path);
    // To the front again.
    Status rewind();
    // No line, and no other piece that is asked for as a whole, may be longer than this.
    void limit(std::uint64_t longest) { longest_ = longest; }

    const std::string &path() const { return path_; }
    std::uint64_t file_bytes() const { return file_.size(); }
    // Of the file, that have been read.
    std::uint64_t position() const { return at_; }
    std::uint64_t line() const { return line_; }  // that was read last

    // What has been read and not taken yet.
    std::string_view ahead() const { return std::string_view(text_).substr(taken_); }
    // Reads more behind that. False at the end of the file.
    Status more(bool &got);
    // Moves on over the first bytes of ahead().
    void take(std::size_t size);

    // Takes a line, without its newline; good until the next call. It must end with one.
    Status next_line(std::string_view &line);
    // Of all bytes before the line that was read last.
    HexDigest digest_before_line() const { return digest_.hex(); }

    // A sentence with the file's name and line. corrupt, if no other status is asked for.
    Status refuse(const char *why, Status status = Status::corrupt) const;

private:
    static constexpr std::size_t kPiece = std::size_t{256} << 10;

    Status read(value::Bytes &out, std::size_t size, bool &got);
    Status inflate(bool &got);

    platform::OldFile file_;
    std::string path_;
    std::uint64_t at_ = 0, line_ = 0, longest_;
    value::Bytes text_, compressed_;
    // What lies before `hashed_` is behind us; up to `taken_`, the piece that was taken last; up to `looked_` no
    // newline.
    std::size_t hashed_ = 0, taken_ = 0, looked_ = 0, inflated_ = 0;
    bool frame_ended_ = false;
    Digest digest_;
    std::unique_ptr<ZSTD_DCtx_s, void (*)(ZSTD_DCtx_s *)> context_;
};

}  // namespace latzero::snapshot

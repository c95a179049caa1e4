#include "snapshot/input.hpp"

#define ZSTD_STATIC_LINKING_ONLY  // for memory that is wiped
#include <zstd.h>

#include <algorithm>
#include <limits>

#include "base/last_error.hpp"
#include "base/printable.hpp"
#include "snapshot/output.hpp"
#include "snapshot/wiping_memory.hpp"

namespace latzero::snapshot {
namespace {

// A frame that wants a larger window was not made by a save: it shall not take more memory.
constexpr int kLargestWindow = 23;
// What is read at a time of a compressed file.
constexpr std::size_t kCompressedPiece = std::size_t{128} << 10;

void free_context(ZSTD_DCtx *context) { ZSTD_freeDCtx(context); }

}  // namespace

Input::Input() : longest_(std::numeric_limits<std::uint32_t>::max()), context_(nullptr, free_context) {}

Input::~Input() = default;

// Whatever its name is by now, a frame says what it is, and no JSON text begins so.
Status Input::open(const std::string &path) {
    constexpr std::uint32_t kMagic = ZSTD_MAGICNUMBER;
    std::uint32_t first = 0;
    std::size_t got = 0;
    path_ = path;
    Status status = file_.open(path);
    if (status == Status::ok) status = file_.read(0, &first, sizeof first, got);
    if (status != Status::ok || got < sizeof first || first != kMagic) return status;
    context_.reset(ZSTD_createDCtx_advanced(kWipingMemory));
    if (!context_) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kLargestWindow);
    return status;
}

Status Input::rewind() {
    text_.clear();
    compressed_.clear();
    at_ = line_ = 0;
    hashed_ = taken_ = looked_ = inflated_ = 0;
    frame_ended_ = false;
    digest_.reset();
    if (context_) ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only);
    return Status::ok;
}

// Appends up to that many bytes of the file.
Status Input::read(value::Bytes &out, std::size_t size, bool &got) {
    const std::size_t before = out.size();
    std::size_t read = 0;
    out.resize(before + size);
    const Status status = file_.read(at_, out.data() + before, size, read);
    out.resize(before + read);
    at_ += read;
    got = read > 0;
    return status;
}

Status Input::more(bool &got) {
    if (text_.size() - taken_ > longest_) return refuse("it is longer than any value of this pool can make it");
    text_.erase(0, hashed_);
    taken_ -= hashed_;
    looked_ -= std::min(looked_, hashed_);
    hashed_ = 0;
    return context_ ? inflate(got) : read(text_, kPiece, got);
}

Status Input::inflate(bool &got) {
    for (got = false; !got;) {
        if (inflated_ == compressed_.size()) {
            bool more = false;
            compressed_.clear();
            inflated_ = 0;
            const Status status = read(compressed_, kCompressedPiece, more);
            if (status != Status::ok) return status;
            if (!more) return frame_ended_ ? Status::ok : refuse("the compressed bytes end too early");
        }
        if (frame_ended_) return refuse("there is something behind the compressed bytes");
        const std::size_t before = text_.size();
        text_.resize(before + kPiece);
        ZSTD_inBuffer in = {compressed_.data(), compressed_.size(), inflated_};
        ZSTD_outBuffer out = {text_.data(), text_.size(), before};
        const std::size_t left = ZSTD_decompressStream(context_.get(), &out, &in);
        text_.resize(out.pos);
        if (ZSTD_isError(left)) return refuse("the compressed bytes are damaged");
        inflated_ = in.pos;
        frame_ended_ = left == 0;
        got = out.pos > before;
    }
    return Status::ok;
}

void Input::take(std::size_t size) {
    digest_.add(std::string_view(text_).substr(hashed_, taken_ - hashed_));
    hashed_ = taken_;
    taken_ += size;
    looked_ = std::max(looked_, taken_);
}

Status Input::next_line(std::string_view &line) {
    take(0);
    line_++;
    std::size_t end;
    while ((end = text_.find('\n', looked_)) == text_.npos) {
        bool got = false;
        looked_ = text_.size();
        const Status read = more(got);
        if (read != Status::ok) return read;
        if (!got) return refuse("the file ends too early");
    }
    line = std::string_view(text_).substr(taken_, end - taken_);
    take(end + 1 - taken_);
    return Status::ok;
}

Status Input::refuse(const char *why, Status status) const {
    if (line_ == 0) return fail(status, "%s is no snapshot that can be loaded: %s", Shown(path_).text(), why);
    return fail(status, "%s, line %llu: %s", Shown(path_).text(), static_cast<unsigned long long>(line_), why);
}

}  // namespace latzero::snapshot

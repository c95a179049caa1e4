#include "snapshot/output.hpp"

#define ZSTD_STATIC_LINKING_ONLY  // for memory that is wiped
#include <zstd.h>

#include <cstdlib>

#include "base/last_error.hpp"
#include "snapshot/wiping_memory.hpp"

namespace latzero::snapshot {
namespace {

// A third of the time of writing JSON, for a third to a tenth of its bytes.
constexpr int kLevel = 1;

void free_context(ZSTD_CCtx *context) { ZSTD_freeCCtx(context); }

}  // namespace

Output::Output() : context_(nullptr, free_context) {}

Output::~Output() = default;

Status Output::begin(const std::string &path) {
    if (path.ends_with(kCompressedEnd)) {
        context_.reset(ZSTD_createCCtx_advanced(kWipingMemory));
        if (!context_) throw std::bad_alloc();
        ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kLevel);
        ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
        compressed_.resize(ZSTD_CStreamOutSize());
    }
    return file_.begin(path);
}

Status Output::flush() {
    digest_.add(text_);
    bytes_ += text_.size();
    const Status written = context_ ? compress(text_, false) : write(text_);
    text_.clear();
    return written;
}

Status Output::digest(HexDigest &digest) {
    const Status flushed = flush();
    digest = digest_.hex();
    return flushed;
}

Status Output::compress(std::string_view text, bool is_end) {
    ZSTD_inBuffer in = {text.data(), text.size(), 0};
    for (std::size_t left = 1; is_end ? left != 0 : in.pos < in.size;) {
        ZSTD_outBuffer out = {compressed_.data(), compressed_.size(), 0};
        left = ZSTD_compressStream2(context_.get(), &out, &in, is_end ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left)) return fail(Status::no_memory, "cannot compress: %s", ZSTD_getErrorName(left));
        const Status written = write(std::string_view(compressed_).substr(0, out.pos));
        if (written != Status::ok) return written;
    }
    return Status::ok;
}

Status Output::write(std::string_view bytes) {
    file_bytes_ += bytes.size();
    return bytes.empty() ? Status::ok : file_.write(bytes.data(), bytes.size());
}

Status Output::finish(platform::NewFile::Existing existing) {
    Status status = flush();
    if (status == Status::ok && context_) status = compress({}, true);
    return status == Status::ok ? file_.finish(existing) : status;
}

}  // namespace latzero::snapshot

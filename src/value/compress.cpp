#include "value/compress.hpp"

#define ZSTD_STATIC_LINKING_ONLY  // for contexts in memory that the caller gives
#include <zstd.h>

#include <cstring>
#include <new>
#include <utility>

#include "base/assert.hpp"

namespace latzero::value {
namespace {

// Text of up to 16 KiB is read and written by the microsecond: level -5 leaves out the coding of letters, which takes
// as long as all else, and saves less of a small value. Of larger ones the room counts.
constexpr int kFastLevel = -5, kLevel = 1;
constexpr std::size_t kMostFast = 16 << 10;

int level_for(std::size_t size) { return size <= kMostFast ? kFastLevel : kLevel; }

// What the smallest block of a frame, a head of 3 bytes and one byte to repeat, can stand for.
constexpr std::uint64_t kSmallestBlock = 4;
constexpr std::uint64_t kLargestBlock = 128 * 1024;

// zstd's own memory, or all that the work takes in `room`.
void make(ZSTD_CCtx *&context, SecretBytes &room) {
    if (!has_secrets()) {
        context = ZSTD_createCCtx();
        return;
    }
    room = SecretBytes(ZSTD_estimateCCtxSize(kLevel));
    context = ZSTD_initStaticCCtx(room.data(), room.size());
}

void make(ZSTD_DCtx *&context, SecretBytes &room) {
    if (!has_secrets()) {
        context = ZSTD_createDCtx();
        return;
    }
    room = SecretBytes(ZSTD_estimateDCtxSize());
    context = ZSTD_initStaticDCtx(room.data(), room.size());
}

}  // namespace

bool plausible(std::uint64_t stored, std::uint64_t raw_size) {
    return raw_size / kLargestBlock + (raw_size % kLargestBlock != 0) <= stored / kSmallestBlock;
}

// What a frame says of itself, before there is room for it. zstd itself also takes frames of its first formats, by
// decoders that nobody looks after, and several frames in a row.
static bool is_one_frame(std::string_view stored, std::uint64_t raw_size) {
    constexpr std::uint32_t kMagic = ZSTD_MAGICNUMBER;
    return plausible(stored.size(), raw_size) && stored.size() >= sizeof kMagic &&
           std::memcmp(stored.data(), &kMagic, sizeof kMagic) == 0 &&
           ZSTD_getFrameContentSize(stored.data(), stored.size()) == raw_size &&
           ZSTD_findFrameCompressedSize(stored.data(), stored.size()) == stored.size();
}

void Compressor::Freer::operator()(ZSTD_CCtx *context) const {
    if (room.size() == 0) ZSTD_freeCCtx(context);
}

void Compressor::Freer::operator()(ZSTD_DCtx *context) const {
    if (room.size() == 0) ZSTD_freeDCtx(context);
}

// A context from the shelf, or a new one, and back there.
template <typename Context>
class Compressor::Loan {
public:
    Loan(std::mutex &mutex, Shelf<Context> &shelf) : mutex_(mutex), shelf_(shelf) {
        {
            const std::lock_guard guard(mutex_);
            LATZERO_ASSERT(shelf_.count <= kKept);
            if (shelf_.count > 0) context_ = std::move(shelf_.contexts[--shelf_.count]);
        }
        if (context_) return;
        Context *made = nullptr;
        SecretBytes room;
        make(made, room);
        if (made == nullptr) throw std::bad_alloc();
        context_ = {made, Freer{std::move(room)}};
    }
    Loan(const Loan &) = delete;
    Loan &operator=(const Loan &) = delete;
    ~Loan() {
        const std::lock_guard guard(mutex_);
        LATZERO_ASSERT(context_ != nullptr && shelf_.count <= kKept);
        if (shelf_.count < kKept) shelf_.contexts[shelf_.count++] = std::move(context_);
    }
    Context *get() const { return context_.get(); }

private:
    std::mutex &mutex_;
    Shelf<Context> &shelf_;
    Held<Context> context_;
};

bool Compressor::compress(std::string_view raw, Bytes &out) {
    // Less room than raw bytes need: zstd gives up by itself when they do not fit.
    out.resize(raw.size() - (raw.size() + 15) / 16);
    const Loan context(mutex_, compressing_);
    const std::size_t size =
        ZSTD_compressCCtx(context.get(), out.data(), out.size(), raw.data(), raw.size(), level_for(raw.size()));
    if (ZSTD_isError(size)) return false;
    LATZERO_ASSERT(size <= out.size() && size < raw.size());
    out.resize(size);
    return true;
}

bool Compressor::inflate(std::string_view stored, std::uint64_t raw_size, Bytes &out) {
    if (!is_one_frame(stored, raw_size)) return false;
    out.resize(raw_size);
    return decompress(stored, out.data(), raw_size);
}

bool Compressor::inflate(std::string_view stored, char *out, std::size_t raw_size) {
    return is_one_frame(stored, raw_size) && decompress(stored, out, raw_size);
}

bool Compressor::decompress(std::string_view frame, char *out, std::size_t raw_size) {
    const Loan context(mutex_, inflating_);
    return ZSTD_decompressDCtx(context.get(), out, raw_size, frame.data(), frame.size()) == raw_size;
}

}  // namespace latzero::value

#include "value/compress.hpp"

#define ZSTD_STATIC_LINKING_ONLY  // for the two ..._advanced()
#include <zstd.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace latzero::value {
namespace {

constexpr int kLevel = 1;

// What the smallest block of a frame, a head of 3 bytes and one byte to repeat, can stand for.
constexpr std::uint64_t kSmallestBlock = 4;
constexpr std::uint64_t kLargestBlock = 128 * 1024;

void *take(void *, std::size_t size) { return std::malloc(size); }
void give(void *, void *memory) { free_wiped(memory); }
constexpr ZSTD_customMem kMemory = {take, give, nullptr};

void make(ZSTD_CCtx *&context) { context = ZSTD_createCCtx_advanced(kMemory); }
void make(ZSTD_DCtx *&context) { context = ZSTD_createDCtx_advanced(kMemory); }
void destroy(ZSTD_CCtx *context) { ZSTD_freeCCtx(context); }
void destroy(ZSTD_DCtx *context) { ZSTD_freeDCtx(context); }

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

// A context from the shelf, or a new one, and back there.
template <typename Context>
class Compressor::Loan {
public:
    Loan(std::mutex &mutex, Shelf<Context> &shelf) : mutex_(mutex), shelf_(shelf) {
        {
            const std::lock_guard guard(mutex_);
            if (shelf_.count > 0) context_ = shelf_.contexts[--shelf_.count];
        }
        if (context_ == nullptr) make(context_);
        if (context_ == nullptr) throw std::bad_alloc();
    }
    Loan(const Loan &) = delete;
    Loan &operator=(const Loan &) = delete;
    ~Loan() {
        {
            const std::lock_guard guard(mutex_);
            if (shelf_.count < kKept && !has_secrets())
                shelf_.contexts[shelf_.count++] = std::exchange(context_, nullptr);
        }
        if (context_ != nullptr) destroy(context_);
    }
    Context *get() const { return context_; }

private:
    std::mutex &mutex_;
    Shelf<Context> &shelf_;
    Context *context_ = nullptr;
};

Compressor::~Compressor() {
    while (compressing_.count > 0) destroy(compressing_.contexts[--compressing_.count]);
    while (inflating_.count > 0) destroy(inflating_.contexts[--inflating_.count]);
}

bool Compressor::compress(std::string_view raw, Bytes &out) {
    // Less room than raw bytes need: zstd gives up by itself when they do not fit.
    out.resize(raw.size() - (raw.size() + 15) / 16);
    const Loan context(mutex_, compressing_);
    const std::size_t size = ZSTD_compressCCtx(context.get(), out.data(), out.size(), raw.data(), raw.size(), kLevel);
    if (ZSTD_isError(size)) return false;
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

#include "pool_options.hpp"

#include <bit>

#include "guard.hpp"
#include "store/ring_layout.hpp"

namespace latzero::abi {

Status check_auth_key(const void *key, std::size_t size, bool is_raw, std::optional<value::AuthKey> &checked) {
    checked.reset();
    if (key == nullptr) return size == 0 ? Status::ok : null_argument("the auth key");
    if (is_raw && size != value::kRawKeySize)
        return fail(Status::invalid_argument, "a raw auth key has %zu bytes", value::kRawKeySize);
    std::string_view bytes;
    if (!bounded_text(static_cast<const char *>(key), size, LATZERO_AUTH_KEY_MAX, bytes))
        return fail(Status::invalid_argument,
                    "the auth key is longer than %d bytes: use a shorter one, or a hash of it", LATZERO_AUTH_KEY_MAX);
    if (bytes.empty()) return fail(Status::invalid_argument, "the auth key is empty: give NULL for none");
    checked = {bytes, is_raw ? value::AuthKey::Kind::raw : value::AuthKey::Kind::text};
    return Status::ok;
}

Status check_cost(std::uint64_t memory_bytes, std::uint32_t passes, value::KdfCost &checked) {
    checked = {};
    if (memory_bytes != 0) checked.memory_bytes = memory_bytes;
    if (passes != 0) checked.passes = passes;
    if (checked.sound()) return Status::ok;
    return fail(Status::invalid_argument,
                "the cost of an auth key is 1 to 100 passes over 8 KiB to 4 GiB, and 64 GiB in all at most");
}

value::KdfCeiling to_ceiling(std::uint64_t memory_most, std::uint64_t work_most) {
    value::KdfCeiling ceiling;
    if (memory_most != 0) ceiling.memory_bytes = memory_most;
    if (work_most != 0) ceiling.work = work_most;
    return ceiling;
}

Status check_history(const char *whose, std::uint32_t history, std::uint8_t &bits) {
    constexpr std::uint32_t kLeast = 1u << store::kLeastRingBits, kMost = 1u << store::kMostRingBits;
    bits = history == 0 ? 0 : static_cast<std::uint8_t>(std::countr_zero(history));
    if (history == 0 || (std::has_single_bit(history) && history >= kLeast && history <= kMost)) return Status::ok;
    return fail(Status::invalid_argument, "%s have a history of %u: it is a power of two from %u to %u, or 0", whose,
                history, kLeast, kMost);
}

// Who names it once and for all is told when it does not fit; who watches takes what fits.
static Status check_kept_history(const latzero_pool_options &options, pool::PoolOptions &checked) {
    const Status status = check_history("the pool options", options.history, checked.ring_bits);
    if (status != Status::ok || options.history == 0) return status;
    if (!checked.keeps_events)
        return fail(Status::invalid_argument,
                    "the pool options have a history, which is kept with LATZERO_POOL_EVENTS alone");
    const std::uint64_t least = store::cap_for_ring(checked.ring_bits);
    if (checked.max_bytes >= least) return Status::ok;
    return fail(Status::invalid_argument,
                "a history of %u takes over a sixteenth of the pool: give max_bytes of %llu at least, or keep less",
                options.history, static_cast<unsigned long long>(least));
}

static Status check_key_options(const latzero_pool_options &options, pool::KeyOptions &checked) {
    const bool is_raw = (options.flags & LATZERO_POOL_RAW_KEY) != 0;
    Status status = check_auth_key(options.auth_key, options.auth_key_len, is_raw, checked.auth);
    if (status == Status::ok) status = check_cost(options.kdf_memory_bytes, options.kdf_passes, checked.cost);
    if (status != Status::ok) return status;
    checked.encrypted = (options.flags & LATZERO_POOL_ENCRYPTED) != 0;
    if (is_raw && !checked.auth)
        return fail(Status::invalid_argument, "the pool options have a raw key, which is NULL");
    if (options.cipher > LATZERO_CIPHER_XCHACHA20POLY1305 || (options.cipher != 0 && !checked.encrypted))
        return fail(Status::invalid_argument,
                    "the pool options name cipher %u: that is one for encrypted pools, 1 or 2", options.cipher);
    checked.cipher = static_cast<value::Cipher>(options.cipher);
    return Status::ok;
}

Status check_pool_options(const latzero_pool_options *theirs, pool::PoolOptions &checked) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    Status read = read_options("the pool options", theirs, options);
    if (read == Status::ok) read = check_reserved("the pool options", options.reserved);
    if (read != Status::ok) return read;
    constexpr std::uint32_t kKnown =
        LATZERO_POOL_PERSISTENT | LATZERO_POOL_ENCRYPTED | LATZERO_POOL_RAW_KEY | LATZERO_POOL_EVENTS;
    if (options.flags & ~kKnown)
        return fail(Status::invalid_argument, "the pool options have unknown flags 0x%x", options.flags);
    if (options.idle_ttl_ms < 0) return fail(Status::invalid_argument, "the pool's idle TTL is negative");
    if (options.max_bytes != 0 &&
        (options.max_bytes < LATZERO_MAX_BYTES_LEAST || options.max_bytes > LATZERO_MAX_BYTES_MOST))
        return fail(Status::invalid_argument, "max_bytes is %llu: a pool's cap lies between 1 MiB and 64 GiB",
                    static_cast<unsigned long long>(options.max_bytes));
    checked.persistent = (options.flags & LATZERO_POOL_PERSISTENT) != 0;
    checked.keeps_events = (options.flags & LATZERO_POOL_EVENTS) != 0;
    if (options.max_bytes != 0) checked.max_bytes = options.max_bytes;
    checked.idle_ttl_ms = options.idle_ttl_ms;
    const Status kept = check_kept_history(options, checked);
    return kept == Status::ok ? check_key_options(options, checked.key) : kept;
}

std::uint32_t pool_flags(bool persistent, bool has_auth_key, bool keeps_events, value::Cipher cipher) {
    std::uint32_t flags = (persistent ? LATZERO_POOL_PERSISTENT : 0) | (keeps_events ? LATZERO_POOL_EVENTS : 0);
    if (has_auth_key) flags |= LATZERO_POOL_AUTH_KEY;
    if (cipher != value::Cipher::none) flags |= LATZERO_POOL_ENCRYPTED;
    return flags;
}

}  // namespace latzero::abi

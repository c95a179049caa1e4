// The floor: the least that a hash table in shared memory must do to answer right across processes. It cannot delete,
// grow, expire or survive a crash, and a value has one fixed room; what any real store costs above it is the price of
// those.
//
// Pages of 128 index words, each page under one sequence word, which is odd while a writer is at it. A word is a tag
// and the number of a record. Readers copy, and do so again if the sequence word has moved.
#pragma once

#define XXH_INLINE_ALL
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <atomic>

#include "../store.hpp"
#include "platform/sync.hpp"

namespace bench {

enum class Overwrite : std::uint8_t {
    in_place,     // over the old value, under the sequence word
    out_of_place  // into a spare record, published by one store: nearer to what crash safety demands
};

template <Overwrite kOverwrite>
class FloorTable {
public:
    void create_at(const std::string &path, const DataSet &data) {
        const std::uint64_t keys = data.keys + kCounters;
        const std::uint64_t record_size = (sizeof(Record) + data.value_size + 63) / 64 * 64;
        std::uint64_t pages = 8;
        while (pages * kWords < 2 * keys) pages *= 2;
        const std::uint64_t records_at = sizeof(Page) * (1 + pages);
        // Each client that attaches takes one spare record.
        constexpr std::uint64_t kMostClients = 16384;
        map(path, records_at + record_size * (keys + kMostClients), O_CREAT | O_TRUNC);
        header_->pages = pages;
        header_->record_size = record_size;
        header_->records_at = records_at;
        header_->next_record.store(1);
        bind();
    }

    void attach_at(const std::string &path) {
        struct stat status = {};
        if (stat(path.c_str(), &status) != 0) throw std::runtime_error("no file " + path);
        map(path, static_cast<std::size_t>(status.st_size), 0);
        bind();
    }

    void detach() { munmap(header_, size_); }

    std::size_t get(const char *key, void *out, std::size_t capacity) const {
        const std::uint64_t hash = hash_of(key);
        Page &page = page_of(hash);
        for (;;) {
            const std::uint32_t before = page.sequence.load(std::memory_order_acquire);
            std::size_t size = 0;
            if (const Word *word = find(page, hash, key)) {
                Record &found = record(word->load(std::memory_order_relaxed));
                size = std::min<std::size_t>(found.value_size, capacity);
                copy(static_cast<char *>(out), found.value(), size);
            }
            std::atomic_thread_fence(std::memory_order_acquire);
            if (before % 2 == 0 && page.sequence.load(std::memory_order_relaxed) == before) return size;
        }
    }

    bool set(const char *key, const void *value, std::size_t size) {
        const std::uint64_t hash = hash_of(key);
        Page &page = page_of(hash);
        if (kOverwrite == Overwrite::out_of_place) write(record(spare_), key, value, size);
        const std::uint32_t sequence = lock(page);
        Word *word = find(page, hash, key, true);
        if (word != nullptr) {
            const std::uint64_t old = word->load(std::memory_order_relaxed);
            if (kOverwrite == Overwrite::out_of_place) {
                word->store(tag_of(hash) | spare_, std::memory_order_release);
                spare_ = old != 0 ? old & kRecordMask : new_record();
            } else {
                const std::uint64_t number = old != 0 ? old & kRecordMask : new_record();
                write(record(number), key, value, size);
                if (old == 0) word->store(tag_of(hash) | number, std::memory_order_release);
            }
        }
        unlock(page, sequence);
        return word != nullptr;
    }

    bool set_counter(const char *key) {
        constexpr std::int64_t kZero = 0;
        return set(key, &kZero, sizeof kZero);
    }

    // A record that never moves needs no lock to count in.
    bool increment(const char *key) {
        const std::uint64_t hash = hash_of(key);
        Page &page = page_of(hash);
        if (kOverwrite == Overwrite::in_place) {
            const Word *word = find(page, hash, key);
            if (word != nullptr) counter(record(word->load(std::memory_order_relaxed))).fetch_add(1);
            return word != nullptr;
        }
        const std::uint32_t sequence = lock(page);
        const Word *word = find(page, hash, key);
        if (word != nullptr) {
            auto &number = counter(record(word->load(std::memory_order_relaxed)));
            number.store(number.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        }
        unlock(page, sequence);
        return word != nullptr;
    }

private:
    using Word = std::atomic<std::uint64_t>;  // tag: 24 | record: 40; 0: empty
    static constexpr std::uint64_t kRecordMask = (std::uint64_t{1} << 40) - 1;
    static constexpr std::uint64_t kWords = 128;

    struct Header {
        std::uint64_t pages, record_size, records_at;
        std::atomic<std::uint64_t> next_record;
    };
    struct Page {
        alignas(64) std::atomic<std::uint32_t> sequence;
        alignas(64) Word words[kWords];
    };
    struct Record {
        std::uint32_t value_size;
        char key[kKeySize];

        char *value() { return reinterpret_cast<char *>(this + 1); }
    };

    static std::uint64_t hash_of(const char *key) { return XXH3_64bits(key, kKeySize); }
    static std::uint64_t tag_of(std::uint64_t hash) { return (hash >> 7 | 1) << 40; }
    static std::atomic<std::int64_t> &counter(Record &record) {
        return *reinterpret_cast<std::atomic<std::int64_t> *>(record.value());
    }
    Page &page_of(std::uint64_t hash) const { return pages_[(hash >> 40) & page_mask_]; }
    Record &record(std::uint64_t word) const {
        return *reinterpret_cast<Record *>(records_ + (word & kRecordMask) * record_size_);
    }
    std::uint64_t new_record() { return header_->next_record.fetch_add(1); }

    // Small values by words of the machine, without the call.
    static void copy(char *to, const char *from, std::size_t size) {
        constexpr std::size_t kStep = 32, kLargest = 256;
        if (size < kStep || size > kLargest) {
            std::memcpy(to, from, size);
            return;
        }
        for (std::size_t at = 0; at < size - kStep; at += kStep) std::memcpy(to + at, from + at, kStep);
        std::memcpy(to + size - kStep, from + size - kStep, kStep);
    }

    static void write(Record &record, const char *key, const void *value, std::size_t size) {
        record.value_size = static_cast<std::uint32_t>(size);
        std::memcpy(record.key, key, kKeySize);
        copy(record.value(), static_cast<const char *>(value), size);
    }

    Word *find(Page &page, std::uint64_t hash, const char *key, bool or_empty = false) const {
        for (std::uint64_t probe = 0; probe < kWords; probe++) {
            Word &word = page.words[(hash + probe) % kWords];
            const std::uint64_t value = word.load(std::memory_order_acquire);
            if (value == 0) return or_empty ? &word : nullptr;
            if ((value & ~kRecordMask) != tag_of(hash)) continue;
            if (std::memcmp(record(value).key, key, kKeySize) == 0) return &word;
        }
        return nullptr;
    }

    static std::uint32_t lock(Page &page) {
        for (;;) {
            std::uint32_t sequence = page.sequence.load(std::memory_order_relaxed);
            if (sequence % 2 == 0 && page.sequence.compare_exchange_weak(sequence, sequence + 1)) return sequence;
            latzero::platform::spin_hint();
        }
    }
    static void unlock(Page &page, std::uint32_t sequence) {
        page.sequence.store(sequence + 2, std::memory_order_release);
    }

    void map(const std::string &path, std::size_t size, int flags) {
        const int file = open(path.c_str(), O_RDWR | flags, 0600);
        if (file < 0 || (flags != 0 && ftruncate(file, static_cast<off_t>(size)) != 0))
            throw std::runtime_error("cannot open " + path);
        void *memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        close(file);
        if (memory == MAP_FAILED) throw std::runtime_error("cannot map " + path);
        header_ = static_cast<Header *>(memory);
        size_ = size;
    }

    void bind() {
        pages_ = reinterpret_cast<Page *>(header_) + 1;
        page_mask_ = header_->pages - 1;
        record_size_ = header_->record_size;
        records_ = reinterpret_cast<char *>(header_) + header_->records_at;
        spare_ = new_record();
    }

    Header *header_ = nullptr;
    std::size_t size_ = 0;
    Page *pages_ = nullptr;
    std::uint64_t page_mask_ = 0;
    char *records_ = nullptr;
    std::uint64_t record_size_ = 0;
    std::uint64_t spare_ = 0;  // out of place: the record that the next set writes
};

}  // namespace bench

// A process that calls the library and writes down what it was told (history_log.hpp). Each verb goes one of the ways
// that there are to it: a read may be a get, a borrow or an mget, by a read-write or a read-only connection; a set may
// be a set, an mset, a fast set with its flush, or a reservation filled and committed.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "../support/process/client.hpp"
#include "../support/process/stage.hpp"
#include "history_log.hpp"

namespace latzero::test {

class Caller {
public:
    Caller(const std::string &pool, Log &log, std::uint8_t process, Random &random);

    bool connected() const { return reader_.status() == LATZERO_OK && writer_.status() == LATZERO_OK; }

    // Makes the call that `planned` says, and notes it. For a compare_and_..., what the key was last known to hold is
    // asked first where it is not known, or by chance.
    void perform(Operation planned);
    // Several calls of different keys as one: get, set or remove.
    void perform_together(std::span<const Operation> planned);

private:
    struct Known {
        Content content;
        std::uint64_t version;
    };

    void call(Operation planned);
    void get(Operation &operation);
    void borrow(Operation &operation);
    void ask(Operation &operation);
    void set(Operation &operation);
    void reserve_and_commit(Operation &operation);
    void store_if(Operation &operation);
    void delete_if(Operation &operation);
    void read_and_write(Operation &operation);
    void change_in_place(Operation &operation);
    void pop(Operation &operation);
    void change_life(Operation &operation);

    // The bytes of a content, and what bytes say.
    void encode(const Operation &operation);
    Content decode(const void *bytes, std::uint64_t size, std::uint32_t type, std::uint32_t key);
    void finish(Operation &operation, latzero_status status);
    void finish(Operation &operation, latzero_status status, const latzero_value_info &info, const void *bytes);
    // Without any, a set takes its short way.
    const latzero_set_options *plain_options() const { return options_.ttl_ms == 0 ? nullptr : &options_; }

    Log &log_;
    const std::uint8_t process_;
    Random &random_;
    Client writer_, reader_;
    std::unordered_map<std::uint32_t, Known> known_;
    // Of the call in progress.
    std::string key_;
    std::vector<char> value_;
    std::uint32_t type_ = 0;
    latzero_set_options options_ = LATZERO_SET_OPTIONS_INIT;
    std::vector<char> buffer_ = std::vector<char>(64 << 10);
};

std::string history_key(std::uint32_t key);

}  // namespace latzero::test

#include "history_caller.hpp"

#include <array>
#include <cinttypes>
#include <cstring>

#include "../support/process/value.hpp"

namespace latzero::test {
namespace {

ClientOptions read_only() {
    ClientOptions options;
    options.read_only = true;
    return options;
}

Answer answer_of(latzero_status status) {
    switch (status) {
    case LATZERO_NOT_FOUND: return Answer::absent;
    case LATZERO_EXISTS: return Answer::exists;
    case LATZERO_CONFLICT: return Answer::conflict;
    case LATZERO_TYPE_MISMATCH: return Answer::mismatch;
    default: return Answer::done;
    }
}

// Mostly small; some in pages of their own, of which some can be borrowed in place.
std::uint32_t choose_size(Random &random) {
    const std::uint64_t dice = random.below(100);
    if (dice < 80) return static_cast<std::uint32_t>(random.between(kLeastValue, 200));
    if (dice < 97) return static_cast<std::uint32_t>(random.between(200, 2000));
    return static_cast<std::uint32_t>(random.between(2000, 24 << 10));
}

}  // namespace

std::string history_key(std::uint32_t key) { return "key." + std::to_string(key); }

Caller::Caller(const std::string &pool, Log &log, std::uint8_t process, Random &random)
    : log_(log), process_(process), random_(random), writer_(pool), reader_(pool, read_only()) {}

void Caller::perform(Operation planned) {
    if (planned.is_compared()) {
        if (!known_.contains(planned.key) || random_.one_in(2)) call({.key = planned.key, .verb = Verb::get});
        planned.found = known_[planned.key].content;
        planned.version = known_[planned.key].version;
        // No version stands for a key that is absent.
        if (planned.verb == Verb::compare_and_delete && planned.version == 0)
            planned = {.key = planned.key, .verb = Verb::remove};
    }
    call(planned);
}

void Caller::call(Operation planned) {
    planned.process = process_;
    key_ = history_key(planned.key);
    options_.ttl_ms = static_cast<std::int64_t>(planned.ttl_ns / 1'000'000);
    if (planned.given.present()) encode(planned);
    Operation &operation = log_.begin({&planned, 1})[0];
    switch (planned.verb) {
    case Verb::get: random_.one_in(8) ? borrow(operation) : get(operation); break;
    case Verb::exists:
    case Verb::ttl: ask(operation); break;
    case Verb::set: random_.one_in(8) ? reserve_and_commit(operation) : set(operation); break;
    case Verb::remove: finish(operation, writer_.remove(key_)); break;
    case Verb::add:
    case Verb::replace:
    case Verb::compare_and_set: store_if(operation); break;
    case Verb::compare_and_delete: delete_if(operation); break;
    case Verb::swap:
    case Verb::take: read_and_write(operation); break;
    case Verb::increment:
    case Verb::append: change_in_place(operation); break;
    case Verb::pop_front:
    case Verb::pop_back: pop(operation); break;
    case Verb::expire:
    case Verb::persist: change_life(operation); break;
    }
    if (planned.verb == Verb::get) known_[planned.key] = {operation.found, operation.version};
}

void Caller::finish(Operation &operation, latzero_status status) {
    const std::uint64_t ended = Log::end_of_call();
    operation.answer = answer_of(status);
    LATZERO_EXPECT(operation.answer != Answer::done || status == LATZERO_OK, "%s: %s (%s)", key_.c_str(),
                   name_of(status), latzero_last_error());
    Log::end(operation, ended);
}

void Caller::finish(Operation &operation, latzero_status status, const latzero_value_info &info, const void *bytes) {
    const std::uint64_t ended = Log::end_of_call();
    operation.answer = answer_of(status);
    LATZERO_EXPECT(operation.answer != Answer::done || status == LATZERO_OK, "%s: %s (%s)", key_.c_str(),
                   name_of(status), latzero_last_error());
    // A swap says by version 0 that there was nothing.
    if (status == LATZERO_OK && info.version != 0) {
        operation.found = decode(bytes, info.size, info.type, operation.key);
        operation.version = info.version;
    }
    Log::end(operation, ended);
}

void Caller::get(Operation &operation) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_client *client = random_.one_in(2) ? reader_.handle() : writer_.handle();
    const latzero_status got = latzero_get(client, key_.data(), key_.size(), buffer_.data(), buffer_.size(), &info);
    finish(operation, got, info, buffer_.data());
}

void Caller::borrow(Operation &operation) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_borrowed *borrowed = nullptr;
    const void *bytes = nullptr;
    latzero_client *client = random_.one_in(2) ? reader_.handle() : writer_.handle();
    const latzero_status got = latzero_borrow(client, key_.data(), key_.size(), &bytes, &info, &borrowed);
    finish(operation, got, info, bytes);
    if (got == LATZERO_OK) expect_ok(latzero_return(borrowed), "return");
}

void Caller::ask(Operation &operation) {
    latzero_client *client = random_.one_in(2) ? reader_.handle() : writer_.handle();
    if (operation.verb == Verb::exists) {
        std::int32_t found = -1;
        const latzero_status asked = latzero_exists(client, key_.data(), key_.size(), &found);
        finish(operation, asked == LATZERO_OK && found == 0 ? LATZERO_NOT_FOUND : asked);
        return;
    }
    std::int64_t ttl_ms = 0;
    const latzero_status asked = latzero_ttl(client, key_.data(), key_.size(), &ttl_ms);
    operation.ttl_ns = ttl_ms > 0;
    finish(operation, asked);
}

void Caller::set(Operation &operation) {
    latzero_client *client = writer_.handle();
    if (!random_.one_in(6)) {
        finish(operation,
               latzero_set(client, key_.data(), key_.size(), type_, value_.data(), value_.size(), plain_options()));
        return;
    }
    latzero_status status =
        latzero_set_fast(client, key_.data(), key_.size(), type_, value_.data(), value_.size(), plain_options());
    if (status == LATZERO_OK) status = latzero_flush(client);
    finish(operation, status);
}

void Caller::reserve_and_commit(Operation &operation) {
    void *memory = nullptr;
    latzero_reserved *reserved = nullptr;
    latzero_status status = latzero_reserve(writer_.handle(), key_.data(), key_.size(), type_, value_.size(), &options_,
                                            &memory, &reserved);
    if (status == LATZERO_OK) {
        std::memcpy(memory, value_.data(), value_.size());
        status = latzero_commit(reserved);
    }
    finish(operation, status);
}

void Caller::store_if(Operation &operation) {
    latzero_client *client = writer_.handle();
    std::uint64_t version = 0;
    latzero_status status = LATZERO_OK;
    if (operation.verb == Verb::add)
        status = latzero_add_versioned(client, key_.data(), key_.size(), type_, value_.data(), value_.size(), &options_,
                                       &version);
    else if (operation.verb == Verb::replace)
        status = latzero_replace(client, key_.data(), key_.size(), type_, value_.data(), value_.size(), &options_);
    else
        status = latzero_compare_and_set(client, key_.data(), key_.size(), operation.version, type_, value_.data(),
                                         value_.size(), &options_, &version);
    operation.version = version;
    finish(operation, status);
}

void Caller::delete_if(Operation &operation) {
    const latzero_status status =
        latzero_compare_and_delete(writer_.handle(), key_.data(), key_.size(), operation.version);
    // A conflict says nothing of that version any more.
    if (status != LATZERO_OK) operation.version = 0;
    finish(operation, status);
}

void Caller::read_and_write(Operation &operation) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_client *client = writer_.handle();
    const latzero_status status =
        operation.verb == Verb::swap
            ? latzero_swap(client, key_.data(), key_.size(), type_, value_.data(), value_.size(), &options_,
                           buffer_.data(), buffer_.size(), &info)
            : latzero_take(client, key_.data(), key_.size(), buffer_.data(), buffer_.size(), &info);
    finish(operation, status, info, buffer_.data());
}

void Caller::change_in_place(Operation &operation) {
    latzero_client *client = writer_.handle();
    latzero_status status = LATZERO_OK;
    if (operation.verb == Verb::increment) {
        std::int64_t sum = 0;
        status =
            latzero_increment(client, key_.data(), key_.size(), 1, static_cast<std::int64_t>(operation.argument), &sum);
        operation.found = Content::number(static_cast<std::uint64_t>(sum));
    } else {
        std::uint64_t length = 0;
        const auto element = static_cast<std::int64_t>(operation.argument);
        status =
            latzero_append(client, key_.data(), key_.size(), LATZERO_TYPE_INT64, &element, sizeof element, &length);
        operation.found = {Content::Kind::list, static_cast<std::uint32_t>(length), 0};
    }
    finish(operation, status);
}

void Caller::pop(Operation &operation) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    std::uint64_t left = 0;
    std::int64_t element = 0;
    const auto call = operation.verb == Verb::pop_front ? latzero_pop_front : latzero_pop_back;
    const latzero_status status =
        call(writer_.handle(), key_.data(), key_.size(), &element, sizeof element, &info, &left);
    operation.found = {Content::Kind::list, static_cast<std::uint32_t>(left), static_cast<std::uint64_t>(element)};
    finish(operation, status);
}

void Caller::change_life(Operation &operation) {
    latzero_client *client = writer_.handle();
    finish(operation, operation.verb == Verb::expire ? latzero_expire(client, key_.data(), key_.size(), options_.ttl_ms)
                                                     : latzero_persist(client, key_.data(), key_.size()));
}

void Caller::perform_together(std::span<const Operation> planned) {
    constexpr std::size_t kMost = 8;
    std::array<latzero_entry, kMost> entries = {};
    std::array<std::string, kMost> keys;
    std::array<std::vector<char>, kMost> values;
    const std::size_t count = std::min(planned.size(), kMost);
    const Verb verb = planned[0].verb;
    for (std::size_t i = 0; i < count; i++) {
        keys[i] = history_key(planned[i].key);
        if (planned[i].given.present()) encode(planned[i]);
        values[i] = verb == Verb::set ? value_ : std::vector<char>(verb == Verb::get ? 64 << 10 : 0);
        entries[i] = {
            keys[i].data(), keys[i].size(), values[i].data(), values[i].size(), values[i].size(), 0, 0, type_, 0, 0, 0};
    }
    const std::span<Operation> operations = log_.begin(planned.first(count));
    latzero_client *client = writer_.handle();
    if (verb == Verb::set)
        (void)latzero_mset(client, sizeof(latzero_entry), entries.data(), count);
    else if (verb == Verb::get)
        (void)latzero_mget(client, sizeof(latzero_entry), entries.data(), count, nullptr);
    else
        (void)latzero_delete_many(client, sizeof(latzero_entry), entries.data(), count, nullptr);
    const std::uint64_t ended = Log::end_of_call();
    for (std::size_t i = 0; i < count; i++) {
        const latzero_entry &entry = entries[i];
        operations[i].process = process_;
        operations[i].answer = answer_of(entry.status);
        LATZERO_EXPECT(operations[i].answer != Answer::done || entry.status == LATZERO_OK, "%s among others: %s",
                       keys[i].c_str(), name_of(entry.status));
        if (entry.status == LATZERO_OK && verb != Verb::remove) operations[i].version = entry.version;
        if (entry.status == LATZERO_OK && verb == Verb::get)
            operations[i].found = decode(entry.value, entry.size, entry.type, planned[i].key);
        Log::end(operations[i], ended);
    }
}

void Caller::encode(const Operation &operation) {
    const Content &content = operation.given;
    switch (content.kind) {
    case Content::Kind::absent: break;
    case Content::Kind::bytes:
        type_ = LATZERO_TYPE_BYTES;
        make_value(value_, choose_size(random_), operation.key, content.word);
        break;
    case Content::Kind::number:
        type_ = LATZERO_TYPE_INT64;
        value_.resize(sizeof content.word);
        std::memcpy(value_.data(), &content.word, sizeof content.word);
        break;
    case Content::Kind::list:
        type_ = LATZERO_TYPE_LIST;
        value_ = {static_cast<char>(0x91), static_cast<char>(operation.argument)};
    }
}

Content Caller::decode(const void *bytes, std::uint64_t size, std::uint32_t type, std::uint32_t key) {
    const auto *at = static_cast<const unsigned char *>(bytes);
    std::uint64_t number = 0;
    if (type == LATZERO_TYPE_BYTES) {
        const bool whole = read_value(static_cast<const char *>(bytes), size, key, &number);
        LATZERO_EXPECT(whole, "%s: a torn value of %" PRIu64 " bytes", history_key(key).c_str(), size);
        return Content::bytes(number);
    }
    if (type == LATZERO_TYPE_INT64 && size == sizeof number) {
        std::memcpy(&number, bytes, sizeof number);
        return Content::number(number);
    }
    // Elements are numbers of one byte, and at most as many as there are operations in an episode.
    Content list{Content::Kind::list, 0, 0};
    const std::uint64_t head = size > 0 && *at == 0xdc ? 3 : 1;
    for (std::uint64_t i = head; i < size; i++) list = list.with(at[i]);
    LATZERO_EXPECT(type == LATZERO_TYPE_LIST && size >= head, "%s: type %u, %" PRIu64 " bytes",
                   history_key(key).c_str(), type, size);
    return list;
}

}  // namespace latzero::test

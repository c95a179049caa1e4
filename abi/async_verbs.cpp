// For each verb the call that it stands for, with what the operation holds. The header's table says which field is
// what.
#include "async_verbs.hpp"

#include <iterator>

#include "guard.hpp"

using namespace latzero;
using namespace latzero::abi;

namespace {

template <typename Options>
const Options *options_of(const latzero_op &op) {
    return static_cast<const Options *>(op.options);
}

const latzero_set_options *set_options_of(const latzero_op &op) { return options_of<latzero_set_options>(op); }
std::size_t size_of(const latzero_op &op) { return static_cast<std::size_t>(op.size); }

// What a call has told of a value. A failure tells nothing, but for the size that a buffer lacks.
latzero_status tell_value(latzero_op &op, const latzero_value_info &info, latzero_status status) {
    if (status == LATZERO_OK || status == LATZERO_TOO_SMALL) {
        op.type = info.type;
        op.size = info.size;
        op.version = info.version;
        op.ttl_ms = info.ttl_ms;
        op.tag = info.tag;
        op.flags = info.flags;
    }
    return status;
}

// Of a call whose result is a number.
template <typename Number, typename Call>
latzero_status count_of(latzero_op &op, Call call) {
    Number number = 0;
    const latzero_status status = call(&number);
    if (status == LATZERO_OK) op.count = static_cast<std::uint64_t>(number);
    return status;
}

// Of a call whose result is an array.
template <typename Element, typename Call>
latzero_status array_of(latzero_op &op, Call call) {
    Element *first = nullptr;
    const latzero_status status = count_of<std::size_t>(op, [&](std::size_t *count) { return call(&first, count); });
    if (status == LATZERO_OK) op.result = first;
    return status;
}

// A delta that is to be added to a number; 0 is added to a key that is absent unless `options` say what else.
template <typename Number, typename Call>
latzero_status increment(latzero_op &op, Call call) {
    if (op.value == nullptr) return guarded([] { return null_argument("the value, which is the delta,"); });
    const auto *initial = options_of<Number>(op);
    return call(op.client, op.key, op.key_len, *static_cast<const Number *>(op.value),
                initial != nullptr ? *initial : Number{0}, static_cast<Number *>(op.buffer));
}

latzero_entry *entries_of(const latzero_op &op) { return static_cast<latzero_entry *>(op.buffer); }
std::uint32_t stride_of(const latzero_op &op) { return static_cast<std::uint32_t>(op.size); }

// Of a batch: how many keys it has met is told also if one has failed.
template <typename Call>
latzero_status batch(latzero_op &op, Call call) {
    auto met = static_cast<std::size_t>(op.count);
    const latzero_status status = call(op.client, stride_of(op), entries_of(op), op.capacity, &met);
    op.count = met;
    return status;
}

latzero_status pool_create(latzero_op &op) { return latzero_pool_create(op.key, options_of<latzero_pool_options>(op)); }
latzero_status pool_destroy(latzero_op &op) { return latzero_pool_destroy(op.key); }
latzero_status pool_exists(latzero_op &op) {
    return count_of<std::int32_t>(op, [&](std::int32_t *exists) { return latzero_pool_exists(op.key, exists); });
}
latzero_status pool_rekey(latzero_op &op) {
    return latzero_pool_rekey(op.key, op.value, size_of(op), op.buffer, op.capacity,
                              options_of<latzero_rekey_options>(op));
}
latzero_status pool_check(latzero_op &op) {
    return latzero_pool_check(op.key, options_of<latzero_check_options>(op),
                              static_cast<latzero_check_report *>(op.buffer));
}
latzero_status pool_list(latzero_op &op) {
    return array_of<latzero_pool_info>(
        op, [&](auto **pools, auto *count) { return latzero_pool_list(stride_of(op), pools, count); });
}
latzero_status pool_cleanup(latzero_op &op) { return count_of<std::size_t>(op, latzero_pool_cleanup); }
latzero_status global_stats(latzero_op &op) {
    return latzero_global_stats(static_cast<latzero_global_info *>(op.buffer));
}

latzero_status connect(latzero_op &op) {
    return latzero_connect(op.key, options_of<latzero_connect_options>(op), &op.client);
}
latzero_status disconnect(latzero_op &op) { return latzero_disconnect(op.client); }

latzero_status set(latzero_op &op) {
    return latzero_set(op.client, op.key, op.key_len, op.type, op.value, size_of(op), set_options_of(op));
}
latzero_status get(latzero_op &op) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    return tell_value(op, info, latzero_get(op.client, op.key, op.key_len, op.buffer, op.capacity, &info));
}
latzero_status erase(latzero_op &op) { return latzero_delete(op.client, op.key, op.key_len); }
latzero_status exists(latzero_op &op) {
    return count_of<std::int32_t>(
        op, [&](std::int32_t *found) { return latzero_exists(op.client, op.key, op.key_len, found); });
}
latzero_status clear(latzero_op &op) { return latzero_clear(op.client); }
latzero_status size(latzero_op &op) {
    return count_of<std::uint64_t>(op, [&](std::uint64_t *keys) { return latzero_size(op.client, keys); });
}
latzero_status set_fast(latzero_op &op) {
    return latzero_set_fast(op.client, op.key, op.key_len, op.type, op.value, size_of(op), set_options_of(op));
}
latzero_status flush(latzero_op &op) { return latzero_flush(op.client); }

latzero_status ttl(latzero_op &op) { return latzero_ttl(op.client, op.key, op.key_len, &op.ttl_ms); }
latzero_status expire(latzero_op &op) { return latzero_expire(op.client, op.key, op.key_len, op.ttl_ms); }
latzero_status persist(latzero_op &op) { return latzero_persist(op.client, op.key, op.key_len); }

latzero_status increment_i64(latzero_op &op) { return increment<std::int64_t>(op, latzero_increment); }
latzero_status increment_f64(latzero_op &op) { return increment<double>(op, latzero_increment_f64); }
latzero_status append(latzero_op &op) {
    return latzero_append(op.client, op.key, op.key_len, op.type, op.value, size_of(op), &op.count);
}
latzero_status update(latzero_op &op) { return latzero_update(op.client, op.key, op.key_len, op.value, size_of(op)); }
latzero_status add(latzero_op &op) {
    return latzero_add(op.client, op.key, op.key_len, op.type, op.value, size_of(op), set_options_of(op));
}
latzero_status replace(latzero_op &op) {
    return latzero_replace(op.client, op.key, op.key_len, op.type, op.value, size_of(op), set_options_of(op));
}
latzero_status compare_and_set(latzero_op &op) {
    return latzero_compare_and_set(op.client, op.key, op.key_len, op.version, op.type, op.value, size_of(op),
                                   set_options_of(op), &op.version);
}
latzero_status swap(latzero_op &op) {
    latzero_value_info old = LATZERO_VALUE_INFO_INIT;
    return tell_value(op, old,
                      latzero_swap(op.client, op.key, op.key_len, op.type, op.value, size_of(op), set_options_of(op),
                                   op.buffer, op.capacity, &old));
}
latzero_status take(latzero_op &op) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    return tell_value(op, info, latzero_take(op.client, op.key, op.key_len, op.buffer, op.capacity, &info));
}

latzero_status mset(latzero_op &op) { return latzero_mset(op.client, stride_of(op), entries_of(op), op.capacity); }
latzero_status mget(latzero_op &op) { return batch(op, latzero_mget); }
latzero_status delete_many(latzero_op &op) { return batch(op, latzero_delete_many); }

latzero_status scan(latzero_op &op) {
    return array_of<latzero_key>(op, [&](auto **keys, auto *count) {
        return latzero_scan(op.client, &op.version, op.capacity, op.key, op.key_len, keys, count);
    });
}
latzero_status stats(latzero_op &op) { return latzero_stats(op.client, static_cast<latzero_pool_stats *>(op.buffer)); }
latzero_status clients(latzero_op &op) {
    return array_of<latzero_client_info>(
        op, [&](auto **found, auto *count) { return latzero_clients(op.client, stride_of(op), found, count); });
}

latzero_status add_versioned(latzero_op &op) {
    return latzero_add_versioned(op.client, op.key, op.key_len, op.type, op.value, size_of(op), set_options_of(op),
                                 &op.version);
}
latzero_status compare_and_delete(latzero_op &op) {
    return latzero_compare_and_delete(op.client, op.key, op.key_len, op.version);
}
template <typename Call>
latzero_status pop(latzero_op &op, Call call) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    const latzero_status status = call(op.client, op.key, op.key_len, op.buffer, op.capacity, &info, &op.count);
    if (status == LATZERO_NOT_FOUND) op.version = info.version;
    return tell_value(op, info, status);
}
latzero_status pop_front(latzero_op &op) { return pop(op, latzero_pop_front); }
latzero_status pop_back(latzero_op &op) { return pop(op, latzero_pop_back); }
latzero_status count(latzero_op &op) {
    if (op.value == nullptr) return guarded([] { return null_argument("the value, which is the delta,"); });
    return latzero_count(op.client, op.key, op.key_len, *static_cast<const std::int64_t *>(op.value),
                         options_of<latzero_count_options>(op), static_cast<std::int64_t *>(op.buffer));
}
latzero_status append_json(latzero_op &op) {
    return latzero_append_json(op.client, op.key, op.key_len, static_cast<const char *>(op.value), size_of(op),
                               &op.count);
}
latzero_status append_msgpack(latzero_op &op) {
    return latzero_append_msgpack(op.client, op.key, op.key_len, op.value, size_of(op), &op.count);
}
latzero_status append_opaque(latzero_op &op) {
    return latzero_append_opaque(op.client, op.key, op.key_len, op.tag, op.value, size_of(op), &op.count);
}
latzero_status update_json(latzero_op &op) {
    return latzero_update_json(op.client, op.key, op.key_len, static_cast<const char *>(op.value), size_of(op));
}

latzero_status get_copy(latzero_op &op) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    return tell_value(op, info, latzero_get_copy(op.client, op.key, op.key_len, &op.result, &info));
}
latzero_status info(latzero_op &op) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    return tell_value(op, info, latzero_info(op.client, op.key, op.key_len, &info));
}

// Of a call that gives items; what it has read from the operation, it may overwrite.
template <typename Call>
latzero_status items_of(latzero_op &op, Call call) {
    std::size_t items_len = 0, found = 0;
    const latzero_status status = call(&op.result, &items_len, &found);
    if (status == LATZERO_OK) {
        op.size = items_len;
        op.count = found;
    }
    return status;
}

latzero_status mget_copy(latzero_op &op) {
    return items_of(op, [&](void **items, std::size_t *items_len, std::size_t *found) {
        return latzero_mget_copy(op.client, op.value, size_of(op), items, items_len, found);
    });
}
latzero_status mset_packed(latzero_op &op) {
    auto done = static_cast<std::size_t>(op.count);
    const latzero_status status = latzero_mset_packed(op.client, op.value, size_of(op), &done);
    op.count = done;
    return status;
}
latzero_status items(latzero_op &op) {
    return items_of(op, [&](void **first, std::size_t *items_len, std::size_t *found) {
        return latzero_items(op.client, &op.version, op.capacity, op.size, op.key, op.key_len, op.flags, first,
                             items_len, found);
    });
}
latzero_status scan_match(latzero_op &op) {
    return array_of<latzero_key>(op, [&](auto **keys, auto *count) {
        return latzero_scan_match(op.client, &op.version, op.capacity, op.key, op.key_len, op.flags, keys, count);
    });
}
latzero_status clear_match(latzero_op &op) {
    return latzero_clear_match(op.client, op.key, op.key_len, op.flags, &op.count);
}
latzero_status size_match(latzero_op &op) {
    return latzero_size_match(op.client, op.key, op.key_len, op.flags, &op.count);
}

struct Verb {
    std::uint32_t number;
    latzero_status (*run)(latzero_op &op);
};

// In the order of their numbers.
constexpr Verb kVerbs[] = {
    {LATZERO_OP_POOL_CREATE, pool_create},
    {LATZERO_OP_POOL_DESTROY, pool_destroy},
    {LATZERO_OP_POOL_EXISTS, pool_exists},
    {LATZERO_OP_POOL_REKEY, pool_rekey},
    {LATZERO_OP_POOL_CHECK, pool_check},
    {LATZERO_OP_POOL_LIST, pool_list},
    {LATZERO_OP_POOL_CLEANUP, pool_cleanup},
    {LATZERO_OP_GLOBAL_STATS, global_stats},
    {LATZERO_OP_CONNECT, connect},
    {LATZERO_OP_DISCONNECT, disconnect},
    {LATZERO_OP_SET, set},
    {LATZERO_OP_GET, get},
    {LATZERO_OP_DELETE, erase},
    {LATZERO_OP_EXISTS, exists},
    {LATZERO_OP_CLEAR, clear},
    {LATZERO_OP_SIZE, size},
    {LATZERO_OP_SET_FAST, set_fast},
    {LATZERO_OP_FLUSH, flush},
    {LATZERO_OP_TTL, ttl},
    {LATZERO_OP_EXPIRE, expire},
    {LATZERO_OP_PERSIST, persist},
    {LATZERO_OP_INCREMENT, increment_i64},
    {LATZERO_OP_INCREMENT_F64, increment_f64},
    {LATZERO_OP_APPEND, append},
    {LATZERO_OP_UPDATE, update},
    {LATZERO_OP_ADD, add},
    {LATZERO_OP_REPLACE, replace},
    {LATZERO_OP_COMPARE_AND_SET, compare_and_set},
    {LATZERO_OP_SWAP, swap},
    {LATZERO_OP_TAKE, take},
    {LATZERO_OP_MSET, mset},
    {LATZERO_OP_MGET, mget},
    {LATZERO_OP_DELETE_MANY, delete_many},
    {LATZERO_OP_SCAN, scan},
    {LATZERO_OP_STATS, stats},
    {LATZERO_OP_CLIENTS, clients},
    {LATZERO_OP_ADD_VERSIONED, add_versioned},
    {LATZERO_OP_COMPARE_AND_DELETE, compare_and_delete},
    {LATZERO_OP_APPEND_JSON, append_json},
    {LATZERO_OP_APPEND_MSGPACK, append_msgpack},
    {LATZERO_OP_APPEND_OPAQUE, append_opaque},
    {LATZERO_OP_UPDATE_JSON, update_json},
    {LATZERO_OP_GET_COPY, get_copy},
    {LATZERO_OP_INFO, info},
    {LATZERO_OP_MGET_COPY, mget_copy},
    {LATZERO_OP_MSET_PACKED, mset_packed},
    {LATZERO_OP_ITEMS, items},
    {LATZERO_OP_SCAN_MATCH, scan_match},
    {LATZERO_OP_CLEAR_MATCH, clear_match},
    {LATZERO_OP_SIZE_MATCH, size_match},
    {LATZERO_OP_COUNT, count},
    {LATZERO_OP_POP_FRONT, pop_front},
    {LATZERO_OP_POP_BACK, pop_back},
};

constexpr bool numbers_are_places() {
    for (std::size_t at = 0; at < std::size(kVerbs); at++)
        if (kVerbs[at].number != at + 1) return false;
    return true;
}
static_assert(numbers_are_places());

}  // namespace

namespace latzero::abi {

bool is_verb(std::uint32_t number) { return number - 1 < std::size(kVerbs); }

latzero_status run_verb(latzero_op &op) { return kVerbs[op.verb - 1].run(op); }

}  // namespace latzero::abi

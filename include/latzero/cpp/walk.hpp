// Walks over keys and items as input ranges, and a walk that keeps no state.
#pragma once

#include <latzero/cpp/fetch.hpp>
#include <latzero/cpp/pool.hpp>
#include <latzero/cpp/value.hpp>

#include <iterator>
#include <memory>
#include <ranges>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace latzero {

// What a walk over items meets. The key, and a value of type ValueView, end with the next step.
template <typename T>
struct Item {
    std::string_view key;
    T value;
};

namespace detail {

struct CloseIter {
    void operator()(latzero_iter *iter) const noexcept { latzero_iter_close(iter); }
};
using OpenIter = std::unique_ptr<latzero_iter, CloseIter>;

inline OpenIter open_iter(latzero_client *client, std::string_view pattern) {
    latzero_iter *iter = nullptr;
    check(latzero_iter_open(client, pattern.data(), pattern.size(), &iter));
    return OpenIter(iter);
}

}  // namespace detail

// A walk over keys or items: an input range, to be gone through once. Ends with its client. Every key that is there
// throughout is met once. begin() and ++ throw Error: TIMEOUT, NO_MEMORY; a value that is no T: TYPE_MISMATCH.
template <typename Element>
class Walk : public std::ranges::view_interface<Walk<Element>> {
public:
    class Iterator {
    public:
        using iterator_concept = std::input_iterator_tag;
        using value_type = Element;
        using difference_type = std::ptrdiff_t;

        Iterator() = default;
        Element &operator*() const noexcept { return walk_->current_; }
        Iterator &operator++() {
            walk_->step();
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const noexcept { return walk_->over_; }

    private:
        friend class Walk;
        explicit Iterator(Walk *walk) noexcept : walk_(walk) {}

        Walk *walk_ = nullptr;
    };

    // Steps to the first element; call it once.
    Iterator begin() {
        step();
        return Iterator(this);
    }
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    friend class Client;
    Walk(latzero_client *client, std::string_view pattern)
        : client_(client), iter_(detail::open_iter(client, pattern)) {}

    void step();

    latzero_client *client_;
    detail::OpenIter iter_;
    Element current_ = {};
    bool over_ = false;
};

using Keys = Walk<std::string_view>;
template <typename T = Value>
using Items = Walk<Item<T>>;

template <typename Element>
void Walk<Element>::step() {
    constexpr bool only_keys = std::same_as<Element, std::string_view>;
    const char *key = nullptr;
    std::size_t key_len = 0;
    const void *value = nullptr;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    const latzero_status stepped = latzero_iter_next(iter_.get(), &key, &key_len, only_keys ? nullptr : &value, &info);
    over_ = !detail::check_unless(LATZERO_NOT_FOUND, stepped);
    if (over_) return;
    if constexpr (only_keys) {
        current_ = {key, key_len};
    } else {
        const std::string_view name(key, key_len);
        const ValueView view = detail::view_of(value, info);
        using T = decltype(current_.value);
        if constexpr (std::same_as<T, ValueView>)
            current_ = {name, view};
        else
            current_ = {name, detail::decode<T>(client_, name, view)};
    }
}

// What one step of Client::scan() found; owns the keys' memory.
class ScanStep {
public:
    // Where to go on; 0: the scan is over.
    std::uint64_t cursor() const noexcept { return cursor_; }
    bool done() const noexcept { return cursor_ == 0; }
    std::span<const std::string_view> keys() const noexcept { return keys_; }

private:
    friend class Client;
    ScanStep(latzero_client *client, std::uint64_t cursor, std::size_t count, std::string_view pattern)
        : cursor_(cursor) {
        latzero_key *first = nullptr;
        std::size_t found = 0;
        detail::check(latzero_scan(client, &cursor_, count, pattern.data(), pattern.size(), &first, &found));
        memory_.reset(first);
        keys_.reserve(found);
        for (const latzero_key &key : std::span(first, found)) keys_.emplace_back(key.key, key.key_len);
    }

    std::uint64_t cursor_;
    detail::Given<latzero_key> memory_;
    std::vector<std::string_view> keys_;
};

}  // namespace latzero

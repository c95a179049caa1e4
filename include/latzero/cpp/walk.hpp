// Walks over keys and items as input ranges, and a walk that keeps no state.
#pragma once

#include <latzero/cpp/fetch.hpp>
#include <latzero/cpp/pool.hpp>
#include <latzero/cpp/value.hpp>

#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace latzero {

// Which keys are meant: those that match a pattern, or those that prefix() says. It refers to the text.
class Keyed {
public:
    template <std::convertible_to<std::string_view> T>
    Keyed(const T &pattern) : pattern_(pattern) {}

    std::string_view pattern() const noexcept { return pattern_; }
    // For calls of the C header whose name ends in _match.
    std::uint32_t flags() const noexcept { return flags_; }

private:
    friend Keyed prefix(std::string_view text);

    std::string_view pattern_;
    std::uint32_t flags_ = 0;
};

// Keys that begin with a text, no byte of which has a special meaning.
inline Keyed prefix(std::string_view text) {
    Keyed keys(text);
    keys.flags_ = LATZERO_MATCH_PREFIX;
    return keys;
}

// What a walk over items does with a value that is no T.
enum class OtherTypes : std::uint8_t { refuse, skip };

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

inline OpenIter open_iter(latzero_client *client, const Keyed &keys) {
    latzero_iter *iter = nullptr;
    check(latzero_iter_match(client, keys.pattern().data(), keys.pattern().size(), keys.flags(), &iter));
    return OpenIter(iter);
}

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <typename T>
concept ReadableOptional = IsOptional<T>::value && Readable<typename T::value_type>;

// A value as a T, or nullopt if it is of another type.
template <typename T>
std::optional<T> decode_own(latzero_client *client, std::string_view key, ValueView view) {
    try {
        return decode<T>(client, key, view);
    } catch (const Error &cause) {
        if (cause.status() != Status::type_mismatch) throw;
        return std::nullopt;
    }
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
    Walk(latzero_client *client, const Keyed &keys, OtherTypes others = OtherTypes::refuse)
        : client_(client), iter_(detail::open_iter(client, keys)), others_(others) {}

    // Until there is something to show.
    void step() {
        while (!step_once()) {
        }
    }
    bool step_once();
    // False if it is passed over.
    bool take(std::string_view name, ValueView view);

    latzero_client *client_;
    detail::OpenIter iter_;
    Element current_ = {};
    OtherTypes others_;
    bool over_ = false;
};

using Keys = Walk<std::string_view>;
template <typename T = Value>
using Items = Walk<Item<T>>;

template <typename Element>
bool Walk<Element>::step_once() {
    constexpr bool only_keys = std::same_as<Element, std::string_view>;
    const char *key = nullptr;
    std::size_t key_len = 0;
    const void *value = nullptr;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    const latzero_status stepped = latzero_iter_next(iter_.get(), &key, &key_len, only_keys ? nullptr : &value, &info);
    over_ = !detail::check_unless(LATZERO_NOT_FOUND, stepped);
    if (over_) return true;
    const std::string_view name(key, key_len);
    if constexpr (only_keys) {
        current_ = name;
        return true;
    } else {
        return take(name, detail::view_of(value, info));
    }
}

template <typename Element>
bool Walk<Element>::take(std::string_view name, ValueView view) {
    using T = decltype(current_.value);
    if constexpr (std::same_as<T, ValueView>) {
        current_ = {name, view};
    } else if constexpr (detail::ReadableOptional<T>) {
        current_ = {name, detail::decode_own<typename T::value_type>(client_, name, view)};
    } else if (others_ == OtherTypes::skip) {
        std::optional<T> own = detail::decode_own<T>(client_, name, view);
        if (!own) return false;
        current_ = {name, *std::move(own)};
    } else {
        current_ = {name, detail::decode<T>(client_, name, view)};
    }
    return true;
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
    ScanStep(latzero_client *client, std::uint64_t cursor, std::size_t count, const Keyed &keys) : cursor_(cursor) {
        latzero_key *first = nullptr;
        std::size_t found = 0;
        const std::string_view pattern = keys.pattern();
        detail::check(
            latzero_scan_match(client, &cursor_, count, pattern.data(), pattern.size(), keys.flags(), &first, &found));
        memory_.reset(first);
        keys_.reserve(found);
        for (const latzero_key &key : std::span(first, found)) keys_.emplace_back(key.key, key.key_len);
    }

    std::uint64_t cursor_;
    detail::Given<latzero_key> memory_;
    std::vector<std::string_view> keys_;
};

}  // namespace latzero

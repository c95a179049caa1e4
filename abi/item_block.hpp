// Items in one block of memory, as latzero_item describes them: made, and taken apart.
#pragma once

#include "guard.hpp"

namespace latzero::abi {

// Grows while values are read straight into it.
class ItemBlock {
public:
    // Adds a key with the value that it has now. ok, also for one that has none: its status is in the item.
    Status add(client::Connection &connection, const pool::Key &key, std::string_view name);
    // Takes the last item away again.
    void drop_last() { size_ = last_; }

    Status last_status() const { return last_status_; }
    std::size_t size() const { return size_; }
    // Hands the memory over to a caller of the library; nullptr if there is no item.
    void *release() { return memory_.release(); }

private:
    Status make_room(std::uint64_t size);

    client::Memory memory_;
    std::size_t size_ = 0, capacity_ = 0;
    std::size_t last_ = 0;  // where the last item begins
    Status last_status_ = Status::ok;
};

// The items of a caller's block, each checked to lie in it.
class GivenItems {
public:
    GivenItems(const void *items, std::size_t size) : next_(static_cast<const char *>(items)), left_(size) {}

    bool is_over() const { return left_ == 0; }
    // Key and value are the caller's bytes.
    Status take(latzero_item &head, std::string_view &key, std::string_view &value);

private:
    const char *next_;
    std::size_t left_;
};

// Keys in a block, each with its length before it. no more than that is looked at.
class GivenKeys {
public:
    GivenKeys(const void *keys, std::size_t size) : next_(static_cast<const char *>(keys)), left_(size) {}

    bool is_over() const { return left_ == 0; }
    Status take(std::string_view &key);

private:
    const char *next_;
    std::size_t left_;
};

}  // namespace latzero::abi

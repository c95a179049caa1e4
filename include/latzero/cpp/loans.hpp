// Values in the pool's own memory: read where they lie, written where they will lie.
#pragma once

#include <latzero/cpp/codec.hpp>
#include <latzero/cpp/options.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace latzero {

// A value that does not change while this lives, whatever others write. Ends with its client, too: what it pointed at
// must not be read any more then.
class Borrowed {
public:
    ~Borrowed() { give_back(); }
    Borrowed(Borrowed &&other) noexcept
        : handle_(std::exchange(other.handle_, nullptr)),
          view_(std::exchange(other.view_, {})),
          version_(other.version_) {}
    Borrowed &operator=(Borrowed &&other) noexcept {
        if (this != &other) {
            give_back();
            handle_ = std::exchange(other.handle_, nullptr);
            view_ = std::exchange(other.view_, {});
            version_ = other.version_;
        }
        return *this;
    }

    Type type() const noexcept { return view_.type; }
    std::uint32_t tag() const noexcept { return view_.tag; }
    std::uint64_t version() const noexcept { return version_; }
    std::size_t size() const noexcept { return view_.size(); }
    // 8-byte aligned.
    std::span<const std::byte> bytes() const noexcept { return view_.bytes; }
    std::string_view text() const noexcept { return view_.text(); }
    ValueView view() const noexcept { return view_; }
    // A copy of the value as what get() gives. Throws Error: TYPE_MISMATCH, OVERFLOW, UNSUPPORTED.
    template <Readable T>
    T as() const {
        return view_.as<T>();
    }

    // Gives it back before the destructor does.
    void give_back() noexcept {
        if (handle_ != nullptr) (void)latzero_return(std::exchange(handle_, nullptr));
        view_ = {};
    }

private:
    friend class Client;
    Borrowed(latzero_borrowed *handle, const void *memory, const latzero_value_info &info) noexcept
        : handle_(handle),
          view_{static_cast<Type>(info.type),
                {static_cast<const std::byte *>(memory), static_cast<std::size_t>(info.size)},
                info.tag},
          version_(info.version) {}

    latzero_borrowed *handle_;
    ValueView view_;
    std::uint64_t version_;
};

// Room for a value that nobody sees before commit(). Without it the destructor drops the room; so does the client's
// end, and then the bytes must not be touched any more.
class Reserved {
public:
    ~Reserved() { abandon(); }
    Reserved(Reserved &&other) noexcept
        : handle_(std::exchange(other.handle_, nullptr)), bytes_(std::exchange(other.bytes_, {})) {}
    Reserved &operator=(Reserved &&other) noexcept {
        if (this != &other) {
            abandon();
            handle_ = std::exchange(other.handle_, nullptr);
            bytes_ = std::exchange(other.bytes_, {});
        }
        return *this;
    }

    // To be filled; 8-byte aligned, content unspecified. Empty after commit() and abandon().
    std::span<std::byte> bytes() const noexcept { return bytes_; }
    std::span<char> chars() const noexcept { return {reinterpret_cast<char *>(bytes_.data()), bytes_.size()}; }

    // Makes them the key's value, at once and whole. Throws Error as Client::set() does, and INVALID_ARGUMENT if they
    // are not of their type; then the reservation is as it was.
    void commit() {
        detail::check(latzero_commit(handle_));
        handle_ = nullptr;
        bytes_ = {};
    }
    void abandon() noexcept {
        if (handle_ != nullptr) (void)latzero_abandon(std::exchange(handle_, nullptr));
        bytes_ = {};
    }

private:
    friend class Client;
    Reserved(latzero_reserved *handle, void *memory, std::size_t size) noexcept
        : handle_(handle), bytes_(static_cast<std::byte *>(memory), size) {}

    latzero_reserved *handle_;
    std::span<std::byte> bytes_;
};

// What a reservation will be.
struct ReserveOptions {
    Type type = Type::bytes;
    std::uint32_t tag = 0;                    // of an opaque value
    std::chrono::milliseconds ttl = forever;  // counts from the commit
};

}  // namespace latzero

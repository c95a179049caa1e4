// An object with static storage that nothing destroys: exit handlers, destructors of a host's own objects and other
// threads may call the library until the process is gone.
#pragma once

#include <cstddef>
#include <new>

namespace latzero {

template <typename T>
class Undestroyed {
public:
    Undestroyed() { new (storage_) T(); }
    Undestroyed(const Undestroyed &) = delete;
    Undestroyed &operator=(const Undestroyed &) = delete;

    T &operator*() { return *std::launder(reinterpret_cast<T *>(storage_)); }
    T *operator->() { return &**this; }

private:
    alignas(T) std::byte storage_[sizeof(T)];
};

}  // namespace latzero

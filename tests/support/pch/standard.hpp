// What most sources of the library include, compiled once where builds share nothing.
#ifndef LATZERO_TESTS_STANDARD_HPP
#define LATZERO_TESTS_STANDARD_HPP

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#endif

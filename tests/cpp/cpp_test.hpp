// What the tests of the C++ header share: the checks of the C tests, and exceptions.
#pragma once

#include <latzero/latzero.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

extern "C" {
#include "abi/test.h"
}

// cmocka has macros of these names.
#undef fail
#undef skip

using namespace std::chrono_literals;
using latzero::Client;
using latzero::Error;
using latzero::Status;
using latzero::Type;
using latzero::Value;

// Runs work(), which must throw an Error with that status and a sentence that holds `part`.
template <typename Work>
void check_throws(Work work, Status status, std::string_view part, const char *file, int line) {
    try {
        work();
    } catch (const Error &error) {
        check_status(static_cast<latzero_status>(error.status()), static_cast<latzero_status>(status), error.what(),
                     file, line);
        check_true(std::string_view(error.what()).find(part) != std::string_view::npos, error.what(), file, line);
        return;
    }
    check_true(0, "it throws", file, line);
}

#define CHECK_THROWS(expression, status, part) \
    check_throws([&] { static_cast<void>(expression); }, status, part, __FILE__, __LINE__)

// A new pool of this process with one client.
inline Client fresh(const char *suffix) { return Client(pool_name(suffix), {.create_if_absent = true}); }

// A test's body: what it throws and does not catch is a failure with a sentence.
template <void (*body)()>
void guarded(void **) {
    try {
        body();
    } catch (const std::exception &error) {
        check_true(0, error.what(), __FILE__, __LINE__);
    }
}

#define CPP_TEST(body) \
    { #body, guarded < body>, begin_test, end_test, nullptr }

// latzero for C++20: named pools of shared memory that processes on one machine use as a dictionary. Header-only, over
// the C ABI alone; its caveats (growth, crashes, fork, trust) are those at the top of latzero.h.
//
//     latzero::Client client("shop", {.create_if_absent = true});
//     client.set("user:1", "Alice", {.ttl = 1h});
//     client.set("cart:1", {{"pear", 3}, {"quince", 1}});  // a dict, with <latzero/json.hpp>
//     client.increment("visits");
//     if (auto name = client.get<std::string>("user:1")) greet(*name);
//     for (std::string_view key : client.keys("user:*")) ...
//
// - An ordinary answer is a value: no such key is an empty std::optional or false. A failure is a latzero::Error, with
//   a status and a sentence that names the pool, the key and the cure.
// - Clients, borrows, reservations, walks and watches own what they hold and can be moved. All but clients end with
//   their client.
// - A value is read as the type with which it was written, or as latzero::Value, which can be any.
#pragma once

#if defined(_MSVC_LANG) ? _MSVC_LANG < 202002L : __cplusplus < 202002L
#error "latzero.hpp needs C++20: compile with -std=c++20 or newer, or include latzero.h, which needs C99 alone"
#elif defined(__clang__) && !defined(__apple_build_version__) && __clang_major__ < 16
#error "latzero.hpp needs clang 16 or newer, which can read <ranges> of libstdc++, or g++ 12"
#elif !defined(__clang__) && defined(__GNUC__) && __GNUC__ < 12
#error "latzero.hpp needs g++ 12 or newer, or clang 16"
#endif

#include <latzero/cpp/async.hpp>     // AsyncQueue: operations that coroutines await
#include <latzero/cpp/auth_key.hpp>  // AuthKey, KeyCost, Cipher
#include <latzero/cpp/client.hpp>    // Client
#include <latzero/cpp/codec.hpp>     // Type, ValueView, Codec: how types become values
#include <latzero/cpp/error.hpp>     // Status, Error, TooSmall
#include <latzero/cpp/loans.hpp>     // Borrowed, Reserved
#include <latzero/cpp/options.hpp>   // PoolOptions, ConnectOptions, SetOptions, CountOptions, SerializerOptions
#include <latzero/cpp/pool.hpp>      // Pool, AutoCleanup
#include <latzero/cpp/print.hpp>     // to_json, from_json, operator<<
#include <latzero/cpp/stats.hpp>     // PoolStats, ClientInfo
#include <latzero/cpp/structs.hpp>   // PlainStruct
#include <latzero/cpp/value.hpp>     // Value, Packed, Opaque, Versioned
#include <latzero/cpp/walk.hpp>      // Keys, Items, ScanStep
#include <latzero/cpp/watch.hpp>     // Watch, Event, Subscription, Mirror

// The names of memory objects: one namespace for each user.
//
// Contract, for every system:
// - A name is found only once the object behind it is complete: create_unseen(), fill it, publish(). A creator that is
//   killed before leaves nothing that is found.
// - A name leads to one object at a time, and publish() never replaces one. Once it is removed it is free at once; who
//   has the object open goes on with it.
// - A name that was given or opened stays that of the user who did so, also when the process has changed users since.
// - Without Capabilities::objects_outlive_processes an object, and with it its name, goes with its last handle.
//
// Preconditions: names are 1 to 200 bytes without '/' and NUL, other than "." and "..". Objects that are passed as
// constant are open; check_named(), remove_name() and open_for_writing() want one that has been published or was opened
// by its name.
// Errors: a failure sets the sentence of last_error(), except what is expected: pool_not_found and pool_exists.
// Threads: any, at once, on different objects.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "platform/memory_object.hpp"

namespace latzero::platform {

// An object of this user alone, writable, of size 0, under no name. It never becomes larger than `reserve`, which some
// systems must know at its birth.
Status create_unseen(std::uint64_t reserve, MemoryObject &object);

// Gives it its name, at once and for good. pool_exists if the name is taken, by whatever.
Status publish(MemoryObject &object, std::string_view name);

// Follows no link; refuses what is not a plain object of this user: permission, or corrupt.
Status open_object(std::string_view name, Access access, MemoryObject &object);

// The same object for writing; pool_not_found if its name does not lead to it any more.
Status open_for_writing(const MemoryObject &object, MemoryObject &writable);

// permission if other users could open it, too, when it was opened. Where users are not told apart, as in a user
// namespace that maps none, it can be theirs.
Status check_private(const MemoryObject &object);

// ok if the name still leads to this very object, pool_not_found if not. Allocates nothing.
Status check_named(const MemoryObject &object);

// Removes the object's name, wherever it leads; pool_not_found if it is free. Allocates nothing.
Status remove_name(const MemoryObject &object);

// False once the process has another effective user than when the object was opened: names mean other objects then.
bool is_of_current_user(const MemoryObject &object);

// Where it was published or opened, for sentences. "" before.
const char *place_of(const MemoryObject &object);

// Adds the names of all that belongs to this user and lies where its objects do, in no order.
Status list_objects(std::vector<std::string> &names);

}  // namespace latzero::platform

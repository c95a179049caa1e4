// Who is connected to a pool, as `latzero inspect` shows it.
#pragma once

#include "connection.hpp"

#include <nlohmann/json_fwd.hpp>

namespace latzero::cli {

nlohmann::ordered_json clients_json(const ClientList &clients);

// To standard output.
void print_clients(const ClientList &clients);

}  // namespace latzero::cli

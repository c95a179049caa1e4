// Another file of the program that includes the header.
#pragma once

#include <latzero/json.hpp>

void write_elsewhere(latzero::Client &client);
void fail_elsewhere(const latzero::Client &client);
int count_elsewhere(latzero::Keys keys);

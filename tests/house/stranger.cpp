// The least that a C++ program does that found latzero installed. Two of them may meet in the pool: they agree.
#include <latzero/latzero.hpp>

int main() {
    latzero::Client client("stranger", {.create_if_absent = true});
    client.set("greeting", "hello");
    return client.get<std::string>("greeting") == "hello" ? 0 : 1;
}

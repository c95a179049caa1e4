// Does nothing but what being linked with the libraries of the command-line tool demands: bench-steps compares a run of
// the tool with a run of this.
#include <latzero/latzero.h>

#include <string>

int main(int, char **arguments) { return std::string(arguments[0]).empty() || latzero_version() == 0; }

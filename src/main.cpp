#include "cli/commands.h"

int main(int argc, char** argv) { return outflow::cli::run(argc, argv); }

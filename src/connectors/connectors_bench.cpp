// Times the source stage, and of the engine between two peers that cost nothing: workload.h.
#include "base/bench.h"
#include "connectors/workload.h"

int main(int argc, char** argv) { return outflow::bench::run(argc, argv, outflow::connectors::workload::all()); }

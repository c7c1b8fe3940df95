// Times filter and mapping: workload.h.
#include "base/bench.h"
#include "transform/workload.h"

int main(int argc, char** argv) { return outflow::bench::run(argc, argv, outflow::transform::workload::all()); }

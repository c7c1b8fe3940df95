// Times the ledger and Batch Push: workload.h.
#include "base/bench.h"
#include "pipeline/workload.h"

int main(int argc, char** argv) { return outflow::bench::run(argc, argv, outflow::pipeline::workload::all()); }

// Times matching: workload.h.
#include "base/bench.h"
#include "pattern/workload.h"

int main(int argc, char** argv) { return outflow::bench::run(argc, argv, outflow::pattern::workload::all()); }

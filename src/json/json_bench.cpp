// Times walking payloads: workload.h.
#include "base/bench.h"
#include "json/workload.h"

int main(int argc, char** argv) { return outflow::bench::run(argc, argv, outflow::json::workload::all()); }

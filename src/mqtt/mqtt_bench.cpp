// Times the codec and the session: workload.h.
#include "base/bench.h"
#include "mqtt/workload.h"

int main(int argc, char** argv) { return outflow::bench::run(argc, argv, outflow::mqtt::workload::all()); }

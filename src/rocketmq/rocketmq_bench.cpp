// Times the codec, the choice of queues and the message ids: workload.h.
#include "base/bench.h"
#include "rocketmq/workload.h"

int main(int argc, char** argv) { return outflow::bench::run(argc, argv, outflow::rocketmq::workload::all()); }

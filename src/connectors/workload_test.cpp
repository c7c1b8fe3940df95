// What the benchmarks time does what it is known to do.
#include "connectors/workload.h"

#include <gtest/gtest.h>

namespace outflow::connectors {
namespace {

TEST(Workload, every_run_gives_the_known_checksum) {
    for (const Workload& workload : workload::all()) {
        for (int i = 1; i <= 3; ++i) EXPECT_EQ(workload.run(), workload.checksum) << workload.name << ", run " << i;
    }
}

}  // namespace
}  // namespace outflow::connectors

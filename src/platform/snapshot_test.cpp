#include "platform/snapshot.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace outflow::platform {
namespace {

struct Counters {
    std::uint64_t in = 0;
    std::uint64_t out = 0;
    std::uint64_t more[9] = {};
    std::uint8_t odd_size = 0;
};

Counters counters(std::uint64_t n) {
    Counters value{.in = n, .out = 3 * n, .odd_size = static_cast<std::uint8_t>(n)};
    for (std::uint64_t& entry : value.more) entry = n;
    return value;
}

TEST(SnapshotTest, starts_with_zeros_or_the_given_value) {
    EXPECT_EQ(Snapshot<Counters>().read().in, 0U);
    EXPECT_EQ(Snapshot<Counters>(counters(7)).read().out, 21U);
    EXPECT_EQ(Snapshot<std::uint8_t>(std::uint8_t{5}).read(), 5);
}

TEST(SnapshotTest, every_reading_is_one_publication_and_never_an_older_one) {
    Snapshot<Counters> snapshot;
    std::atomic<bool> is_over{false};
    std::atomic<std::uint64_t> readings{0};
    std::atomic<std::uint64_t> mixtures{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&] {
            std::uint64_t last = 0;
            while (!is_over.load()) {
                const Counters value = snapshot.read();
                bool is_whole = value.out == 3 * value.in && value.odd_size == static_cast<std::uint8_t>(value.in);
                for (std::uint64_t entry : value.more) is_whole = is_whole && entry == value.in;
                if (!is_whole || value.in < last) ++mixtures;
                last = value.in;
                ++readings;
            }
        });
    }
    for (std::uint64_t n = 1; n < 200'000 || readings.load() < 1'000; ++n) snapshot.publish(counters(n));
    is_over = true;
    for (std::thread& reader : readers) reader.join();
    EXPECT_EQ(mixtures.load(), 0U);
}

}  // namespace
}  // namespace outflow::platform

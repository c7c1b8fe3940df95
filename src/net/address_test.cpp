// Endpoints and back-off: what is pure in net.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "net/backoff.h"
#include "net/endpoint.h"

namespace outflow::net {
namespace {

using std::chrono::milliseconds;

TEST(EndpointTest, addresses_are_parsed) {
    struct Row {
        std::string_view text;
        Endpoint endpoint;
        std::string_view shown;
    };
    const Row rows[] = {
        {"mqtt://broker.example:1883", {"broker.example", 1883, "mqtt"}, "broker.example:1883"},
        {"MQTTS://Broker_1:8883/", {"Broker_1", 8883, "mqtts"}, "Broker_1:8883"},
        {"127.0.0.1:9876", {"127.0.0.1", 9876, ""}, "127.0.0.1:9876"},
        {"[::1]:1883", {"::1", 1883, ""}, "[::1]:1883"},
        {"mqtt://[fe80::1%eth0]:65535", {"fe80::1%eth0", 65535, "mqtt"}, "[fe80::1%eth0]:65535"},
        {"broker", {"broker", 1883, ""}, "broker:1883"},
        {"mqtt://[::1]", {"::1", 1883, "mqtt"}, "[::1]:1883"},
    };
    for (const Row& row : rows) {
        const Result<Endpoint> endpoint = parse_endpoint(row.text, {.default_port = 1883});
        ASSERT_TRUE(endpoint) << row.text << endpoint.error().context;
        EXPECT_EQ(*endpoint, row.endpoint) << row.text;
        EXPECT_EQ(to_string(*endpoint), row.shown);
    }
    EXPECT_EQ(parse_endpoint("localhost:0", {.port_zero = true})->port, 0);
}

TEST(EndpointTest, what_is_wrong_is_said) {
    struct Row {
        std::string_view text;
        std::string_view error;
    };
    const Row rows[] = {
        {"", "an address is missing, as in host:1883"},
        {"broker", "\"broker\": the port is missing, as in host:1883"},
        {"broker:", "\"broker:\": the port must be a number from 1 to 65535"},
        {"broker:0", "\"broker:0\": the port must be a number from 1 to 65535"},
        {"broker:65536", "\"broker:65536\": the port must be a number from 1 to 65535"},
        {"broker:99999999999999", "\"broker:99999999999999\": the port must be a number from 1 to 65535"},
        {"broker:-1", "\"broker:-1\": the port must be a number from 1 to 65535"},
        {"broker:1883x", "\"broker:1883x\": the port must be a number from 1 to 65535"},
        {"mqtt://broker:1883/path", "\"mqtt://broker:1883/path\": the port must be a number from 1 to 65535"},
        {"broker:1883/", "\"broker:1883/\": the port must be a number from 1 to 65535"},
        {":1883", "\":1883\": the host is missing"},
        {"mqtt://:1883", "\"mqtt://:1883\": the host is missing"},
        {"a b:1883", "\"a b:1883\": a b is not a host name"},
        {"a..b:1883", "\"a..b:1883\": a..b is not a host name"},
        {"x\n:1", "\"x?:1\": x? is not a host name"},
        {"::1:1883", "\"::1:1883\": an IPv6 address needs brackets, as in [::1]:1883"},
        {"[::1:1883", "\"[::1:1883\": the closing ] is missing"},
        {"[::g]:1883", "\"[::g]:1883\": not an IPv6 address between [ and ]"},
        {"[::1]1883", "\"[::1]1883\": after the host only :PORT may follow"},
        {"1x://a:1", "\"1x://a:1\": the part before :// is not a scheme"},
        {"mqtt://me:hunter2@a:1", "\"...@a:1\": user name and password do not belong into an address"},
    };
    for (const Row& row : rows) {
        const Result<Endpoint> endpoint = parse_endpoint(row.text);
        ASSERT_FALSE(endpoint) << row.text;
        EXPECT_EQ(endpoint.error().context, row.error);
        EXPECT_EQ(endpoint.error().code, ErrorCode::invalid_argument);
    }
    EXPECT_FALSE(parse_endpoint(std::string(100'000, 'a') + ":1"));
    EXPECT_FALSE(parse_endpoint(std::string(254, 'a') + ":1"));
}

TEST(BackoffTest, delays_are_jittered_below_a_bound_that_doubles) {
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
        Backoff backoff(seed);
        std::int64_t bound = 100;
        for (std::uint32_t i = 0; i < 40; ++i) {
            EXPECT_EQ(backoff.attempts(), i);
            const std::int64_t delay = backoff.next().count();
            EXPECT_GE(delay, 10);
            EXPECT_LE(delay, bound);
            bound = std::min<std::int64_t>(bound * 2, 30'000);
        }
        backoff.reset();
        EXPECT_LE(backoff.next().count(), 100);
    }
}

TEST(BackoffTest, seeds_decide) {
    Backoff a(1);
    Backoff b(1);
    std::set<std::int64_t> first_delays;
    for (int i = 0; i < 100; ++i) EXPECT_EQ(a.next(), b.next());
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) first_delays.insert(Backoff(seed).next().count());
    EXPECT_GT(first_delays.size(), 80U);
    Backoff odd(1, {.first = milliseconds(5), .ceiling = milliseconds(5), .floor = milliseconds(50)});
    EXPECT_EQ(odd.next().count(), 5);
}

}  // namespace
}  // namespace outflow::net

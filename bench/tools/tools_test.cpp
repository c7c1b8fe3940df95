// What figures rest on: payloads, percentiles, packet boundaries, and that nothing but this machine is reached.
#include <gtest/gtest.h>

#include "mqtt_wire.h"
#include "report.h"
#include "socket.h"
#include "telemetry.h"

namespace outflow::bench {
namespace {

TEST(telemetry, has_exactly_the_bytes_asked_for_and_is_whole) {
    for (std::size_t bytes : {telemetry_bytes_min, std::size_t{256}, std::size_t{4'096}, telemetry_bytes_max}) {
        Telemetry telemetry(9'999, "sixteen-letters1", bytes);
        for (std::uint64_t seq : {std::uint64_t{0}, std::uint64_t{1}, telemetry_messages_max}) {
            std::string_view text = telemetry.message(seq, 1'764'123'456'789'012);
            EXPECT_EQ(text.size(), bytes);
            EXPECT_TRUE(text.ends_with("x\"}")) << text.substr(0, 200);
            EXPECT_NE(text.find("\"seq\":" + std::to_string(seq) + ","), text.npos);
            EXPECT_NE(text.find("\"at\":1764123456789012,"), text.npos);
        }
    }
}

TEST(telemetry, exactly_half_passes_a_filter_above_50_degrees) {
    Telemetry telemetry(3, "r", 256);
    std::uint64_t passing = 0;
    for (std::uint64_t seq = 0; seq < 2'000; ++seq) {
        std::string_view text = telemetry.message(seq, 0);
        double temperature = std::stod(std::string(text.substr(text.find("temperature\":") + 13, 4)));
        EXPECT_EQ(temperature > 50, Telemetry::passes(seq));
        EXPECT_EQ(telemetry.alarm(), temperature < 50 ? "none" : temperature < 80 ? "warm" : "hot");
        passing += temperature > 50 ? 1 : 0;
        EXPECT_EQ(passing, Telemetry::passing(seq + 1));
    }
    EXPECT_EQ(telemetry.id(), "p3-000001999");
}

TEST(durations, percentiles_are_at_most_one_per_cent_too_large) {
    Durations durations;
    EXPECT_EQ(durations.json(), "null");
    for (Microseconds value = 1; value <= 100'000; ++value) durations.add(value);
    unsigned long p50 = 0, p90 = 0, p99 = 0, p999 = 0, max = 0;
    ASSERT_EQ(std::sscanf(durations.json().c_str(),
                          "{\"p50\": %lu, \"p90\": %lu, \"p99\": %lu, \"p99.9\": %lu, \"max\": %lu}", &p50, &p90, &p99,
                          &p999, &max),
              5);
    for (auto [found, exact] : {std::pair{p50, 50'000UL}, {p90, 90'000UL}, {p99, 99'000UL}, {p999, 99'900UL}}) {
        EXPECT_GE(found, exact);
        EXPECT_LE(found, exact + exact / 100);
    }
    EXPECT_EQ(max, 100'000UL);
}

TEST(durations, small_values_are_exact_and_absurd_ones_are_kept_in_bounds) {
    Durations durations;
    for (Microseconds value : {-5, 7, 7, 7, 9}) durations.add(value);
    EXPECT_EQ(durations.json(), R"({"p50": 7, "p90": 9, "p99": 9, "p99.9": 9, "max": 9})");
    durations.add(Microseconds{1} << 62);
    EXPECT_NE(durations.json().find("\"max\": 1099511627775}"), std::string::npos);
}

TEST(packets, end_where_their_length_says) {
    std::string packet("\x32\x85\x01\x00\x03t/1\x12\x34", 10);
    packet.resize(3 + 133, 'p');
    for (std::size_t bytes = 0; bytes < packet.size(); ++bytes) {
        EXPECT_EQ(next_packet(std::string_view(packet).substr(0, bytes)).bytes, 0U) << bytes;
    }
    packet += "\x40";
    EXPECT_EQ(next_packet(packet).bytes, 136U);
    EXPECT_EQ(publish_id(next_packet(packet)), 0x1234);
    EXPECT_EQ(publish_id(next_packet(std::string_view("\x32\x03\x00\x09x", 5))), 0);
}

TEST(endpoints, only_this_machine_is_reached) {
    EXPECT_TRUE(parse_loopback("127.0.0.1:1883"));
    EXPECT_TRUE(parse_loopback("localhost:1"));
    for (const char* text : {"192.168.0.1:1883", "example.org:1883", "128.0.0.1:1", "127.0.0.1", "127.0.0.1:0", ":1883",
                             "127.0.0.1:65536", "127.0.0.1:x", ""}) {
        EXPECT_FALSE(parse_loopback(text)) << text;
    }
}

TEST(report, is_one_json_object) {
    Report report;
    report.add("count", 3U);
    report.add("text", "a \"b\"");
    report.add("rate", 1234567.0);
    report.add("nothing", 0.0 / 0.0);
    report.add("yes", true);
    EXPECT_EQ(report.text(), R"({"count": 3, "text": "a \"b\"", "rate": 1.23457e+06, "nothing": null, "yes": true})");
}

}  // namespace
}  // namespace outflow::bench

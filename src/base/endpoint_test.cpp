#include "base/endpoint.h"

#include <gtest/gtest.h>

namespace outflow {
namespace {

struct Address {
    std::string_view text;
    Endpoint endpoint;
    std::string_view shown;
};

struct Fault {
    std::string_view text;
    std::string_view sentence;
};

TEST(Endpoint, addresses_are_parsed) {
    const Address rows[] = {
        {"127.0.0.1:9876", {"127.0.0.1", 9876}, "127.0.0.1:9876"},
        {"[::1]:1883", {"::1", 1883}, "[::1]:1883"},
        {"[fe80::1%eth0]:65535", {"fe80::1%eth0", 65535}, "[fe80::1%eth0]:65535"},
        {"Broker_1", {"Broker_1", 1883}, "Broker_1:1883"},
        {"[::]", {"::", 1883}, "[::]:1883"},
    };
    for (const Address& row : rows) {
        const auto endpoint = parse_endpoint(row.text, {.default_port = 1883});
        ASSERT_TRUE(endpoint) << row.text << endpoint.error().context;
        EXPECT_EQ(*endpoint, row.endpoint) << row.text;
        EXPECT_EQ(to_string(*endpoint), row.shown);
    }
    EXPECT_EQ(parse_endpoint("localhost:0", {.port_zero = true})->port, 0);
}

TEST(Endpoint, what_is_wrong_is_said) {
    const Fault rows[] = {
        {"", "an address is missing, as in host:1883"},
        {"broker", "\"broker\": the port is missing, as in host:1883"},
        {"broker:", "\"broker:\": the port must be a number from 1 to 65535"},
        {"broker:0", "\"broker:0\": the port must be a number from 1 to 65535"},
        {"broker:65536", "\"broker:65536\": the port must be a number from 1 to 65535"},
        {"broker:99999999999999", "\"broker:99999999999999\": the port must be a number from 1 to 65535"},
        {"broker:-1", "\"broker:-1\": the port must be a number from 1 to 65535"},
        {"broker:1883x", "\"broker:1883x\": the port must be a number from 1 to 65535"},
        {"broker:1883/", "\"broker:1883/\": an address has no path: leave out /"},
        {"http://broker:1883", "\"http://broker:1883\": an address here is HOST:PORT, without http://"},
        {"a:1,b:2", "\"a:1,b:2\": expected one address, found several"},
        {":1883", "\":1883\": the host is missing"},
        {"a b:1883", "\"a b:1883\": a b is not a host name"},
        {"a..b:1883", "\"a..b:1883\": a..b is not a host name"},
        {"x\n:1", "\"x?:1\": x? is not a host name"},
        {"::1:1883", "\"::1:1883\": an IPv6 address needs brackets, as in [::1]:1883"},
        {"[::1:1883", "\"[::1:1883\": the closing ] is missing"},
        {"[::g]:1883", "\"[::g]:1883\": not an IPv6 address between [ and ]"},
        {"[::1]1883", "\"[::1]1883\": after the host only :PORT may follow"},
        {"1x://a:1", "\"1x://a:1\": the part before :// is not a scheme"},
        {"me:hunter2@a:1", "\"...@a:1\": an address holds no user name and no password: they are given apart"},
    };
    for (const Fault& row : rows) {
        const auto endpoint = parse_endpoint(row.text);
        ASSERT_FALSE(endpoint) << row.text;
        EXPECT_EQ(endpoint.error().context, row.sentence);
        EXPECT_EQ(endpoint.error().code, ErrorCode::invalid_argument);
    }
    EXPECT_FALSE(parse_endpoint(std::string(100'000, 'a') + ":1"));
    EXPECT_FALSE(parse_endpoint(std::string(254, 'a') + ":1"));
}

TEST(Endpoint, ipv6_addresses_are_checked) {
    for (const std::string_view good :
         {"::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "fe80::1%eth0",
          "::ffff:10.0.0.1", "1:2:3:4:5:6:255.255.255.255", "ABCD:ef01::"}) {
        EXPECT_TRUE(parse_endpoint("[" + std::string(good) + "]:1")) << good;
    }
    for (const std::string_view bad : {"",
                                       ":",
                                       ":::",
                                       "1",
                                       "1:2:3:4:5:6:7",
                                       "1:2:3:4:5:6:7:8:9",
                                       "1:2:3:4:5:6:7:8::",
                                       "1::2::3",
                                       ":1:2:3:4:5:6:7:8",
                                       "1:2:3:4:5:6:7:8:",
                                       "12345::",
                                       "g::",
                                       "::1%",
                                       "::1%a/b",
                                       "10.0.0.1",
                                       "::256.0.0.1",
                                       "::1.2.3",
                                       "::1.2.3.4.5",
                                       "1.2.3.4::",
                                       "1:2:3:4:5:6:7:1.2.3.4",
                                       "::1.2.3.4:5"}) {
        EXPECT_FALSE(parse_endpoint("[" + std::string(bad) + "]:1")) << bad;
    }
}

TEST(MqttAddress, the_scheme_may_be_in_capitals_or_left_out) {
    const Address rows[] = {
        {"mqtt://broker.example:1884", {"broker.example", 1884}, {}},
        {"MQTT://h", {"h", 1883}, {}},
        {"mqtt://h/", {"h", 1883}, {}},
        {"h:1884", {"h", 1884}, {}},
        {"h", {"h", 1883}, {}},
        {"mqtt://[::1]", {"::1", 1883}, {}},
    };
    for (const Address& row : rows) {
        const auto address = parse_mqtt_address(row.text);
        ASSERT_TRUE(address) << row.text << address.error().context;
        EXPECT_EQ(address->endpoint, row.endpoint) << row.text;
        EXPECT_FALSE(address->is_tls);
    }
}

TEST(MqttAddress, mqtts_is_tls_and_has_a_port_of_its_own) {
    EXPECT_EQ(*parse_mqtt_address("mqtts://h"), (MqttAddress{{"h", 8883}, true}));
    EXPECT_EQ(*parse_mqtt_address("MQTTS://[::1]:1"), (MqttAddress{{"::1", 1}, true}));
}

TEST(MqttAddress, each_wrong_one_has_its_sentence) {
    const Fault rows[] = {
        {"", "an address is missing, as in mqtt://host:1883"},
        {"ssl://h:8883", "write mqtts:// in place of ssl://"},
        {"TLS://h", "write mqtts:// in place of tls://"},
        {"ws://h:8083/mqtt",
         "MQTT over WebSocket (ws://) is not supported yet: use mqtt:// on a network that you trust"},
        {"WSS://h", "MQTT over WebSocket (wss://) is not supported yet: use mqtt:// on a network that you trust"},
        {"tcp://h:1883", "write mqtt:// in place of tcp://"},
        {"http://h", "an MQTT broker is mqtt://HOST:PORT, not http://"},
        {"mqtt://a:1883,b:1883", "one broker only: for a cluster give the address of its load balancer, or a host name "
                                 "that stands for all its nodes"},
        {"a:1883;b:1883", "one broker only: for a cluster give the address of its load balancer, or a host name that "
                          "stands for all its nodes"},
        {"mqtt://h:1883/path", "an address has no path: leave out /path"},
        {"mqtt://h/path", "an address has no path: leave out /path"},
        {"mqtt://me:hunter2@a,b:1", "an address holds no user name and no password: they are given apart"},
    };
    for (const Fault& row : rows) {
        const auto endpoint = parse_mqtt_address(row.text);
        ASSERT_FALSE(endpoint) << row.text;
        EXPECT_TRUE(endpoint.error().context.ends_with(row.sentence)) << endpoint.error().context;
        EXPECT_EQ(endpoint.error().context.find("hunter2"), std::string::npos);
    }
}

TEST(NameServers, are_a_list_with_either_separator) {
    std::vector<Endpoint> servers;
    ASSERT_TRUE(add_name_servers("a:9877,[::1]; b:1;", servers));
    ASSERT_TRUE(add_name_servers("c", servers));
    ASSERT_TRUE(add_name_servers("http://MQ_INST_1_B.x.aliyuncs.com:80", servers));
    EXPECT_EQ(servers, (std::vector<Endpoint>{
                           {"a", 9877}, {"::1", 9876}, {"b", 1}, {"c", 9876}, {"MQ_INST_1_B.x.aliyuncs.com", 80}}));
}

TEST(NameServers, each_wrong_one_has_its_sentence) {
    const Fault rows[] = {
        {"", "expected at least one name server, as in host:9876"},
        {",a:1", "an address is missing, as in host:1883"},
        {"a:1,,b:2", "an address is missing, as in host:1883"},
        {"a:0", "\"a:0\": the port must be a number from 1 to 65535"},
        {"https://a:1", "\"https://a:1\": an address here is HOST:PORT, without https://"},
        {"http://a:1/x", "\"a:1/x\": an address has no path: leave out /x"},
        {"http://", "an address is missing, as in host:1883"},
        {"a;b;a:9876", "the name server a:9876 is given twice: keep one of them"},
    };
    for (const Fault& row : rows) {
        std::vector<Endpoint> servers;
        const Status added = add_name_servers(row.text, servers);
        ASSERT_FALSE(added) << row.text;
        EXPECT_EQ(added.error().context, row.sentence);
    }
    std::string many;
    for (int i = 0; i < 65; ++i) many += "h" + std::to_string(i) + ";";
    std::vector<Endpoint> servers;
    EXPECT_FALSE(add_name_servers(many, servers));
}

TEST(UsualProtocol, ports_of_others_are_known) {
    EXPECT_EQ(usual_protocol(8883, false), "TLS");
    EXPECT_EQ(usual_protocol(9001, false), "WebSocket");
    EXPECT_EQ(usual_protocol(1883, false), "");
    EXPECT_EQ(usual_protocol(1884, false), "");
    EXPECT_EQ(usual_protocol(8883, true), "");
    EXPECT_EQ(usual_protocol(1883, true), "MQTT over plain TCP");
    EXPECT_EQ(usual_protocol(8084, true), "WebSocket over TLS");
}

}  // namespace
}  // namespace outflow

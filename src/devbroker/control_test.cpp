#include "devbroker/control.h"

#include "base/base64.h"
#include "devbroker/server_rig.h"
#include "json/document.h"

namespace outflow::devbroker {
namespace {

class ControlTest : public ServerRig {
protected:
    void SetUp() override { start(); }

    ControlResponse ask(std::string_view method, std::string_view path, std::string_view body = {},
                        std::string_view query = {}) {
        Control control(*server);
        ControlResponse response = control.handle({.method = method,
                                                   .path = path,
                                                   .query = query,
                                                   .host = "127.0.0.1:9877",
                                                   .content_type = method == "DELETE" ? "" : "application/json",
                                                   .body = body});
        EXPECT_TRUE(json::parse_document(response.body)) << response.body;
        return response;
    }
    std::string state() { return ask("GET", "/state").body; }
};

TEST_F(ControlTest, the_state_shows_settings_topics_rules_and_connections) {
    misbehave("send code=2");
    const auto client = connect();
    client->send(send_frame(1));
    ASSERT_EQ(responses(*client, 1).size(), 1U);
    const std::string text = state();
    for (const char* part : {R"("connections":1)", R"("accepted":1)", R"("auto_create":true)", R"("route":null)",
                             R"("topics":[{"name":"t","queues":4}])", R"("is_listening":true)",
                             R"({"number":1,"seen":1,"decided":1,"rule":{"for":"send","code":2}})"}) {
        EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
    }
}

TEST_F(ControlTest, rules_are_added_as_objects_or_lines_and_removed_by_number) {
    EXPECT_EQ(ask("POST", "/faults", R"({"for":"send","code":2})").body, R"({"numbers":[1]})");
    EXPECT_EQ(ask("POST", "/faults", R"(["105 code=17",{"for":"any","close":true}])").body, R"({"numbers":[2,3]})");
    EXPECT_EQ(ask("POST", "/faults", R"("send silence")").body, R"({"numbers":[4]})");
    EXPECT_EQ(ask("DELETE", "/faults/2").status, 200U);
    EXPECT_EQ(ask("DELETE", "/faults/2").status, 404U);
    EXPECT_EQ(server->faults().rules().size(), 3U);
    EXPECT_EQ(ask("DELETE", "/faults").status, 200U);
    EXPECT_TRUE(server->faults().rules().empty());
}

TEST_F(ControlTest, settings_change_what_they_name_and_nothing_else) {
    EXPECT_EQ(ask("PATCH", "/settings", R"({"auto_create":false,"serialize":"binary","version":393})").status, 200U);
    EXPECT_FALSE(server->broker().settings().auto_create);
    EXPECT_TRUE(server->broker().settings().is_registered);
    EXPECT_EQ(server->options().serialize, rocketmq::SerializeType::binary);
    EXPECT_EQ(server->options().version, 393);
    const std::string_view more = R"({"quoted_keys":false,"is_disk_full":true,"message_bytes_max":100})";
    EXPECT_EQ(ask("POST", "/settings", more).status, 200U);
    EXPECT_EQ(server->broker().settings().quoted_keys, false);
    EXPECT_EQ(server->broker().settings().message_bytes_max, 100U);
    EXPECT_EQ(ask("PATCH", "/settings", R"({"quoted_keys":null})").status, 200U);
    EXPECT_FALSE(server->broker().settings().quoted_keys);
}

TEST_F(ControlTest, a_route_can_be_set_and_taken_back) {
    const std::string_view route =
        R"({"route":{"brokerDatas":[{"brokerAddrs":{"0":"127.0.0.1:1"},"brokerName":"b","cluster":"c"}],)"
        R"("queueDatas":[{"brokerName":"b","perm":4,"readQueueNums":1,"topicSysFlag":0,"writeQueueNums":1}]}})";
    EXPECT_EQ(ask("PATCH", "/settings", route).status, 200U);
    ASSERT_TRUE(server->broker().settings().route);
    EXPECT_EQ(server->broker().settings().route->brokers.at(0).name, "b");
    EXPECT_NE(state().find("127.0.0.1:1"), std::string::npos);
    EXPECT_EQ(ask("PATCH", "/settings", R"({"route":null})").status, 200U);
    EXPECT_FALSE(server->broker().settings().route);
}

TEST_F(ControlTest, topics_come_and_go) {
    EXPECT_EQ(ask("POST", "/topics", R"({"name":"u","queues":7})").status, 200U);
    EXPECT_NE(state().find(R"({"name":"u","queues":7})"), std::string::npos);
    EXPECT_EQ(ask("DELETE", "/topics/u").status, 200U);
    EXPECT_EQ(ask("DELETE", "/topics/u").status, 404U);
    EXPECT_EQ(ask("POST", "/topics", R"({"name":"%RETRY%g","queues":1})").status, 200U);
    EXPECT_EQ(ask("DELETE", "/topics/%25RETRY%25g").status, 200U);
}

TEST_F(ControlTest, recorded_requests_come_behind_a_number) {
    const auto client = connect();
    const std::string first = send_frame(1);
    client->send(first + route_frame(2));
    ASSERT_EQ(responses(*client, 2).size(), 2U);
    const std::string all = ask("GET", "/requests").body;
    EXPECT_NE(all.find(encode_base64(first)), std::string::npos);
    EXPECT_NE(all.find(R"("number":1,"connection":1,)"), std::string::npos) << all;
    EXPECT_NE(all.find(R"("code":310,"stored":true)"), std::string::npos) << all;
    const std::string rest = ask("GET", "/requests", {}, "after=1").body;
    EXPECT_EQ(rest.find(R"("number":1,)"), std::string::npos) << rest;
    EXPECT_NE(rest.find(R"("number":2,)"), std::string::npos) << rest;
    EXPECT_EQ(ask("GET", "/requests", {}, "after=2").body, R"({"requests":[],"last":2})");
}

TEST_F(ControlTest, listening_is_controlled) {
    EXPECT_EQ(ask("POST", "/unlisten", "{}").status, 200U);
    EXPECT_FALSE(server->is_listening());
    EXPECT_EQ(ask("POST", "/listen", "{}").status, 200U);
    EXPECT_TRUE(server->is_listening());
    const auto client = connect();
    client->send(send_frame(1));
    ASSERT_EQ(responses(*client, 1).size(), 1U);
    EXPECT_EQ(ask("POST", "/drop", "{}").status, 200U);
    EXPECT_TRUE(closes(*client));
}

TEST_F(ControlTest, a_faulty_request_names_its_fault_and_changes_nothing) {
    const struct {
        std::string_view method;
        std::string_view path;
        std::string_view body;
        unsigned status;
        std::string_view word;
    } rows[] = {
        {"POST", "/faults", R"({"for":"send","code":"2"})", 400, "code"},
        {"POST", "/faults", R"(["send code=2","send colour=red"])", 400, "Rule 2: colour"},
        {"POST", "/faults", "send code=2", 400, "Line 1"},
        {"POST", "/faults", "3", 400, "Rule 1"},
        {"PATCH", "/settings", R"({"auto_create":false,"version":-1})", 400, "version"},
        {"PATCH", "/settings", R"({"auto_create":"no"})", 400, "auto_create"},
        {"PATCH", "/settings", R"({"colour":1})", 400, "colour"},
        {"PATCH", "/settings", R"({"route":3})", 400, "route"},
        {"PATCH", "/settings", R"({"serialize":"xml"})", 400, "serialize"},
        {"PATCH", "/settings", R"({"message_bytes_max":0})", 400, "message_bytes_max"},
        {"PATCH", "/settings", "[]", 400, "object"},
        {"POST", "/topics", R"({"queues":1})", 400, "name"},
        {"POST", "/topics", R"({"name":"u","queues":0})", 400, "queues"},
        {"POST", "/topics", R"({"name":"u","queues":-1})", 400, "queues"},
        {"POST", "/topics", R"({"name":"a/b"})", 400, "name"},
        {"POST", "/topics", R"({"name":"u","colour":1})", 400, "colour"},
        {"GET", "/nowhere", "", 404, "This path does not exist."},
        {"GET", "/state/more", "", 404, "This path does not exist."},
        {"GET", "", "", 404, "This path does not exist."},
        {"GET", "/faults", "", 405, "GET"},
        {"DELETE", "/state", "", 405, "DELETE"},
        {"DELETE", "/faults/x", "", 404, "x"},
        {"DELETE", "/topics/%", "", 404, "%"},
    };
    const std::string before = state();
    for (const auto& row : rows) {
        const ControlResponse response = ask(row.method, row.path, row.body);
        EXPECT_EQ(response.status, row.status) << row.method << row.path << row.body;
        EXPECT_NE(response.body.find(row.word), std::string::npos)
            << row.method << row.path << row.body << response.body;
    }
    EXPECT_EQ(state(), before);
    EXPECT_EQ(ask("GET", "/requests", {}, "after=x").status, 400U);
}

TEST_F(ControlTest, a_page_in_a_browser_changes_nothing) {
    Control control(*server);
    const struct {
        std::string_view method;
        std::string_view host;
        std::string_view content_type;
        unsigned status;
    } rows[] = {
        {"POST", "127.0.0.1:9877", "application/json", 200},
        {"POST", "localhost:9877", "application/json; charset=utf-8", 200},
        {"POST", "[::1]:9877", "application/json", 200},
        {"POST", "127.0.0.1", "text/plain", 415},
        {"POST", "127.0.0.1", "application/x-www-form-urlencoded", 415},
        {"POST", "127.0.0.1", "", 415},
        {"POST", "evil.example", "application/json", 403},
        {"POST", "evil.example:9877", "application/json", 403},
        {"POST", "localhost.evil.example", "application/json", 403},
        {"POST", "127.0.0.1.evil.example", "application/json", 403},
        {"POST", "192.168.1.7:9877", "application/json", 403},
        {"POST", "", "application/json", 403},
        {"POST", "[", "application/json", 403},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(control
                      .handle({.method = row.method,
                               .path = "/drop",
                               .query = {},
                               .host = row.host,
                               .content_type = row.content_type,
                               .body = {}})
                      .status,
                  row.status)
            << row.host << " " << row.content_type;
    }
    EXPECT_EQ(control
                  .handle({.method = "GET",
                           .path = "/requests",
                           .query = {},
                           .host = "evil.example",
                           .content_type = {},
                           .body = {}})
                  .status,
              403U);
    Control remote(*server, true);
    EXPECT_EQ(remote
                  .handle({.method = "GET",
                           .path = "/state",
                           .query = {},
                           .host = "192.168.1.7:9877",
                           .content_type = {},
                           .body = {}})
                  .status,
              200U);
    EXPECT_EQ(remote
                  .handle({.method = "GET",
                           .path = "/state",
                           .query = {},
                           .host = "evil.example",
                           .content_type = {},
                           .body = {}})
                  .status,
              403U);
}

}  // namespace
}  // namespace outflow::devbroker

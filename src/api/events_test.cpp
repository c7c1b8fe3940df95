#include "api/events.h"

#include "api/task_api_rig.h"

namespace outflow::api {
namespace {

class EventsTest : public TaskApiTest {
protected:
    EventsTest() { events.add_routes(routes); }

    // What a user's stream has brought when it holds `until`.
    std::unique_ptr<http::Client> listen(std::string_view user) {
        serve();
        auto client = std::make_unique<http::Client>(server.port());
        client->send(request_text("GET", "/v1/events", {key_field(user)}, {}));
        return client;
    }
    bool comes(http::Client& client, std::string_view until) {
        return wait([&] { return client.receive(), client.received.find(until) != std::string::npos; });
    }

    Events events{loop, *registry, *board, access};
};

TEST_F(EventsTest, states_come_at_once_and_when_they_change_whoever_has_looked_before) {
    make_instances();
    as_olga("POST", "/v1/tasks", task_text("press-1"));
    as_olga("POST", "/v1/tasks", task_text("other"));
    const auto all = listen("olga");
    const auto some = listen("vera");
    EXPECT_TRUE(comes(*all, "event: complete"));
    EXPECT_NE(all->received.find(R"("name":"other")"), std::string::npos);
    EXPECT_TRUE(comes(*some, "event: complete"));
    EXPECT_EQ(some->received.find("other"), std::string::npos) << "a task that she does not see";
    as_olga("POST", "/v1/tasks/press-1:enable");  // its answer has looked at the state
    EXPECT_TRUE(comes(*all, R"("state":"STARTING")"));
    EXPECT_TRUE(comes(*some, R"("state":"STARTING")"));
    worker("press-1").now.events.received = 7;
    EXPECT_TRUE(comes(*some, R"("press-1":{"received":7)"));
    as_olga("DELETE", "/v1/tasks/other");
    EXPECT_TRUE(comes(*all, "event: deleted"));
}

TEST_F(EventsTest, the_stream_of_who_may_no_more_ends) {
    const auto client = listen("vera");
    EXPECT_TRUE(comes(*client, "event: complete"));
    EXPECT_EQ(ask_as("admin", "DELETE", "/v1/users/vera").status, 204U);
    EXPECT_TRUE(wait([&] { return client->receive(), client->is_closed || client->received.ends_with("0\r\n\r\n"); }));
}

TEST_F(EventsTest, a_stream_keeps_no_session_and_ends_with_it) {
    const FieldLines session = session_of("vera");
    http::Client client(server.port());
    client.send(request_text("GET", "/v1/events", session, {}));
    EXPECT_TRUE(comes(client, "event: complete"));
    time += std::chrono::hours(12) - std::chrono::seconds(1);
    make_instances();
    as_olga("POST", "/v1/tasks", task_text("press-1", R"(,"enabled":true)"));
    EXPECT_TRUE(comes(client, R"("press-1":{"received":0)")) << "a second later it is still looked at";
    time += std::chrono::seconds(2);
    EXPECT_TRUE(wait([&] { return client.receive(), client.is_closed || client.received.ends_with("0\r\n\r\n"); }));
    EXPECT_EQ(ask("GET", "/v1/me", session).status, 401U);
}

TEST_F(EventsTest, one_user_leaves_room_for_others) {
    std::vector<std::unique_ptr<http::Client>> clients;
    for (int i = 0; i < 16; ++i) {
        clients.push_back(listen("olga"));
        ASSERT_TRUE(comes(*clients.back(), "event: complete"));
    }
    const auto refused = listen("olga");
    EXPECT_TRUE(comes(*refused, "has 16 event streams already"));
    EXPECT_TRUE(comes(*listen("vera"), "event: complete"));
}

}  // namespace
}  // namespace outflow::api

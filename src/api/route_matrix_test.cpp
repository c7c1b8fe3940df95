// Every route of the table against what every route has to refuse. A route without a row fails.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "api/backup_route.h"
#include "api/task_api_rig.h"

namespace outflow::api {
namespace {

// What a user gets who sees `press-*` alone and may do the rest.
enum class Restricted {
    no,       // it is not about tasks, or for administrators
    hidden,   // 404
    refused,  // 403
    filtered  // the answer says nothing of other tasks
};

struct Row {
    std::string_view method;
    std::string_view route;  // its path in the table
    std::string path;
    unsigned good = 200;
    std::string body = {};
    Restricted restricted = Restricted::no;
    bool is_stream = false;
};

class RouteMatrixTest : public TaskApiTest {
protected:
    RouteMatrixTest() {
        events.add_routes(routes);
        add_backup_route(routes, *database, path("."));
        make_instances();
        EXPECT_EQ(as_olga("POST", "/v1/instances", R"({"name":"spare","mqtt":{"endpoint":"mqtt://h"}})").status, 201U);
        for (const char* name : {"other", "gone"})
            EXPECT_EQ(as_olga("POST", "/v1/tasks", task_text(name)).status, 201U);
        access.put_user({.name = "rita", .role = store::Role::operator_, .tasks = {"press-*"}});
        access.put_key("ak-rita", "rita", platform::Secret("rita-secret"));
    }

    // In an order in which each can be good.
    static std::vector<Row> rows() {
        using enum Restricted;
        const std::string message = R"("message":{"topic":"a/b","payload":"x"})";
        const std::string mqtt = R"({"mqtt":{"endpoint":"mqtt://h"}})";
        return {
            {"GET", "/v1/tasks", "/v1/tasks", 200, "", filtered},
            {"POST", "/v1/tasks", "/v1/tasks", 201, task_text("new"), refused},
            {"GET", "/v1/tasks/{name}", "/v1/tasks/other", 200, "", hidden},
            {"PUT", "/v1/tasks/{name}", "/v1/tasks/other", 200, task_text("other"), refused},
            {"DELETE", "/v1/tasks/{name}", "/v1/tasks/gone", 204, "", hidden},
            {"POST", "/v1/tasks/{name}:preview", "/v1/tasks/other:preview", 200, "{" + message + "}", hidden},
            {"POST", "/v1/tasks/{name}:enable", "/v1/tasks/other:enable", 200, "", hidden},
            {"POST", "/v1/tasks/{name}:pause", "/v1/tasks/other:pause", 200, "", hidden},
            {"POST", "/v1/tasks:preview", "/v1/tasks:preview", 200,
             R"({"task":)" + task_text("other") + "," + message + "}", refused},
            {"POST", "/v1/tasks:validate", "/v1/tasks:validate", 200, task_text("other"), refused},
            {"POST", "/v1/apply", "/v1/apply", 200, R"({"tasks":[)" + task_text("other") + "]}", refused},
            // What tests patterns in this rig finds a fault in each.
            {"POST", "/v1/patterns:test", "/v1/patterns:test", 422, R"({"pattern":{},"event":{}})"},
            {"GET", "/v1/instances", "/v1/instances", 200, "", filtered},
            {"POST", "/v1/instances", "/v1/instances", 201, R"({"name":"new","mqtt":{"endpoint":"mqtt://h"}})",
             refused},
            {"GET", "/v1/instances/{name}", "/v1/instances/edge", 200, "", filtered},
            {"PUT", "/v1/instances/{name}", "/v1/instances/spare", 200, mqtt, refused},
            {"DELETE", "/v1/instances/{name}", "/v1/instances/spare", 204, "", refused},
            {"POST", "/v1/instances/{name}:test", "/v1/instances/edge:test", 200, R"({"topic":"a"})", filtered},
            {"POST", "/v1/instances:test", "/v1/instances:test", 200, mqtt, refused},
            {"GET", "/v1/events", "/v1/events", 200, "", filtered, true},
            {"POST", "/v1/login", "/v1/login", 200, fmt::format(R"({{"name":"olga","password":"{}"}})", password)},
            {"POST", "/v1/logout", "/v1/logout", 204},
            {"GET", "/v1/me", "/v1/me"},
            {"PUT", "/v1/me/password", "/v1/me/password", 204,
             fmt::format(R"({{"old":"{}","new":"another one of mine"}})", password)},
            {"GET", "/v1/users", "/v1/users"},
            {"POST", "/v1/users", "/v1/users", 201, R"({"name":"nina","role":"viewer"})"},
            {"GET", "/v1/users/{name}", "/v1/users/nina"},
            {"PUT", "/v1/users/{name}", "/v1/users/nina", 200, R"({"role":"operator"})"},
            {"DELETE", "/v1/users/{name}", "/v1/users/nina", 204},
            {"GET", "/v1/keys", "/v1/keys"},
            {"POST", "/v1/keys", "/v1/keys", 201, R"({"description":"one"})"},
            {"DELETE", "/v1/keys/{id}", "/v1/keys/ak-vera", 204},
            {"GET", "/v1/audit", "/v1/audit"},
            {"GET", "/v1/backup", "/v1/backup"},
            {"GET", "/v1/version", "/v1/version"},
            {"GET", "/v1/openapi.json", "/v1/openapi.json"},
            {"GET", "/healthz", "/healthz"},
            {"GET", "/readyz", "/readyz"},
        };
    }

    const Route& route_of(const Row& row) const {
        return *std::find_if(routes.all().begin(), routes.all().end(), [&row](const Route& route) {
            return route.method == row.method && route.path == row.route;
        });
    }

    // As the router must come to it, from the table alone.
    std::string allow_of(const Row& row) const {
        std::set<std::string_view> methods{"OPTIONS"};
        for (const Route& route : routes.all())
            if (route.path == row.route) methods.insert(route.method);
        if (methods.contains("GET")) methods.insert("HEAD");
        return fmt::format("{}", fmt::join(methods, ", "));
    }

    Answered send(const Row& row, FieldLines fields, std::string_view body) {
        if (!row.is_stream) return ask(row.method, row.path, std::move(fields), body);
        http::Client client(server.port());
        client.send(request_text(row.method, row.path, fields, body));
        EXPECT_TRUE(wait([&] { return client.receive(), client.has("event: complete") || client.is_closed; }));
        return read(client.received);
    }

    void expect_refused(const Answered& answer, unsigned status, std::string_view what) {
        EXPECT_EQ(answer.status, status) << what << ": " << answer.body;
        EXPECT_EQ(answer.field("Content-Type"), "application/problem+json") << what;
        EXPECT_FALSE(answer.member("detail").empty()) << what;
    }

    void check_who_asks(const Row& row, const FieldLines& session);
    void check_what_is_sent(const Row& row);
    void check_methods(const Row& row);

    Events events{loop, *registry, *board, access};
};

void RouteMatrixTest::check_who_asks(const Row& row, const FieldLines& session) {
    const Route& route = route_of(row);
    if (!route.needs) return;
    const Answered nobody = send(row, {}, row.body);
    expect_refused(nobody, 401, "nobody");
    EXPECT_EQ(nobody.field("WWW-Authenticate"), "Bearer");
    expect_refused(send(row, {{"Authorization", "Bearer ak-admin:wrong"}}, row.body), 401, "a wrong key");
    if (*route.needs != store::Role::viewer) {
        const bool is_for_operators = *route.needs == store::Role::operator_;
        expect_refused(send(row, {key_field(is_for_operators ? "vera" : "olga")}, row.body), 403, "too little a role");
    }
    if (row.method != "GET") expect_refused(send(row, {session.front()}, row.body), 403, "a cookie without the token");
    if (row.restricted == Restricted::no) return;
    const Answered restricted = send(row, {key_field("rita")}, row.body);
    if (row.restricted == Restricted::filtered) {
        EXPECT_EQ(restricted.status, row.good) << restricted.body;
        EXPECT_FALSE(restricted.has("other")) << "a task that is not hers: " << restricted.body;
    } else {
        expect_refused(restricted, row.restricted == Restricted::hidden ? 404 : 403, "a task that is not hers");
    }
}

void RouteMatrixTest::check_what_is_sent(const Row& row) {
    const Route& route = route_of(row);
    const FieldLines key{key_field("admin")};
    const bool has_body = !route.request.empty();
    const std::size_t bytes_max = has_body ? route.body_bytes_max.value_or(Routes::body_bytes_max) : 0;
    FieldLines too_large = key;
    too_large.emplace_back("Content-Length", std::to_string(bytes_max + 1));
    too_large.emplace_back("Content-Type", "application/json");
    expect_refused(ask_raw(row.method, row.path, too_large), 413, "a body that is too large");
    expect_refused(ask(row.method, row.path + "?surprise=1", key, row.body), 400, "an unknown parameter");
    if (!has_body) return;
    expect_refused(ask_raw(row.method, row.path, key, row.body), 415, "no content type");
    FieldLines text = key;
    text.emplace_back("Content-Type", "text/plain");
    expect_refused(ask_raw(row.method, row.path, text, row.body), 415, "a wrong content type");
    expect_refused(ask(row.method, row.path, key, "{\"a\":"), 400, "malformed JSON");
    if (!route.is_body_optional) expect_refused(ask(row.method, row.path, key), 400, "no body");
    const Answered unknown = ask(row.method, row.path, key, "{\"surprise\":1," + row.body.substr(1));
    expect_refused(unknown, 422, "an unknown field");
    EXPECT_TRUE(unknown.has("/surprise")) << unknown.body;
}

void RouteMatrixTest::check_methods(const Row& row) {
    for (const std::string_view method : {"BREW", "TRACE", "QUERY", "PATCH"}) {
        const Answered answer = ask(method, row.path, {key_field("admin")});
        expect_refused(answer, 405, method);
        EXPECT_EQ(answer.field("Allow"), allow_of(row)) << method;
    }
}

TEST_F(RouteMatrixTest, has_every_route_once) {
    std::vector<std::string> in_table, in_rows;
    for (const Route& route : routes.all()) in_table.push_back(fmt::format("{} {}", route.method, route.path));
    for (const Row& row : rows()) in_rows.push_back(fmt::format("{} {}", row.method, row.route));
    std::sort(in_table.begin(), in_table.end());
    std::sort(in_rows.begin(), in_rows.end());
    EXPECT_EQ(in_rows, in_table) << "a new route needs a row";
}

TEST_F(RouteMatrixTest, every_route_refuses_who_may_not_ask) {
    const FieldLines session = session_of("admin");
    for (const Row& row : rows()) {
        SCOPED_TRACE(fmt::format("{} {}", row.method, row.path));
        check_who_asks(row, session);
    }
}

TEST_F(RouteMatrixTest, every_route_refuses_what_it_does_not_understand) {
    for (const Row& row : rows()) {
        SCOPED_TRACE(fmt::format("{} {}", row.method, row.path));
        check_what_is_sent(row);
        check_methods(row);
    }
}

TEST_F(RouteMatrixTest, every_route_does_its_work) {
    for (const Row& row : rows()) {
        SCOPED_TRACE(fmt::format("{} {}", row.method, row.path));
        const Route& route = route_of(row);
        const bool is_own_password = row.path == "/v1/me/password";
        const Answered answer = send(row, {key_field(is_own_password ? "olga" : "admin")}, row.body);
        EXPECT_EQ(answer.status, row.good) << answer.body;
        const auto promised = std::find_if(route.answers.begin(), route.answers.end(),
                                           [&answer](const Answer& good) { return good.status == answer.status; });
        if (answer.status >= 400) continue;
        ASSERT_NE(promised, route.answers.end()) << "the document does not know this answer";
        for (const std::string_view field : promised->fields)
            EXPECT_FALSE(answer.field(std::string(field)).empty()) << field;
    }
}

}  // namespace
}  // namespace outflow::api

// The API with tasks and instances, whose workers do what a test tells them. For tests only.
#pragma once

#include <memory>
#include <string>

#include "api/api_rig.h"
#include "api/events.h"
#include "api/instance_routes.h"
#include "api/preview_routes.h"
#include "api/registry.h"
#include "api/session_log.h"
#include "api/status_board.h"
#include "api/task_routes.h"
#include "task/task_manager_rig.h"

namespace outflow::api {

class TaskApiTest : public ApiTest {
protected:
    TaskApiTest() { make_tasks(); }

    // All that a process has in memory, from the store.
    void make_tasks() {
        sessions.emplace(loop, logger, *database, factory);
        manager.emplace(logger, *sessions, task::ManagerOptions{});
        registry.emplace(
            Registry::Parts{*database, vault, *manager, logger,
                            [this](const task::Document& document, const task::TaskDefinition& definition,
                                   const std::string& created_at) { return prepare(document, definition, created_at); },
                            [this](std::function<void()> function) { posted.push_back(std::move(function)); }},
            Allowed{.files = {"/etc/outflow/*"},
                    .environment = {"OUTFLOW_TEST_*"},
                    .dead_letter_files = {"/etc/*", "/var/dead/*"},
                    .own = {"/etc/outflow/data", "/etc/outflow/server.key"}});
        board.emplace(*registry, *manager);
        ASSERT_TRUE(registry->start());
        run_posted();
        if (server.port() != 0) return;
        add_task_routes(routes, *registry, *board);
        add_apply_routes(routes, *registry);
        add_preview_routes(
            routes, *registry,
            [this](const task::Document& document, const GivenEvent& event) -> Previewed {
                previewed_task = document.tasks.front().name;
                previewed = event;
                return R"({"verdict":"filtered"})";
            },
            [this](const std::string& pattern, pattern::Dialect dialect, const std::string& event) -> Previewed {
                tested = pattern + " " + std::string(pattern::to_string(dialect)) + " " + event;
                return tl::unexpected(std::vector<Fault>{{"/pattern/data", task::Severity::error, "no", {}}});
            });
        add_instance_routes(routes, *registry,
                            [this](const task::Instance& instance, const std::string& topic, auto on_done) {
                                probed = instance.name + " " + topic;
                                if (const auto secret = task::secret_of(instance.kind).source)
                                    probed += " " + secret->text;
                                on_done(R"({"ok":true,"steps":[]})");
                            });
    }

    // As after a kill -9: nothing is said to anybody.
    void restart() {
        board.reset();
        registry.reset();
        manager.reset();
        sessions.reset();
        posted.clear();
        factory.reported.clear();
        make_tasks();
    }

    Result<task::TaskSpec> prepare(const task::Document& document, const task::TaskDefinition& definition,
                                   const std::string& created_at) const {
        if (!missing.empty()) return failed(ErrorCode::invalid_argument, missing);
        task::TaskSpec spec;
        spec.definition = definition;
        spec.source_instance = document.find(task::instance_of(definition.source));
        spec.sink_instance = document.find(task::instance_of(definition.sink));
        const std::string& chosen = task::chosen_client_id(definition.source);
        spec.client_id = chosen.empty() ? definition.name + "@" + (created_at.empty() ? "?" : "made") : chosen;
        return spec;
    }

    void run_posted() {
        for (auto& function : std::exchange(posted, {})) function();
    }
    std::string reported() { return std::exchange(factory.reported, {}); }
    template <class Function, class... Arguments>
    void answer(Function& function, Arguments... arguments) {
        auto taken = std::exchange(function, nullptr);
        ASSERT_TRUE(taken);
        taken(arguments...);
        run_posted();
    }
    task::FakeFactory::Worker& worker(const std::string& name) { return *factory.workers.at(name); }

    Answered as_olga(std::string_view method, std::string_view path, std::string_view body = {}) {
        return ask_as("olga", method, path, body);
    }
    void make_instances() {
        EXPECT_EQ(as_olga("POST", "/v1/instances", edge()).status, 201U);
        EXPECT_EQ(as_olga("POST", "/v1/instances", R"({"name":"rmq","rocketmq":{"name_servers":["h:9876"]}})").status,
                  201U);
    }
    static std::string edge(std::string_view host = "h",
                            std::string_view more = R"(,"username":"u","password":"geheim")") {
        return R"({"name":"edge","mqtt":{"endpoint":"mqtt://)" + std::string(host) + "\"" + std::string(more) + "}}";
    }
    static std::string task_text(std::string_view name, std::string_view more = {}, std::string_view topic = "a/#") {
        return R"({"name":")" + std::string(name) + R"(","source":{"mqtt":{"instance":"edge","topic":")" +
               std::string(topic) + R"("}},"sink":{"rocketmq":{"instance":"rmq","topic":"t"}})" + std::string(more) +
               "}";
    }
    std::string all_that_is_stored() {
        EXPECT_TRUE(database->copy_to(path("copy.db")));
        std::string bytes = platform::read_file(path("copy.db"), 10'000'000).value_or("");
        EXPECT_TRUE(platform::remove_file(path("copy.db")));
        return bytes;
    }

    task::FakeFactory factory;
    std::vector<std::function<void()>> posted;
    std::string missing;  // a secret that is not there
    std::string probed;
    std::string previewed_task;
    GivenEvent previewed;
    std::string tested;
    // In their place at every start: the routes have their addresses.
    std::optional<SessionLog> sessions;
    std::optional<task::TaskManager> manager;
    std::optional<Registry> registry;
    std::optional<StatusBoard> board;
};

}  // namespace outflow::api

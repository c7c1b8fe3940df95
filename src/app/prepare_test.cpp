#include "app/prepare.h"
#include "app/secrets.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <unistd.h>

#include <gtest/gtest.h>

#include "app/build_info.h"
#include "app/make_connectors.h"
#include "task/load.h"

namespace outflow::app {
namespace {

task::Loaded load(const std::string& password, const std::string& client_id) {
    const std::string text = "instances:\n"
                             "  edge: { mqtt: { endpoint: \"mqtt://127.0.0.1:1883\"" +
                             password +
                             " } }\n"
                             "  sink: { rocketmq: { name_servers: [\"127.0.0.1:9876\"] } }\n"
                             "tasks:\n"
                             "  - name: press\n"
                             "    source: { mqtt: { instance: edge, topic: \"a/#\"" +
                             client_id +
                             " } }\n"
                             "    sink: { rocketmq: { instance: sink, topic: t } }\n";
    return task::load_text("folder/../tasks.yaml", text);
}

TEST(Prepare, client_ids_and_locks_follow_from_file_and_host) {
    const task::Loaded loaded = load("", "");
    ASSERT_TRUE(loaded.ok()) << task::render_diagnostic(loaded.diagnostics[0]);
    const auto here = prepare_tasks(loaded.document, "host-a");
    const auto again = prepare_tasks(loaded.document, "host-a");
    const auto there = prepare_tasks(loaded.document, "host-b");
    ASSERT_TRUE(here && again && there);
    ASSERT_EQ(here->size(), 1U);
    EXPECT_EQ(here->front().client_id, again->front().client_id);
    EXPECT_NE(here->front().client_id, there->front().client_id);
    EXPECT_EQ(lock_name(here->front()), here->front().client_id);
}

TEST(Prepare, a_chosen_client_id_may_hold_anything) {
    const task::Loaded loaded = load("", ", client_id: \"../../x y\"");
    ASSERT_TRUE(loaded.ok()) << task::render_diagnostic(loaded.diagnostics[0]);
    const auto prepared = prepare_tasks(loaded.document, "host");
    ASSERT_TRUE(prepared);
    EXPECT_EQ(prepared->front().client_id, "../../x y");
    EXPECT_EQ(lock_name(prepared->front()).find('/'), std::string::npos);
    EXPECT_TRUE(lock_name(prepared->front()).starts_with("session-"));
}

TEST(Prepare, secrets_are_read_and_a_missing_one_names_its_task) {
    ::setenv("OUTFLOW_TEST_PASSWORD", "pw", 1);
    ::unsetenv("OUTFLOW_TEST_MISSING");
    const task::Loaded good = load(", username: u, password: { env: OUTFLOW_TEST_PASSWORD }", "");
    const task::Loaded bad = load(", username: u, password: { env: OUTFLOW_TEST_MISSING }", "");
    ASSERT_TRUE(good.ok() && bad.ok());
    const auto prepared = prepare_tasks(good.document, "host");
    ASSERT_TRUE(prepared);
    EXPECT_EQ(prepared->front().source_secrets.own.reveal(), "pw");
    const auto refused = prepare_tasks(bad.document, "host");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().context.find("Task press: the MQTT password"), std::string::npos);
    EXPECT_NE(refused.error().context.find("OUTFLOW_TEST_MISSING"), std::string::npos);
}

TEST(Prepare, tokens_are_read_and_their_files_watched) {
    const std::string file = testing::TempDir() + "outflow-prepare-token-" + std::to_string(::getpid());
    std::ofstream(file) << "token-1\n";
    const std::string auth =
        ", auth: { mode: token, instance_id: i, access_key: ak, group_id: GID_x, tokens: { R: { file: " + file +
        " }, W: plain } }";
    const task::Loaded loaded = load(auth, "");
    ASSERT_TRUE(loaded.ok()) << task::render_diagnostic(loaded.diagnostics[0]);
    EXPECT_EQ(secret_files(loaded.document), std::vector<std::string>{file});
    const auto prepared = prepare_tasks(loaded.document, "host");
    ASSERT_TRUE(prepared) << prepared.error().context;
    const task::TaskSpec& spec = prepared->front();
    EXPECT_TRUE(spec.client_id.starts_with("GID_x@@@")) << spec.client_id;
    ASSERT_EQ(spec.source_secrets.tokens.size(), 2U);
    EXPECT_EQ(spec.source_secrets.tokens[0].reveal(), "token-1");
    const auto login = make_apsara_login(*std::get<task::MqttInstance>(spec.source_instance->kind).auth,
                                         spec.source_secrets, spec.client_id);
    ASSERT_TRUE(login);
    EXPECT_EQ(login->username, "Token|ak|i");
    EXPECT_EQ(login->password, "R|token-1|W|plain");
    EXPECT_TRUE(login->refused_hint.starts_with("Write a new token R to " + file)) << login->refused_hint;
    std::filesystem::remove(file);
    const auto refused = prepare_tasks(loaded.document, "host");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().context.find("Task press: the token R is not available"), std::string::npos);
}

TEST(Prepare, an_empty_key_is_none) {
    ::setenv("OUTFLOW_TEST_EMPTY", "", 1);
    const task::Loaded loaded =
        load(", auth: { mode: signature, instance_id: i, access_key: ak, group_id: G, secret_key: { "
             "env: OUTFLOW_TEST_EMPTY } }",
             "");
    ASSERT_TRUE(loaded.ok()) << task::render_diagnostic(loaded.diagnostics[0]);
    const auto refused = prepare_tasks(loaded.document, "host");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().context.find("the ApsaraMQ secret key is not available: it is empty"), std::string::npos);
}

TEST(Prepare, keys_sign_the_client_id) {
    const task::Loaded loaded =
        load(", auth: { mode: signature, instance_id: mqtt-xxxxx, access_key: YYYYY, secret_key: "
             "\"12345678\" }",
             ", client_id: GID_Test@@@0001");
    ASSERT_TRUE(loaded.ok()) << task::render_diagnostic(loaded.diagnostics[0]);
    const auto prepared = prepare_tasks(loaded.document, "host");
    ASSERT_TRUE(prepared);
    const task::TaskSpec& spec = prepared->front();
    const auto login = make_apsara_login(*std::get<task::MqttInstance>(spec.source_instance->kind).auth,
                                         spec.source_secrets, spec.client_id);
    ASSERT_TRUE(login);
    EXPECT_EQ(login->username, "Signature|YYYYY|mqtt-xxxxx");
    EXPECT_EQ(login->password, "LHnbf1a8OM/y4m4ZzJ5YFJ4vmn4=") << "as Python's hmac makes it";
}

TEST(Prepare, a_session_is_locked_once) {
    const task::Loaded loaded = load("", "");
    ASSERT_TRUE(loaded.ok());
    const auto prepared = prepare_tasks(loaded.document, "a host of this test " + std::to_string(::getpid()));
    ASSERT_TRUE(prepared);
    {
        const auto first = lock_session(prepared->front());
        ASSERT_TRUE(first) << first.error().context;
        const auto second = lock_session(prepared->front());
        ASSERT_FALSE(second);
        EXPECT_NE(second.error().context.find("Task press runs already"), std::string::npos);
        EXPECT_NE(second.error().context.find("held by process " + std::to_string(::getpid())), std::string::npos);
    }
    EXPECT_TRUE(lock_session(prepared->front()));
}

TEST(Prepare, a_client_id_of_a_containers_name_is_known_to_pass) {
    for (const std::string_view name : {"3f4e21b0c9aa", "outflow-6d5f8c9b4-x2z7k", "a-b-7c9d8f6b5d-zzvtm"}) {
        EXPECT_TRUE(is_container_name(name)) << name;
    }
    for (const std::string_view name :
         {"", "edge-gateway", "outflow-0", "3f4e21b0c9ag", "3F4E21B0C9AA", "plant7", "deadbeef", "-6d5f8c9b4-x2z7k",
          "outflow-6d5f8c9b4-x2a7k", "my-production-gates"}) {
        EXPECT_FALSE(is_container_name(name)) << name;
    }
}

TEST(BuildInfo, the_version_is_that_of_the_build) {
    std::ifstream file(OUTFLOW_SOURCE_DIR "/CMakeLists.txt");
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_NE(text.str().find("project(outflow VERSION " + std::string(version) + " "), std::string::npos);
}

}  // namespace
}  // namespace outflow::app

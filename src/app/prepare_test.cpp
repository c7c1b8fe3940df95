#include "app/prepare.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <unistd.h>

#include <gtest/gtest.h>

#include "app/build_info.h"
#include "task/load.h"

namespace outflow::app {
namespace {

task::Loaded load(const std::string& password, const std::string& client_id) {
    const std::string text = "instances:\n"
                             "  edge: { mqtt: { endpoint: \"mqtt://127.0.0.1:1883\"" + password + " } }\n"
                             "  sink: { rocketmq: { name_servers: [\"127.0.0.1:9876\"] } }\n"
                             "tasks:\n"
                             "  - name: press\n"
                             "    source: { mqtt: { instance: edge, topic: \"a/#\"" + client_id + " } }\n"
                             "    sink: { rocketmq: { instance: sink, topic: t } }\n";
    return task::load_text("folder/../tasks.yaml", text);
}

TEST(Prepare, client_ids_and_locks_follow_from_file_and_host) {
    const task::Loaded loaded = load("", "");
    ASSERT_TRUE(loaded.ok()) << task::render_fault(loaded.faults[0]);
    const auto here = prepare_tasks(loaded.document, "host-a");
    const auto again = prepare_tasks(loaded.document, "host-a");
    const auto there = prepare_tasks(loaded.document, "host-b");
    ASSERT_TRUE(here && again && there);
    ASSERT_EQ(here->size(), 1U);
    EXPECT_EQ(here->front().settings.client_id, again->front().settings.client_id);
    EXPECT_NE(here->front().settings.client_id, there->front().settings.client_id);
    EXPECT_EQ(here->front().lock_name, here->front().settings.client_id + ".lock");
}

TEST(Prepare, a_chosen_client_id_may_hold_anything) {
    const task::Loaded loaded = load("", ", client_id: \"../../x y\"");
    ASSERT_TRUE(loaded.ok()) << task::render_fault(loaded.faults[0]);
    const auto prepared = prepare_tasks(loaded.document, "host");
    ASSERT_TRUE(prepared);
    EXPECT_EQ(prepared->front().settings.client_id, "../../x y");
    EXPECT_EQ(prepared->front().lock_name.find('/'), std::string::npos);
    EXPECT_TRUE(prepared->front().lock_name.starts_with("session-"));
}

TEST(Prepare, secrets_are_read_and_a_missing_one_names_its_task) {
    ::setenv("OUTFLOW_TEST_PASSWORD", "pw", 1);
    ::unsetenv("OUTFLOW_TEST_MISSING");
    const task::Loaded good = load(", username: u, password: { env: OUTFLOW_TEST_PASSWORD }", "");
    const task::Loaded bad = load(", username: u, password: { env: OUTFLOW_TEST_MISSING }", "");
    ASSERT_TRUE(good.ok() && bad.ok());
    const auto prepared = prepare_tasks(good.document, "host");
    ASSERT_TRUE(prepared);
    EXPECT_EQ(prepared->front().settings.mqtt_password, "pw");
    const auto refused = prepare_tasks(bad.document, "host");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().context.find("Task press: the MQTT password"), std::string::npos);
    EXPECT_NE(refused.error().context.find("OUTFLOW_TEST_MISSING"), std::string::npos);
}

TEST(Prepare, a_session_is_locked_once) {
    const task::Loaded loaded = load("", "");
    ASSERT_TRUE(loaded.ok());
    const auto prepared = prepare_tasks(loaded.document, "a host of this test " + std::to_string(::getpid()));
    const auto folder = make_lock_folder();
    ASSERT_TRUE(prepared && folder) << folder.error().context;
    {
        const auto first = lock_session(*folder, prepared->front());
        ASSERT_TRUE(first) << first.error().context;
        const auto second = lock_session(*folder, prepared->front());
        ASSERT_FALSE(second);
        EXPECT_NE(second.error().context.find("Task press runs already"), std::string::npos);
    }
    EXPECT_TRUE(lock_session(*folder, prepared->front()));
    ::unlink((*folder + "/" + prepared->front().lock_name).c_str());
}

TEST(BuildInfo, the_version_is_that_of_the_build) {
    std::ifstream file(OUTFLOW_SOURCE_DIR "/CMakeLists.txt");
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_NE(text.str().find("project(outflow VERSION " + std::string(version) + " "), std::string::npos);
}

}  // namespace
}  // namespace outflow::app

#include "app/loop_workers.h"

#include <gtest/gtest.h>

#include "app/prepare.h"
#include "net/run_until.h"
#include "task/load.h"

namespace outflow::app {
namespace {

class LoopWorkersTest : public testing::Test {
protected:
    task::TaskSpec spec(const std::string& name) {
        const task::Loaded loaded = task::load_text("tasks.yaml", R"(
instances:
  edge: { mqtt: { endpoint: "mqtt://127.0.0.1:1" } }
  sink: { rocketmq: { name_servers: ["127.0.0.1:1"] } }
tasks:
  - name: )" + name + R"(
    source: { mqtt: { instance: edge, topic: "a/#" } }
    sink: { rocketmq: { instance: sink, topic: t } }
)");
        EXPECT_TRUE(loaded.ok());
        return prepare_tasks(loaded.document, "host")->front();
    }
    // The loop's turn: what was posted has run.
    void turn() {
        bool has_run = false;
        loop.post([&] { has_run = true; });
        ASSERT_TRUE(net::run_until(
            loop, [&] { return has_run; }, std::chrono::seconds(10)));
    }

    platform::Logger log{{.level = platform::LogLevel::error, .descriptor = -1, .repeat_interval = {}, .clock = {}}};
    net::EventLoop loop;
};

TEST_F(LoopWorkersTest, memory_is_shared_and_no_task_gets_less_than_it_needs) {
    LoopWorkers workers(loop, {&loop}, log, {}, {}, 24 * 1024 * 1024);
    std::vector<std::unique_ptr<task::TaskWorker>> made;
    for (const char* name : {"a", "b", "c"}) {
        auto worker = workers.make(spec(name), {});
        ASSERT_TRUE(worker) << worker.error().context;
        made.push_back(std::move(*worker));
        turn();
    }
    const auto refused = workers.make(spec("d"), {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(
        refused.error().context,
        "the memory of the process, 24 MiB, is shared by 3 tasks that run; one more would leave less than 8 MiB for "
        "each: give it more, or pause tasks");
    made.pop_back();
    EXPECT_TRUE(workers.make(spec("d"), {}));
    turn();
}

TEST_F(LoopWorkersTest, without_a_limit_any_number_of_tasks_runs) {
    LoopWorkers workers(loop, {&loop}, log, {}, {});
    std::vector<std::unique_ptr<task::TaskWorker>> made;
    for (int i = 0; i < 20; ++i) {
        auto worker = workers.make(spec("t" + std::to_string(i)), {});
        ASSERT_TRUE(worker);
        made.push_back(std::move(*worker));
    }
}

}  // namespace
}  // namespace outflow::app

// A manager with workers that do what a test tells them. For tests only.
#pragma once

#include <gtest/gtest.h>

#include "task/task_manager.h"

namespace outflow::task {

// What became of a task: "make a", "start a", "stop a", ... in order. Callbacks come when the test lets them.
struct FakeFactory final : WorkerFactory {
    struct Worker final : TaskWorker {
        explicit Worker(FakeFactory& its_factory, std::string its_name)
            : factory(its_factory), name(std::move(its_name)) {
            factory.workers[name] = this;
        }
        ~Worker() override {
            factory.add("destroy " + name);
            factory.workers.erase(name);
        }
        void start(std::function<void()> on_end) override {
            factory.add("start " + name);
            on_ended = std::move(on_end);
            now.state = State::starting;
            now.source.connects = factory.connects;
        }
        Status change(const TaskSpec& spec) override {
            factory.add("change " + name + " " + spec.definition.description);
            if (factory.refuses_change) return failed(ErrorCode::task_invalid, "no such field");
            return {};
        }
        void stop(std::chrono::milliseconds, std::function<void()> done) override {
            factory.add("stop " + name);
            on_stopped = std::move(done);
        }
        void await_quiet(std::chrono::milliseconds, std::function<void()> done) override {
            factory.add("await " + name);
            on_quiet = std::move(done);
        }
        void drain(std::chrono::milliseconds, std::function<void(Status)> done) override {
            factory.add("drain " + name);
            on_drained = std::move(done);
        }
        void reopen_files() override { factory.add("reopen " + name); }
        TaskSnapshot snapshot() const override { return now; }
        std::string condition() const override { return text; }
        std::optional<platform::Clock::time_point> next_try() const override { return std::nullopt; }

        FakeFactory& factory;
        std::string name;
        std::function<void()> on_ended, on_stopped, on_quiet;
        std::function<void(Status)> on_drained;
        TaskSnapshot now;
        std::string text = "RUNNING";
    };

    Result<std::unique_ptr<TaskWorker>> make(const TaskSpec& spec, std::vector<std::string> old_filters) override {
        const std::string& name = spec.definition.name;
        std::string line = "make " + name + " " + spec.client_id;
        for (const std::string& filter : old_filters) line += " -" + filter;
        add(line);
        if (name == unmakeable) return failed(ErrorCode::file_error, "no room");
        return std::unique_ptr<TaskWorker>(new Worker(*this, name));
    }
    void open_session(const TaskSpec& spec, std::function<void(Result<bool>)> done) override {
        add("open " + spec.client_id);
        on_opened = std::move(done);
    }
    void end_session(const TaskSpec& spec, std::function<void(Status)> done) override {
        add("end " + spec.client_id);
        on_session_ended = std::move(done);
    }
    void add(std::string line) { reported += (reported.empty() ? "" : ", ") + line; }

    std::map<std::string, Worker*> workers;
    std::string reported;
    std::string unmakeable;
    bool refuses_change = false;
    std::uint64_t connects = 1;                   // of a worker that is started
    std::function<void(Result<bool>)> on_opened;  // true: the session was there already
    std::function<void(Status)> on_session_ended;
};

inline TaskSpec spec(std::string name, std::string topic = "a/#", std::string client_id = "c") {
    TaskSpec made;
    made.definition.name = std::move(name);
    std::get<MqttSourceDefinition>(made.definition.source).topic = std::move(topic);
    made.client_id = std::move(client_id);
    return made;
}

inline TaskSpec at_port(std::uint16_t port) {
    TaskSpec made = spec("a");
    MqttInstance broker;
    broker.endpoint = {"broker", port};
    made.source_instance.emplace().kind = broker;
    return made;
}

// Its tests stand in several files.
class TaskManagerTest : public testing::Test {
protected:
    void apply(std::vector<TaskSpec> tasks) { applied = manager.apply(std::move(tasks)); }
    std::string reported() { return std::exchange(factory.reported, {}); }
    FakeFactory::Worker& worker(const std::string& name = "a") { return *factory.workers.at(name); }
    std::string condition() { return manager.views().empty() ? "no task" : manager.views()[0].condition; }
    // A callback may end the worker that has it.
    template <class Function, class... Arguments>
    void answer(Function& function, Arguments... arguments) {
        auto taken = std::exchange(function, nullptr);
        ASSERT_TRUE(taken);
        taken(arguments...);
    }
    static Status refusal() { return failed(ErrorCode::timeout, "its broker is away"); }

    FakeFactory factory;
    platform::Logger log{{.level = platform::LogLevel::error, .descriptor = -1, .repeat_interval = {}, .clock = {}}};
    TaskManager manager{log, factory, {}};
    Applied applied;
};

}  // namespace outflow::task

#include "app/runner.h"

#include <algorithm>
#include <utility>

#include <sys/ioctl.h>

#include <fmt/format.h>

#include "app/build_info.h"
#include "base/sentence.h"
#include "platform/process.h"

namespace outflow::app {

namespace {

constexpr std::chrono::milliseconds watch_interval{500};  // for changes of condition
constexpr std::chrono::seconds status_interval{1};        // of the status line
constexpr std::chrono::seconds summary_interval{60};

std::size_t terminal_width(int descriptor) {
    winsize size{};
    const bool is_known = ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return is_known ? size.ws_col : 80;
}

std::size_t thread_count(unsigned asked, std::size_t tasks) {
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    return std::min(tasks, asked > 0 ? std::size_t{asked} : cores);
}

// Changes whenever anything is worth a summary.
std::uint64_t movement(const TaskSnapshot& snapshot) {
    return snapshot.events.received + snapshot.events.delivered + snapshot.events.filtered +
           snapshot.events.dead_lettered + snapshot.events.discarded + snapshot.events.copies +
           snapshot.records.stored;
}

}  // namespace

Runner::Runner(const RunOptions& options, int descriptor)
    : options_(options),
      descriptor_(descriptor),
      is_terminal_(platform::is_terminal(descriptor)),
      log_({.level = options.log_level, .descriptor = descriptor, .clock = {}}),
      server_(loop_),
      watch_timer_(loop_),
      summary_timer_(loop_) {}

Runner::~Runner() = default;

Status Runner::prepare(std::span<const PreparedTask> tasks) {
    const std::size_t count = thread_count(options_.threads, tasks.size());
    for (std::size_t i = 0; i < count; ++i) threads_.push_back(std::make_unique<LoopThread>());
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        Task task;
        task.home = threads_[i % count].get();
        if (tasks[i].client_id_passes) {
            log_.warn("The MQTT client id is made of this host's name, which looks like a container's: another container gets "
                      "another session, and what this one's holds stays at the broker. Set source.mqtt.client_id.",
                      {{"task", tasks[i].definition->name}, {"client_id", tasks[i].settings.client_id}});
        }
        WorkerSettings settings = tasks[i].settings;
        settings.grace = options_.grace;
        TRY(task.worker, Worker::create(task.home->loop, log_, *tasks[i].definition, std::move(settings)));
        tasks_.push_back(std::move(task));
    }
    return options_.metrics ? serve() : Status{};
}

Status Runner::serve() {
    server_.route("/metrics", [this](const http::Request&) {
        return http::Response{.status = 200,
                              .content_type = std::string(metrics_content_type),
                              .body = render_metrics(views(), read_process_usage())};
    });
    server_.route("/status", [this](const http::Request&) {
        return http::Response{.status = 200, .content_type = "application/json", .body = render_status_json(views())};
    });
    server_.route("/healthz", [](const http::Request&) { return http::Response{.body = "ok\n"}; });
    if (auto listening = server_.listen(*options_.metrics); !listening) return listening;
    net::Endpoint bound = *options_.metrics;
    bound.port = server_.port();
    log_.info("Metrics are served.", {{"address", net::to_string(bound)}});
    return {};
}

std::vector<std::string> Runner::run() {
    Signals signals([this](int signal) { loop_.post([this, signal] { stop(signal); }); },
                    [this] { loop_.post([this] { hang_up(); }); });
    log_.info("Outflow has started.", {{"version", version}, {"tasks", tasks_.size()}, {"threads", threads_.size()}});
    for (const auto& thread : threads_) thread->thread = std::thread([&loop = thread->loop] { loop.run(); });
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
        tasks_[i].home->loop.post([this, i, worker = tasks_[i].worker.get()] {
            worker->start([this, i] { loop_.post([this, i] { on_ended(i); }); });
        });
    }
    watch();
    summary_timer_.start(summary_interval, [this] { summarise(); });
    loop_.run();
    watch_timer_.cancel();
    log_.set_status({});
    for (const auto& thread : threads_) {
        thread->loop.stop();
        thread->thread.join();
    }

    std::vector<std::string> reasons;
    for (const Task& task : tasks_) {
        log_totals(task, "Task has ended.");
        if (task.has_ended) reasons.push_back(to_sentence(fmt::format("Task {} ended: {}", task.worker->name(), task.worker->condition())));
    }
    return reasons;
}

void Runner::on_ended(std::size_t index) {
    tasks_[index].has_ended = true;
    leave_when_done();
}

void Runner::on_stopped(std::size_t index) {
    tasks_[index].has_stopped = true;
    leave_when_done();
}

void Runner::stop(int signal) {
    if (is_stopping_) return;
    is_stopping_ = true;
    log_.info("Stopping: what is in flight is settled. A second signal ends at once.",
              {{"signal", signal == SIGINT ? "SIGINT" : signal == SIGHUP ? "SIGHUP" : "SIGTERM"},
               {"grace_seconds", options_.grace.count()}});
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
        if (tasks_[i].has_ended) continue;
        tasks_[i].home->loop.post([this, i, worker = tasks_[i].worker.get()] {
            worker->stop(options_.grace, [this, i] { loop_.post([this, i] { on_stopped(i); }); });
        });
    }
}

// The terminal is gone, or somebody wants files that were moved to be opened anew.
void Runner::hang_up() {
    if (is_terminal_ && !platform::is_terminal(descriptor_)) return stop(SIGHUP);
    log_.info("SIGHUP: files that were moved are opened anew.");
    for (Task& task : tasks_) {
        if (!task.has_ended) task.home->loop.post([worker = task.worker.get()] { worker->reopen_files(); });
    }
}

void Runner::leave_when_done() {
    const bool is_done = std::all_of(tasks_.begin(), tasks_.end(),
                                     [](const Task& task) { return task.has_ended || task.has_stopped; });
    if (!is_done) return;
    watch();  // what came last
    loop_.stop();
}

// Workers change their condition whenever they like; the main thread looks now and then.
void Runner::watch() {
    for (Task& task : tasks_) {
        std::string condition = task.worker->condition();
        if (condition == task.logged_condition) continue;
        const bool has_reason = condition.starts_with("RUNNING:");
        // One that comes and goes is told at most once in 10 seconds.
        log_.log(has_reason ? platform::LogLevel::warn : platform::LogLevel::info, "Task condition has changed.",
                 {{"task", task.worker->name()}, {"condition", condition}}, task.worker->name() + "/" + condition);
        task.logged_condition = std::move(condition);
    }
    if (is_terminal_) {
        const std::vector<TaskView> now = views();
        const std::vector<TaskRates> rates = rates_.measure(now, loop_.now());
        // The last column stays free: some terminals go to the next line when it is written.
        log_.set_status(render_status_line(now, rates, terminal_width(descriptor_) - 1));
    }
    watch_timer_.start(is_terminal_ ? status_interval : watch_interval, [this] { watch(); });
}

void Runner::summarise() {
    for (Task& task : tasks_) {
        const std::uint64_t moved = movement(task.worker->snapshot());
        if (moved == task.summarised) continue;
        task.summarised = moved;
        if (!is_terminal_) log_totals(task, "Totals since the start.");
    }
    summary_timer_.start(summary_interval, [this] { summarise(); });
}

void Runner::log_totals(const Task& task, std::string_view sentence) {
    const TaskSnapshot totals = task.worker->snapshot();
    log_.info(sentence, {{"task", task.worker->name()},
                         {"received", totals.events.received},
                         {"delivered", totals.events.delivered},
                         {"filtered", totals.events.filtered},
                         {"dead_lettered", totals.events.dead_lettered},
                         {"discarded", totals.events.discarded},
                         {"in_flight", totals.events.in_flight},
                         {"copies", totals.events.copies}});
}

std::vector<TaskView> Runner::views() const {
    std::vector<TaskView> views;
    views.reserve(tasks_.size());
    for (const Task& task : tasks_) views.push_back(view_of(*task.worker));
    return views;
}

}  // namespace outflow::app

#include "app/runner.h"

#include <algorithm>
#include <utility>

#include <sys/ioctl.h>

#include <fmt/format.h>

#include "app/build_info.h"
#include "app/prepare.h"
#include "app/secrets.h"
#include "platform/file_stamp.h"
#include "platform/process.h"

namespace outflow::app {

namespace {

constexpr std::chrono::milliseconds watch_interval{500};  // for changes of conditions and files
constexpr std::chrono::seconds summary_interval{60};

std::size_t terminal_width(int descriptor) {
    winsize size{};
    const bool is_known = ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return is_known ? size.ws_col : 80;
}

// More tasks may come where files are watched.
std::size_t thread_count(const RunOptions& options, std::size_t tasks) {
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    if (options.threads > 0)
        return options.watches_files ? options.threads : std::min<std::size_t>(tasks, options.threads);
    return options.watches_files ? cores : std::min(tasks, cores);
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

Status Runner::prepare(std::size_t tasks, std::vector<std::string> secret_files) {
    secret_files_ = std::move(secret_files);
    stamps_ = next_stamps_ = stamp_files();
    threads_.make(thread_count(options_, tasks));
    WorkerSettings settings;
    settings.grace = options_.grace;
    workers_ = std::make_unique<LoopWorkers>(loop_, threads_.loops(), log_, settings,
                                             [this](const task::TaskSpec& spec) { return guard_session(spec); });
    task::ManagerOptions options;
    options.grace = options_.grace;
    options.leaves_sessions = options_.leaves_sessions;
    manager_ = std::make_unique<task::TaskManager>(log_, *workers_, options);
    return options_.metrics ? serve() : Status{};
}

// A second process with the client id would take the session over, again and again.
Result<std::shared_ptr<void>> Runner::guard_session(const task::TaskSpec& spec) {
    if (task::chosen_client_id(spec.definition.source).empty() && is_container_name(platform::host_name())) {
        log_.warn(
            "The MQTT client id is made of this host's name, which looks like a container's: another container gets "
            "another session, and what this one's holds stays at the broker. Set source.mqtt.client_id.",
            {{"task", spec.definition.name}, {"client_id", spec.client_id}});
    }
    auto lock = lock_session(spec);
    if (lock) return std::make_shared<platform::ProcessLock>(std::move(*lock));
    if (lock.error().code == ErrorCode::closed) return failed(std::move(lock).error());
    log_.warn(lock.error().context);
    return std::shared_ptr<void>();
}

Status Runner::serve() {
    server_.route("GET", "/metrics", [this](const http::Request&) {
        return http::Response{.status = 200,
                              .content_type = std::string(metrics_content_type),
                              .body = render_metrics(views(), read_process_usage())};
    });
    server_.route("GET", "/status", [this](const http::Request&) {
        return http::Response{.status = 200, .content_type = "application/json", .body = render_status_json(views())};
    });
    server_.route("GET", "/healthz", [](const http::Request&) { return http::Response{.body = "ok\n"}; });
    if (auto listening = server_.listen(*options_.metrics); !listening) return listening;
    net::Endpoint bound = *options_.metrics;
    bound.port = server_.port();
    log_.info("Metrics are served.", {{"address", net::to_string(bound)}});
    return {};
}

Result<std::vector<std::string>> Runner::run(std::vector<task::TaskSpec> tasks) {
    Signals signals([this](int signal) { loop_.post([this, signal] { stop(signal); }); },
                    [this] { loop_.post([this] { hang_up(); }); });
    log_.info("Outflow has started.", {{"version", version}, {"tasks", tasks.size()}, {"threads", threads_.size()}});
    threads_.start();
    if (Status started = manager_->start(std::move(tasks)); !started) return failed(std::move(started).error());
    watch();
    summary_timer_.start(summary_interval, [this] { summarise(); });
    loop_.run();
    watch_timer_.cancel();
    log_.set_status({});
    for (const TaskView& task : manager_->views()) log_totals(task, "Task has ended.");
    return manager_->failures();
}

void Runner::stop(int signal) {
    if (std::exchange(is_stopping_, true)) return;
    log_.info("Stopping: what is in flight is settled. A second signal ends at once.",
              {{"signal", signal == SIGINT   ? "SIGINT"
                          : signal == SIGHUP ? "SIGHUP"
                                             : "SIGTERM"},
               {"grace_seconds", options_.grace.count()}});
    manager_->stop(options_.grace, [this] {
        manager_->watch(loop_.now());  // what came last
        loop_.stop();
    });
}

// The terminal is gone, or somebody wants files that were moved to be opened anew, and those of the tasks to be read.
void Runner::hang_up() {
    if (is_terminal_ && !platform::is_terminal(descriptor_)) return stop(SIGHUP);
    log_.info("SIGHUP: files that were moved are opened anew, and the task files are read again.");
    manager_->reopen_files();
    reload();
}

void Runner::leave_when_done() {
    if (options_.watches_files || is_stopping_ || !manager_->is_idle() || manager_->failures().empty()) return;
    manager_->watch(loop_.now());
    loop_.stop();
}

// Workers change their condition whenever they like; the main thread looks now and then.
void Runner::watch() {
    if (options_.watches_files) watch_files();
    manager_->watch(loop_.now());
    if (is_terminal_) {
        const std::vector<TaskView> now = views();
        const std::vector<TaskRates> rates = rates_.measure(now, loop_.now());
        // The last column stays free: some terminals go to the next line when it is written.
        if (now.empty()) log_.set_status("no task");
        else log_.set_status(render_status_line(now, rates, terminal_width(descriptor_) - 1));
    }
    watch_timer_.start(watch_interval, [this] { watch(); });
    leave_when_done();
}

Runner::FileStamps Runner::stamp_files() const {
    FileStamps stamps;
    for (const auto* files : {&options_.files, &secret_files_})
        for (const std::string& file : *files) stamps.try_emplace(file, platform::file_stamp(file));
    return stamps;
}

// A file that is being written is left alone until two looks find the same.
void Runner::watch_files() {
    FileStamps now = stamp_files();
    const bool has_come_to_rest = now == std::exchange(next_stamps_, now);
    if (has_come_to_rest && now != stamps_) reload();
}

// All or nothing: a file with errors changes nothing.
void Runner::reload() {
    if (is_stopping_) return;
    stamps_ = next_stamps_ = stamp_files();
    const task::Loaded loaded = task::load_files(options_.files);
    for (const task::Diagnostic& diagnostic : loaded.diagnostics) {
        const bool is_error = diagnostic.severity == task::Severity::error;
        log_.log(is_error ? platform::LogLevel::error : platform::LogLevel::warn, task::render_diagnostic(diagnostic),
                 {});
    }
    if (!loaded.ok()) {
        return log_.error("The task files have errors: nothing was changed, and the tasks go on as they were.",
                          {{"found", task::render_summary(loaded.diagnostics, options_.files.size())}});
    }
    watch_secrets(secret_files(loaded.document));
    auto specs = prepare_tasks(loaded.document, platform::host_name());
    if (!specs) return log_.error("Nothing was changed.", {{"reason", specs.error().context}});
    const task::Applied applied = manager_->apply(std::move(*specs));
    log_.info("The task files were read.", {{"added", applied.added},
                                            {"changed", applied.changed},
                                            {"removed", applied.removed},
                                            {"unchanged", applied.unchanged}});
}

// Of a file that was watched before, the stamp from before it was read stays.
void Runner::watch_secrets(std::vector<std::string> files) {
    secret_files_ = std::move(files);
    FileStamps stamps = stamp_files();
    for (auto& [file, stamp] : stamps)
        if (const auto before = stamps_.find(file); before != stamps_.end()) stamp = before->second;
    stamps_ = std::move(stamps);
}

void Runner::summarise() {
    for (const TaskView& task : manager_->views()) {
        const std::uint64_t moved = task::movement_of(task.snapshot);
        if (moved == std::exchange(summarised_[task.name], moved)) continue;
        if (!is_terminal_) log_totals(task, "Totals since the start.");
    }
    summary_timer_.start(summary_interval, [this] { summarise(); });
}

void Runner::log_totals(const TaskView& task, std::string_view sentence) {
    const pipeline::LedgerCounts& events = task.snapshot.events;
    log_.info(sentence, {{"task", task.name},
                         {"received", events.received},
                         {"delivered", events.delivered},
                         {"filtered", events.filtered},
                         {"dead_lettered", events.dead_lettered},
                         {"discarded", events.discarded},
                         {"in_flight", events.in_flight + task.snapshot.returned},
                         {"redeliveries", events.redeliveries}});
}

std::vector<TaskView> Runner::views() const {
    std::vector<TaskView> views = manager_->views();
    for (TaskView& view : views) {
        std::optional<platform::Clock::duration> wait;
        if (view.next_try) wait = *view.next_try - platform::Clock::now();
        view.condition = with_next_try(std::move(view.condition), wait);
    }
    return views;
}

}  // namespace outflow::app

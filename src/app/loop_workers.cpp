#include "app/loop_workers.h"

#include <algorithm>
#include <future>
#include <utility>

#include <fmt/format.h>

namespace outflow::app {

namespace {
constexpr std::chrono::seconds answer_time{10};  // of a loop; a turn takes milliseconds
// A message of the largest size that is half read must leave room: with less, reading might never begin again.
constexpr std::size_t share_bytes_min = 8 * 1024 * 1024;
static_assert(share_bytes_min / 4 * 3 > limits::mqtt_packet_bytes_max + 1024 * 1024);
}  // namespace

class LoopWorker final : public task::TaskWorker {
public:
    LoopWorker(LoopWorkers& workers, LoopWorkers::Home& home, std::shared_ptr<Worker> worker,
               std::shared_ptr<void> guard)
        : workers_(workers), home_(home), worker_(std::move(worker)), guard_(std::move(guard)) {
        ++home_.workers;
        workers_.workers_.insert(this);
        workers_.share_memory_soon();
    }
    ~LoopWorker() override {
        --home_.workers;
        workers_.workers_.erase(this);
        workers_.share_memory_soon();
        // When that takes too long it goes later.
        const Status gone =
            workers_.run_on(*home_.loop, [worker = std::exchange(worker_, nullptr)]() mutable { worker.reset(); });
        if (!gone) workers_.log_.error("A worker could not be ended.", {{"reason", gone.error().context}});
    }

    void start(std::function<void()> on_ended) override {
        post([done = here(std::move(on_ended))](Worker& worker) { worker.start(done); });
    }
    Status change(const task::TaskSpec& spec) override {
        auto changed = std::make_shared<Status>();
        const Status answered =
            workers_.run_on(*home_.loop, [worker = worker_, spec, changed] { *changed = worker->change(spec); });
        return answered ? *changed : answered;
    }
    void stop(std::chrono::milliseconds grace, std::function<void()> on_stopped) override {
        post([grace, done = here(std::move(on_stopped))](Worker& worker) { worker.stop(grace, done); });
    }
    void await_quiet(std::chrono::milliseconds most, std::function<void()> on_quiet) override {
        post([most, done = here(std::move(on_quiet))](Worker& worker) { worker.await_quiet(most, done); });
    }
    void drain(std::chrono::milliseconds limit, std::function<void(Status)> on_drained) override {
        post([limit, done = here<Status>(std::move(on_drained))](Worker& worker) { worker.drain(limit, done); });
    }
    void reopen_files() override {
        post([](Worker& worker) { worker.reopen_files(); });
    }
    void limit_memory(std::size_t bytes_max) {
        post([bytes_max](Worker& worker) { worker.limit_memory(bytes_max); });
    }
    task::TaskSnapshot snapshot() const override { return worker_->snapshot(); }
    std::string condition() const override { return worker_->condition(); }
    std::optional<platform::Clock::time_point> next_try() const override { return worker_->next_try(); }

private:
    void post(std::function<void(Worker&)> function) {
        home_.loop->post([function = std::move(function), weak = std::weak_ptr<Worker>(worker_)] {
            if (const auto worker = weak.lock()) function(*worker);
        });
    }

    // To be called on the worker's loop: `function` runs on the manager's, unless this is gone by then.
    template <class... Arguments>
    std::function<void(Arguments...)> here(std::function<void(Arguments...)> function) {
        auto shared = std::make_shared<std::function<void(Arguments...)>>(std::move(function));
        return [&loop = workers_.loop_, shared, alive = std::weak_ptr<bool>(alive_)](Arguments... arguments) {
            loop.post([shared, alive, arguments...] {
                if (!alive.expired()) (*shared)(arguments...);
            });
        };
    }

    LoopWorkers& workers_;
    LoopWorkers::Home& home_;
    std::shared_ptr<Worker> worker_;  // shared with what is posted to its loop
    std::shared_ptr<void> guard_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // shared with callbacks that are under way
};

LoopWorkers::LoopWorkers(net::EventLoop& loop, std::vector<net::EventLoop*> homes, platform::Logger& log,
                         WorkerSettings settings, Guard guard, std::size_t memory_bytes_max)
    : loop_(loop),
      log_(log),
      settings_(std::move(settings)),
      guard_(std::move(guard)),
      memory_bytes_max_(memory_bytes_max) {
    for (net::EventLoop* home : homes) homes_.push_back({home});
}

std::size_t LoopWorkers::share_of(std::size_t workers) const {
    if (memory_bytes_max_ == 0 || workers == 0) return settings_.memory_bytes_max;
    return std::min(memory_bytes_max_ / workers, settings_.memory_bytes_max);
}

// Once for all that come and go in a turn.
void LoopWorkers::share_memory_soon() {
    if (memory_bytes_max_ == 0 || std::exchange(shares_soon_, true)) return;
    loop_.post([this, alive = std::weak_ptr<bool>(alive_)] {
        if (!alive.expired()) share_memory();
    });
}

void LoopWorkers::share_memory() {
    shares_soon_ = false;
    const std::size_t share = share_of(workers_.size());
    for (LoopWorker* worker : workers_) worker->limit_memory(share);
}

// Returns when it has run. The function may run later, when that takes too long.
Status LoopWorkers::run_on(net::EventLoop& loop, std::function<void()> function) {
    if (&loop == &loop_) {
        function();
        return {};
    }
    auto has_run = std::make_shared<std::promise<void>>();
    std::future<void> waiting = has_run->get_future();
    loop.post([has_run, function = std::move(function)]() mutable {
        function();
        function = nullptr;
        has_run->set_value();
    });
    if (waiting.wait_for(answer_time) == std::future_status::ready) return {};
    return failed(ErrorCode::timeout, "a thread of the tasks does not answer");
}

Result<std::unique_ptr<task::TaskWorker>> LoopWorkers::make(const task::TaskSpec& spec,
                                                            std::vector<std::string> old_filters) {
    if (share_of(workers_.size() + 1) < share_bytes_min) {
        return failed(
            ErrorCode::closed,
            fmt::format("the memory of the process, {} MiB, is shared by {} tasks that run; one more would leave "
                        "less than {} MiB for each: give it more, or pause tasks",
                        memory_bytes_max_ >> 20U, workers_.size(), share_bytes_min >> 20U));
    }
    std::shared_ptr<void> guard;
    if (guard_) {
        TRY(guard, guard_(spec));
    }
    Home& home = *std::min_element(homes_.begin(), homes_.end(),
                                   [](const Home& left, const Home& right) { return left.workers < right.workers; });
    auto made = std::make_shared<std::optional<Result<std::shared_ptr<Worker>>>>();
    WorkerSettings settings = settings_;
    settings.old_filters = std::move(old_filters);
    settings.memory_bytes_max = share_of(workers_.size() + 1);
    Status answered = run_on(*home.loop, [made, &home_loop = *home.loop, &log = log_, spec, settings] {
        auto worker = Worker::create(home_loop, log, spec, settings);
        if (worker) *made = std::shared_ptr<Worker>(std::move(*worker));
        else *made = failed(std::move(worker).error());
    });
    if (!answered) return failed(std::move(answered).error());
    if (!**made) return failed(std::move(**made).error());
    return std::unique_ptr<task::TaskWorker>(new LoopWorker(*this, home, std::move(***made), std::move(guard)));
}

void LoopWorkers::open_session(const task::TaskSpec& spec, std::function<void(Result<bool>)> on_done) {
    visit(spec, connectors::SessionVisit::Purpose::make, std::move(on_done));
}

void LoopWorkers::end_session(const task::TaskSpec& spec, std::function<void(Status)> on_done) {
    visit(spec, connectors::SessionVisit::Purpose::end, [on_done = std::move(on_done)](const Result<bool>& ended) {
        on_done(ended ? Status() : failed(ended.error()));
    });
}

void LoopWorkers::visit(const task::TaskSpec& spec, connectors::SessionVisit::Purpose purpose,
                        std::function<void(Result<bool>)> on_done) {
    const auto place = visits_.emplace(visits_.end());
    *place = make_session_visit(
        loop_, log_, spec, purpose,
        [this, place, on_done = std::move(on_done), alive = std::weak_ptr<bool>(alive_)](Result<bool> result) {
            loop_.post([this, place, on_done, result, alive] {
                if (alive.expired()) return;
                visits_.erase(place);
                on_done(result);
            });
        });
    (*place)->start();
}

}  // namespace outflow::app

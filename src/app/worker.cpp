#include "app/worker.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/make_version.h"
#include "platform/process.h"

namespace outflow::app {

namespace {

constexpr std::chrono::milliseconds watch_interval{500};
// Workers of one thread look at their state in the same turns: each turn asks all of them whether they have something to do.
constexpr std::chrono::milliseconds watch_grid{50};

Result<pipeline::Version> compile(const task::TaskSpec& spec, const std::string& id_prefix) {
    transform::ProgramDefinition source = task::program_source(spec.definition, spec.source_instance);
    source.context.id_prefix = id_prefix;
    return make_version(spec.definition, source);
}

}  // namespace

Worker::Worker(net::EventLoop& loop, platform::Logger& log, std::string name, const WorkerSettings& settings)
    : loop_(loop),
      log_(log),
      name_(std::move(name)),
      id_prefix_(fmt::format("{:016x}", platform::random_u64())),
      memory_(settings.memory_bytes_max),
      watch_timer_(loop),
      grace_timer_(loop),
      grace_(settings.grace) {}

Result<std::unique_ptr<Worker>> Worker::create(net::EventLoop& loop, platform::Logger& log, const task::TaskSpec& spec,
                                               const WorkerSettings& settings) {
    std::unique_ptr<Worker> worker(new Worker(loop, log, spec.definition.name, settings));
    Worker* self = worker.get();
    TRY(pipeline::Version version, compile(spec, worker->id_prefix_));
    TRY(worker->dead_letters_, make_dead_letters(log, spec, worker->id_prefix_, settings.disk_reserve_bytes));
    TRY(worker->sink_, make_sink(loop, log, spec));
    worker->pipeline_ = std::make_unique<pipeline::Pipeline>(
        worker->memory_, std::move(version), *worker->sink_, worker->dead_letters_.get(),
        pipeline_options(spec.definition),
        [self](pipeline::Stop stop, std::string_view reason) { self->fail(stop, reason); });
    worker->source_ = make_source(loop, log, spec, settings, worker->chunks_, *worker->pipeline_,
                                  [self](std::string reason) { self->fail(pipeline::Stop::misconfigured, reason); });
    return worker;
}

Status Worker::change(const task::TaskSpec& spec) {
    TRY(pipeline::Version version, compile(spec, id_prefix_));
    pipeline_->change(std::move(version), pipeline_options(spec.definition));
    return {};
}

void Worker::start(std::function<void()> on_end) {
    on_end_ = std::move(on_end);
    set_state(*task::next_state(state_, task::StateEvent::start), "connecting");
    hook_ = loop_.on_turn_end([this] { turn(); });
    pipeline_->start();
    source_->start();
    watch_state();
}

void Worker::turn() {
    auto now = loop_.now();
    pipeline_->turn(now);
    source_->turn();
    if (auto deadline = pipeline_->deadline())
        hook_.want_turn_in(std::max(*deadline - now, net::EventLoop::Clock::duration(std::chrono::milliseconds(1))));
    publish();
    if (stopping_ && pipeline_->counts().in_flight == 0 && pipeline_->unacknowledged() == 0) finish_stop();
    if (failing_ && sink_->pending() == 0) finish_failing();
}

void Worker::publish() {
    TaskSnapshot snapshot;
    snapshot.events = pipeline_->counts();
    snapshot.records = pipeline_->record_counts();
    snapshot.sink = sink_->counts();
    snapshot.source = source_->counts();
    snapshot.waiting = pipeline_->waiting();
    snapshot.in_stages = pipeline_->in_stages();
    snapshot.held_back = pipeline_->held_back();
    snapshot.pending_records = sink_->pending();
    snapshot.unacknowledged = pipeline_->unacknowledged();
    snapshot.held_bytes = memory_.held_bytes();
    snapshot.state = state_;
    snapshot.alive_at = loop_.now();
    snapshot.is_source_listening = source_->is_up() && memory_.has_room();
    snapshot_.publish(snapshot);
}

std::string Worker::condition() const {
    std::lock_guard lock(condition_mutex_);
    return condition_;
}

std::optional<platform::Clock::time_point> Worker::next_try() const {
    std::lock_guard lock(condition_mutex_);
    return next_try_;
}

std::string Worker::describe(std::optional<platform::Clock::time_point>& next_try) const {
    std::string text(task::to_string(state_));
    std::string reason = stop_reason_;
    if (reason.empty() && stopping_) reason = "stopping, settling what is in flight";
    if (reason.empty()) reason = sink_->condition();
    if (reason.empty() && dead_letters_) reason = dead_letters_->condition();
    if (reason.empty()) {
        // What is held back may be why reading stops, and hides nothing of the source.
        reason = pipeline_->condition();
        const std::string of_source = source_->condition();
        if (!reason.empty() && !of_source.empty()) reason += "; ";
        reason += of_source;
        next_try = source_->next_try();
    }
    if (reason.empty() && state_ == task::State::starting) reason = "connecting";
    return reason.empty() ? text : text + ": " + reason;
}

void Worker::set_state(task::State state, std::string reason) {
    state_ = state;
    stop_reason_ = state == task::State::starting || state == task::State::running ? std::string() : std::move(reason);
    std::optional<platform::Clock::time_point> next_try;
    std::string text = describe(next_try);
    std::lock_guard lock(condition_mutex_);
    condition_ = std::move(text);
    next_try_ = next_try;
}

// The state follows what source and sink say, twice a second: nobody reads it more often.
void Worker::watch_state() {
    if (state_ == task::State::starting && source_->is_up() && sink_->is_up())
        if (auto next = task::next_state(state_, task::StateEvent::came_up)) state_ = *next;
    set_state(state_, stop_reason_);
    publish();
    bool live = state_ == task::State::starting || state_ == task::State::running;
    if (!live) return;
    const auto beyond_grid = loop_.now().time_since_epoch() % watch_grid;
    watch_timer_.start(watch_interval - beyond_grid, [this] { watch_state(); });
}

void Worker::fail(pipeline::Stop stop, std::string_view reason) {
    if (!stop_reason_.empty()) return;
    using task::StateEvent;
    bool delivered = pipeline_->counts().delivered > 0;
    StateEvent event = stop == pipeline::Stop::undeliverable ? StateEvent::undeliverable
                       : delivered                           ? StateEvent::misconfigured_after_delivery
                                                             : StateEvent::misconfigured_before_delivery;
    if (auto next = task::next_state(state_, event)) state_ = *next;
    std::string kept(reason);
    log_.error("Task stops.", {{"task", name_}, {"state", task::to_string(state_)}, {"reason", kept}});
    set_state(state_, kept);
    source_->stop_reading();
    // What the sink holds stands in front of an undeliverable event. A misconfigured sink will not take it.
    failing_ = true;
    const bool may_settle = stop == pipeline::Stop::undeliverable;
    if (!stopping_)
        grace_timer_.start(may_settle ? grace_ : std::chrono::milliseconds(0), [this] { finish_failing(); });
    hook_.want_turn();
}

void Worker::finish_failing() {
    if (!std::exchange(failing_, false)) return;
    stopping_ = false;
    grace_timer_.cancel();
    leave([this] {
        publish();
        if (auto on_end = std::exchange(on_end_, nullptr)) on_end();
    });
}

void Worker::reopen_files() {
    if (dead_letters_) dead_letters_->reopen();
}

void Worker::stop(std::chrono::milliseconds grace, std::function<void()> on_stopped) {
    if (failing_) {  // `on_end` says so
        grace_timer_.start(grace, [this] { finish_failing(); });
        return;
    }
    on_stopped_ = std::move(on_stopped);
    stopping_ = true;
    source_->stop_reading();
    grace_timer_.start(grace, [this] { finish_stop(); });
    hook_.want_turn();  // which may find that nothing is in flight
}

void Worker::finish_stop() {
    if (!std::exchange(stopping_, false)) return;
    failing_ = false;
    grace_timer_.cancel();
    watch_timer_.cancel();
    std::uint64_t left = pipeline_->counts().in_flight;
    if (left > 0)
        log_.warn("Stopped with messages in flight: the broker keeps them for the next start.",
                  {{"task", name_}, {"in_flight", left}});
    leave([this] {
        end("stopped");
        if (auto on_stopped = std::exchange(on_stopped_, nullptr)) on_stopped();
    });
}

// First the source, whose acknowledgements are still to go, then the sink.
void Worker::leave(std::function<void()> on_left) {
    pipeline_->halt();
    source_->leave([this, on_left = std::move(on_left)]() mutable { sink_->stop(std::move(on_left)); });
}

void Worker::drain(std::chrono::milliseconds limit, std::function<void(Status)> on_drained) {
    source_->drain(limit, [this, on_drained = std::move(on_drained)](Status status) {
        if (!status) {
            std::string reason = sink_->condition();
            if (reason.empty()) reason = pipeline_->condition();
            if (!reason.empty()) status = failed(status.error().code, status.error().context + "; " + reason);
            return on_drained(std::move(status));
        }
        sink_->stop([this, on_drained] {
            watch_timer_.cancel();
            end("its MQTT session holds nothing any more");
            on_drained({});
        });
    });
}

void Worker::end(std::string reason) {
    if (auto next = task::next_state(state_, task::StateEvent::stop)) set_state(*next, std::move(reason));
    publish();
}

}  // namespace outflow::app

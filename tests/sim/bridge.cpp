#include "bridge.h"

#include <utility>

#include <fmt/format.h>

#include "base/base64.h"

namespace outflow::sim {

namespace {

// The text behind `"name":"` in a line of JSON that holds no escapes there.
std::string_view member(std::string_view line, std::string_view name) {
    const std::string begin = fmt::format("\"{}\":\"", name);
    const std::size_t at = line.find(begin);
    if (at == std::string_view::npos) return {};
    line.remove_prefix(at + begin.size());
    return line.substr(0, line.find('"'));
}

}  // namespace

class Bridge::Lives final : public task::WorkerFactory {
public:
    explicit Lives(Bridge& bridge) : bridge_(bridge) {}
    Result<std::unique_ptr<task::TaskWorker>> make(const task::TaskSpec& spec,
                                                   std::vector<std::string> old_filters) override {
        bridge_.begin_life();
        ++bridge_.starts_;
        return bridge_.workers_->make(spec, std::move(old_filters));
    }
    void open_session(const task::TaskSpec& spec, std::function<void(Result<bool>)> on_done) override {
        bridge_.workers_->open_session(spec, visited(spec, std::move(on_done)));
    }
    void end_session(const task::TaskSpec& spec, std::function<void(Status)> on_done) override {
        bridge_.workers_->end_session(spec, visited(spec, std::move(on_done)));
    }

private:
    template <class Outcome>
    std::function<void(Outcome)> visited(const task::TaskSpec& spec, std::function<void(Outcome)> on_done) {
        ++bridge_.starts_;
        const std::uint16_t port = std::get<task::MqttInstance>(spec.source_instance->kind).endpoint.port;
        const auto visit = *bridge_.visited_.emplace(spec.client_id, port).first;
        return [&bridge = bridge_, visit, on_done = std::move(on_done)](Outcome outcome) {
            bridge.visited_.erase(visit);
            on_done(std::move(outcome));
        };
    }
    Bridge& bridge_;
};

Bridge::Bridge(World& world, Host& host, std::optional<Wish> task, std::size_t memory_bytes_max, bool is_kept)
    : Process(world, host) {
    const World::As as(*this);
    platform::LogOptions options;
    options.write = [this](std::string_view line) {
        ++log_lines_;
        if (!this->world().is_traced()) return;
        line.remove_prefix(std::min(line.find(' ') + 1, line.size()));  // its time
        this->world().tell("log", "{}", line.substr(0, line.find('\n')));
    };
    log_ = std::make_unique<platform::Logger>(std::move(options));
    app::WorkerSettings settings;
    settings.memory_bytes_max = memory_bytes_max;
    workers_ = std::make_unique<app::LoopWorkers>(loop(), std::vector{&loop()}, *log_, settings, nullptr);
    lives_ = std::make_unique<Lives>(*this);
    if (is_kept) keeper_ = std::make_unique<Keeper>(loop(), *log_, *lives_);
    else manager_ = std::make_unique<task::TaskManager>(*log_, *lives_, task::ManagerOptions());
    watch_timer_ = std::make_unique<net::Timer>(loop());
    wake([this] { watch(); });
    apply(std::move(task));
}

Bridge::~Bridge() {
    const World::As as(*this);
    watch_timer_.reset();
    keeper_.reset();
    manager_.reset();
    lives_.reset();
    workers_.reset();
    log_.reset();
    if (holdings == Holdings()) return;
    world().fail("freed",
                 fmt::format("{} connections, {} acceptors, {} timers and {} files are left of a process that has "
                             "ended",
                             holdings.connections, holdings.acceptors, holdings.timers, holdings.files));
}

task::TaskManager* Bridge::manager() { return keeper_ ? keeper_->manager() : manager_.get(); }

void Bridge::watch() {
    if (manager() != nullptr) manager()->watch(loop().now());
    watch_timer_->start(std::chrono::milliseconds(500), [this] { watch(); });
}

bool Bridge::has_started() const { return !has_failed() || snapshot().alive_at != platform::Clock::time_point{}; }

void Bridge::stop(std::chrono::milliseconds grace) {
    wake([this, grace] {
        if (manager() != nullptr) manager()->stop(grace, [this] { is_over_ = true; });
        else is_over_ = true;
    });
}

bool Bridge::has_failed() const {
    return !is_over_ && manager() != nullptr && manager()->is_idle() && !manager()->failures().empty();
}

void Bridge::apply(std::optional<Wish> task) {
    wanted_ = std::move(task);
    wake([this] {
        if (keeper_) return keeper_->want(wanted_);
        std::vector<task::TaskSpec> tasks;
        if (wanted_) tasks.push_back(to_spec(*wanted_));
        static_cast<void>(manager_->apply(std::move(tasks)));
    });
}

task::TaskSnapshot Bridge::snapshot() const {
    const std::vector<task::TaskView> views = manager() != nullptr ? manager()->views() : std::vector<task::TaskView>();
    return views.empty() ? task::TaskSnapshot() : views.front().snapshot;
}

std::string Bridge::condition() const {
    const std::vector<task::TaskView> views = manager() != nullptr ? manager()->views() : std::vector<task::TaskView>();
    return views.empty() ? "READY" : views.front().condition;
}

// --- dead letters

LetterWatch::LetterWatch(Host& host, Oracle& oracle) : oracle_(oracle) {
    host.disk.on_sync = [this](const std::string& name, const Disk::File& file) {
        if (name.starts_with(path) && file.names > 0) read(file);
    };
    host.disk.on_cut = [this](const std::string& name, const Disk::File& file) {
        if (name.starts_with(path)) read(file);
    };
}

// Lines at the end are new, or gone.
void LetterWatch::read(const Disk::File& file) {
    std::string& known = read_[file.number];
    const auto tell = [this](std::string_view lines, int by) {
        for (std::size_t end = lines.find('\n'); end != std::string_view::npos; end = lines.find('\n')) {
            const std::string_view line = lines.substr(0, end);
            lines.remove_prefix(end + 1);
            if (!line.ends_with('}')) continue;  // torn by a power cut, and written again behind it
            const auto payload = decode_base64(member(line, "payload"));
            oracle_.letter(member(line, "topic"), payload ? *payload : "", by);
        }
    };
    const std::string& safe = file.safe.size() < file.bytes.size() ? file.safe : file.bytes;
    const std::size_t whole = safe.rfind('\n') + 1;
    if (whole < known.size()) tell(std::string_view(known).substr(whole), -1);
    else tell(std::string_view(safe).substr(known.size(), whole - known.size()), 1);
    known = safe.substr(0, whole);
}

}  // namespace outflow::sim

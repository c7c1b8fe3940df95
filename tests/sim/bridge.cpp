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

Bridge::Bridge(World& world, Host& host, const task::Document& document, std::size_t memory_bytes_max)
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
    settings.mqtt = document.mqtt.front();
    settings.rocketmq = document.rocketmq.front();
    settings.client_id = "bridge";
    settings.memory_bytes_max = memory_bytes_max;
    auto worker = app::Worker::create(loop(), *log_, document.tasks.front(), std::move(settings));
    if (!worker) {
        world.tell("outflow", "does not start: {}", worker.error().context);
        is_over_ = has_failed_ = true;
        return;
    }
    worker_ = std::move(*worker);
    loop().post([this] {
        worker_->start([this] { is_over_ = has_failed_ = true; });
    });
    wake([] {});
}

Bridge::~Bridge() {
    const World::As as(*this);
    worker_.reset();
    log_.reset();
    if (holdings == Holdings()) return;
    world().fail("freed", fmt::format("{} connections, {} acceptors, {} timers and {} files are left of a process that has "
                                      "ended", holdings.connections, holdings.acceptors, holdings.timers, holdings.files));
}

void Bridge::stop(std::chrono::milliseconds grace) {
    wake([this, grace] {
        if (worker_ && !is_over_) worker_->stop(grace, [this] { is_over_ = true; });
    });
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

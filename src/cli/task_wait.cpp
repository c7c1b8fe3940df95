#include "cli/task_wait.h"

#include <optional>

#include <fmt/format.h>

#include "app/run.h"
#include "base/sentence.h"
#include "cli/event_reader.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "platform/clock.h"

namespace outflow::cli {

namespace {

class Progress {
public:
    Progress(const TaskWait& wait, const Streams& streams)
        : wait_(wait), streams_(streams), is_terminal_(cli::is_terminal(streams.err)) {}

    // The exit code once it is known.
    std::optional<int> take(const json::Node& event) {
        const std::string state = text_at(event, "state");
        show(state, text_at(event, "reason"));
        const bool is_old = text_at(event, "since") == wait_.since_before;
        if (state.ends_with("_FAILED") && !is_old) {
            const std::string remedy = text_at(event, "remedy");
            if (!remedy.empty())
                fmt::print(streams_.err, "{}{}\n", is_terminal_ ? "\n" : "", visible(to_sentence(remedy)));
            return app::exit_code::failed;
        }
        const bool is_idle = state == "PAUSED" || state == "READY";
        if (!wait_.is_enabled) return is_idle ? std::optional(app::exit_code::ok) : std::nullopt;
        if (state == "RUNNING") return app::exit_code::ok;
        if (!is_idle) has_started_ = true;
        return is_idle && has_started_ ? std::optional(app::exit_code::failed) : std::nullopt;
    }

    void end() const {
        if (is_terminal_) fmt::print(streams_.err, "\n");
    }

private:
    void show(const std::string& state, const std::string& reason) {
        std::string line = fmt::format("{}: {}", wait_.name, state);
        if (!reason.empty()) line += ": " + reason;
        line = visible(line);
        if (line == shown_) return;
        shown_ = line;
        if (is_terminal_) fmt::print(streams_.err, "\r{}\x1b[K", cut_to(line, terminal_size(streams_.err).columns - 1));
        else fmt::print(streams_.err, "{}\n", line);
        std::fflush(streams_.err);
    }

    const TaskWait& wait_;
    const Streams& streams_;
    const bool is_terminal_;
    bool has_started_ = false;
    std::string shown_;
};

}  // namespace

int wait_for_task(Remote& remote, const TaskWait& wait, const Streams& streams) {
    Progress progress(wait, streams);
    std::optional<int> code;
    bool is_deleted = false;
    EventReader reader([&](std::string_view event, std::string_view data) {
        if (event != "state" && event != "deleted") return true;
        const auto document = json::parse_document(data);
        if (!document || text_at(document->root, "name") != wait.name) return true;
        is_deleted = event == "deleted";
        if (!is_deleted) code = progress.take(document->root);
        return !is_deleted && !code;
    });
    const auto begin = platform::Clock::now();
    remote.stream(
        "/v1/events", [&reader](std::string_view piece) { return reader.take(piece); }, wait.limit);
    progress.end();
    if (code) return *code;
    if (is_deleted) {
        return complain(streams, app::exit_code::failed, fmt::format("The task {} was deleted.", wait.name));
    }
    if (platform::Clock::now() - begin < wait.limit) {
        return complain(streams, remote_code::unreachable, "The server has ended the stream of events.");
    }
    return complain(streams, app::exit_code::failed,
                    fmt::format("The task {} is not {} after {} s; the server goes on.", wait.name,
                                wait.is_enabled ? "running" : "paused", wait.limit.count()));
}

}  // namespace outflow::cli

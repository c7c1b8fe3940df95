// `outflow task watch`: what happens to tasks, as it happens.
#include <map>

#include <fmt/format.h>

#include "app/run.h"
#include "base/name_pattern.h"
#include "cli/event_reader.h"
#include "cli/resource.h"
#include "cli/table.h"
#include "cli/terminal.h"

namespace outflow::cli {

namespace {

struct WatchArguments {
    RemoteOptions remote;
    std::string name;  // may be a pattern; empty: all

    bool is_pattern() const { return name.find('*') != std::string::npos; }
    bool wants(std::string_view task) const { return name.empty() || matches_name(name, task); }
};

Colour colour_of(const std::string& state) {
    if (state.ends_with("_FAILED")) return Colour::red;
    return state == "RUNNING" ? Colour::green : Colour::yellow;
}

// A line a task, refreshed in place; without a terminal a line a change.
class Watch {
public:
    Watch(const WatchArguments& arguments, const Streams& streams)
        : arguments_(arguments),
          streams_(streams),
          is_terminal_(is_terminal(streams.out)),
          has_colours_(shows_colours(streams.out)) {}

    bool take(std::string_view event, std::string_view data) {
        const auto document = json::parse_document(data);
        if (!document) return true;
        if (event == "counters") return take_counters(document->root);
        const std::string name = text_at(document->root, "name");
        if (name.empty() || !arguments_.wants(name)) return true;
        if (event == "deleted") {
            lines_.erase(name);
            return show(name + ": deleted");
        }
        if (event != "state") return true;
        Line& line = lines_[name];
        line.state = text_at(document->root, "state");
        line.reason = text_at(document->root, "reason");
        return show(render(name, line, false));
    }

private:
    struct Line {
        std::string state;
        std::string reason;
        std::string counts;
    };

    bool take_counters(const json::Node& root) {
        const json::Node* tasks = root.is(json::Kind::object) ? root.find("tasks") : nullptr;
        if (!is_terminal_ || tasks == nullptr) return true;
        for (const json::Member& member : tasks->members) {
            const auto line = lines_.find(member.name);
            if (line == lines_.end()) continue;
            line->second.counts =
                fmt::format("{} received, {} delivered, {} in flight", text_at(member.value, "received"),
                            text_at(member.value, "delivered"), text_at(member.value, "in_flight"));
        }
        return show({});
    }

    std::string render(const std::string& name, const Line& line, bool with_counts) const {
        std::string text = visible(name) + ": " + paint(has_colours_, colour_of(line.state), visible(line.state));
        if (with_counts && !line.counts.empty()) text += "  " + line.counts;
        if (!line.reason.empty()) text += "  " + visible(line.reason);
        return text;
    }

    bool show(const std::string& change) {
        if (!is_terminal_) {
            fmt::print(streams_.out, "{}\n", change);
            return std::fflush(streams_.out) == 0;
        }
        const TerminalSize size = terminal_size(streams_.out);
        const std::size_t columns = size.columns - 1 + (has_colours_ ? colour_bytes : 0);
        std::string screen = shown_ > 0 ? fmt::format("\x1b[{}A", shown_) : "";
        shown_ = 0;
        for (const auto& [name, line] : lines_) {
            ++shown_;
            if (shown_ + 1 >= size.rows) {  // what has left the screen cannot be written again
                screen += fmt::format("and {} more\x1b[K\n", lines_.size() - shown_ + 1);
                break;
            }
            screen += cut_to(render(name, line, true), columns) + (has_colours_ ? "\x1b[0m" : "") + "\x1b[K\n";
        }
        screen += "\x1b[J";
        fmt::print(streams_.out, "{}", screen);
        return std::fflush(streams_.out) == 0;
    }

    static constexpr std::size_t colour_bytes = 9;  // around a state: they take no place in a line
    const WatchArguments& arguments_;
    const Streams& streams_;
    const bool is_terminal_;
    const bool has_colours_;
    std::map<std::string, Line> lines_;
    std::size_t shown_ = 0;  // lines on the terminal
};

int watch_tasks(Remote& remote, const WatchArguments& arguments, const Streams& streams) {
    // The stream says nothing of a task that is not there.
    if (arguments.is_pattern()) {
        if (remote.get_tasks("name=" + encode_percent(arguments.name)).items.empty())
            fmt::print(streams.err, "No task matches {} yet: waiting for one, until Ctrl-C.\n", arguments.name);
    } else if (!arguments.name.empty()) {
        remote.get(task_resource.target(arguments.name));
    }
    Watch watch(arguments, streams);
    EventReader reader([&watch](std::string_view event, std::string_view data) { return watch.take(event, data); });
    remote.stream("/v1/events", [&reader](std::string_view piece) { return reader.take(piece); });
    return complain(streams, remote_code::unreachable, "The server has ended the stream of events.");
}

}  // namespace

void add_task_watch(Command& parent, Action& action) {
    const auto arguments = std::make_shared<WatchArguments>();
    Command command = parent.add_command("watch", "Shows the states of tasks as they change, until Ctrl-C");
    command.add_option("NAME", arguments->name, "Only this task, or those that match; * is any text").type_name("");
    add_remote_options(command, arguments->remote);
    command.footer(fmt::format("{}Example: outflow task watch press", remote_exit_codes));
    on_remote(command, action, arguments, watch_tasks);
}

}  // namespace outflow::cli

// `outflow task` on a server: list, get, create, edit, enable, pause, delete.
#include <fmt/format.h>

#include "app/run.h"
#include "base/sentence.h"
#include "cli/resource.h"
#include "cli/table.h"
#include "cli/task_wait.h"
#include "task/state.h"

namespace outflow::cli {

namespace {

struct TaskArguments {
    RemoteOptions remote;
    std::string name;
    std::string state;
    std::string instance;
    std::string file;
    EditWish edit;
    std::string held;
    bool waits = false;
    std::uint32_t timeout_seconds = 60;
    bool is_sure = false;
};

std::string task_table(const json::Node& tasks) {
    Table table({"NAME", "STATE", "RECEIVED", "DELIVERED", "FILTERED", "DEAD-LETTERED", "IN FLIGHT", "REASON"});
    for (const json::Node& task : tasks.items) {
        table.add_row({text_at(task, "name"), text_at(task, "status.state"), text_at(task, "status.counts.received"),
                       text_at(task, "status.counts.delivered"), text_at(task, "status.counts.filtered"),
                       text_at(task, "status.counts.dead_lettered"), text_at(task, "status.counts.in_flight"),
                       text_at(task, "status.reason")});
    }
    return table.text();
}

int list_tasks(Remote& remote, const TaskArguments& arguments, const Streams& streams) {
    std::string query;
    const auto add = [&query](std::string_view name, const std::string& value) {
        if (!value.empty()) query += fmt::format("{}{}={}", query.empty() ? "" : "&", name, encode_percent(value));
    };
    add("state", arguments.state);
    add("name", arguments.name);
    add("instance", arguments.instance);
    const json::Node tasks = remote.get_tasks(query);
    if (arguments.remote.output != "table") print_node(streams, arguments.remote, tasks);
    else fmt::print(streams.out, "{}", task_table(tasks));
    return app::exit_code::ok;
}

int get_task(Remote& remote, const TaskArguments& arguments, const Streams& streams) {
    json::Node tasks = json::Node::array();
    tasks.items.push_back(remote.get(task_resource.target(arguments.name)));
    const json::Node& task = tasks.items[0];
    if (arguments.remote.output != "table") {
        print_node(streams, arguments.remote, task);
        return app::exit_code::ok;
    }
    fmt::print(streams.out, "{}", task_table(tasks));
    const std::string remedy = text_at(task, "status.remedy");
    if (!remedy.empty()) fmt::print(streams.out, "{}\n", visible(to_sentence(remedy)));
    return app::exit_code::ok;
}

std::string held_query(const TaskArguments& arguments) {
    return arguments.held.empty() ? "" : "?held=" + arguments.held;
}

int create_task(Remote& remote, const TaskArguments& arguments, const Streams& streams) {
    return create_resources(remote, task_resource, arguments.file, streams);
}

int edit_task(Remote& remote, const TaskArguments& arguments, const Streams& streams) {
    EditWish wish = arguments.edit;
    wish.name = arguments.name;
    wish.query = held_query(arguments);
    return edit_resource(remote, task_resource, wish, streams);
}

int delete_task(Remote& remote, const TaskArguments& arguments, const Streams& streams) {
    try {
        return delete_resource(remote, task_resource, arguments.name, held_query(arguments), arguments.is_sure,
                               streams);
    } catch (Failure& failure) {
        if (failure.status == 409 && !text_at(failure.problem, "held").empty())
            failure.text += fmt::format(
                "\nIn flight: {}; spooled: {}. --held drain delivers them first, --held discard drops them, --held leave "
                "leaves its session at a broker that is gone.",
                text_at(failure.problem, "held.in_flight"), text_at(failure.problem, "held.spooled"));
        throw;
    }
}

int switch_task(Remote& remote, const TaskArguments& arguments, bool is_enabled, const Streams& streams) {
    const std::string target = task_resource.target(arguments.name);
    std::string since;
    if (arguments.waits) since = text_at(remote.get(target), "status.since");
    remote.call("POST", target + (is_enabled ? ":enable" : ":pause"));
    fmt::print(streams.out, "task {} {}\n", arguments.name, is_enabled ? "enabled" : "paused");
    std::fflush(streams.out);
    if (!arguments.waits) return app::exit_code::ok;
    return wait_for_task(remote, {arguments.name, is_enabled, since, std::chrono::seconds(arguments.timeout_seconds)},
                         streams);
}

int enable_task(Remote& remote, const TaskArguments& arguments, const Streams& streams) {
    return switch_task(remote, arguments, true, streams);
}

int pause_task(Remote& remote, const TaskArguments& arguments, const Streams& streams) {
    return switch_task(remote, arguments, false, streams);
}

using TaskAct = int (*)(Remote&, const TaskArguments&, const Streams&);

// A command with its options, for one task unless it says otherwise.
Command add_task_command(Command& parent, Action& action, const std::string& name, const std::string& description,
                         TaskAct act, const std::shared_ptr<TaskArguments>& arguments, const std::string& example) {
    Command command = parent.add_command(name, description);
    add_remote_options(command, arguments->remote);
    command.footer(fmt::format("{}Example: outflow task {}", remote_exit_codes, example));
    on_remote(command, action, arguments, act);
    return command;
}

void add_task_list(Command& parent, Action& action) {
    const auto arguments = std::make_shared<TaskArguments>();
    Command command = add_task_command(parent, action, "list", "The tasks of a server", list_tasks, arguments,
                                       "list --state RUNNING_FAILED");
    std::vector<std::string> states;
    for (const task::State state : task::all_states) states.emplace_back(task::to_string(state));
    command.add_option("--state", arguments->state, "Only those in this state")
        .type_name("STATE")
        .one_of(std::move(states));
    command.add_option("--name", arguments->name, "Only those whose name matches").type_name("PATTERN");
    command.add_option("--instance", arguments->instance, "Only those of this instance").type_name("NAME");
    add_output_option(command, arguments->remote);
}

void add_switch(Command& parent, Action& action, const std::string& name, const std::string& description, TaskAct act) {
    const auto arguments = std::make_shared<TaskArguments>();
    Command command = add_task_command(parent, action, name, description, act, arguments, name + " press --wait");
    command.add_option("NAME", arguments->name, "The task").required().type_name("");
    Option wait = command.add_flag("--wait", arguments->waits,
                                   "Wait until the task is running, or paused, and show its states meanwhile");
    command.add_option("--timeout", arguments->timeout_seconds, "How long --wait waits")
        .type_name("SECONDS")
        .show_default()
        .in_range(1, 86'400)
        .needs(wait);
}

void add_one(Command& parent, Action& action, const std::string& name, const std::string& description, TaskAct act) {
    const auto arguments = std::make_shared<TaskArguments>();
    const bool creates = name == "create";
    Command command = add_task_command(parent, action, name, description, act, arguments,
                                       creates ? "create -f press.yaml" : name + " press");
    if (!creates) command.add_option("NAME", arguments->name, "The task").required().type_name("");
    if (name == "get") add_output_option(command, arguments->remote);
    if (creates)
        command.add_option("-f,--file", arguments->file, "YAML or JSON; -: standard input")
            .type_name("FILE")
            .required();
    if (name == "edit") {
        add_edit_options(command, arguments->edit);
        command
            .add_option(
                "--held", arguments->held,
                "When it moves, what its old MQTT session holds: drain delivers it first, leave leaves it at a broker "
                "that is gone")
            .type_name("WORD")
            .one_of({"drain", "leave"});
    }
    if (name != "delete") return;
    command
        .add_option("--held", arguments->held,
                    "Messages that it holds: drain delivers them first, discard drops them, leave leaves them at a "
                    "broker that is gone")
        .type_name("WORD")
        .one_of({"drain", "discard", "leave"});
    command.add_flag("--yes", arguments->is_sure, "Do not ask");
}

}  // namespace

void add_server_tasks(Command& task, Action& action) {
    add_task_list(task, action);
    add_one(task, action, "get", "One task, with its state", get_task);
    add_one(task, action, "create", "Makes the tasks of a file", create_task);
    add_one(task, action, "edit", "Changes a task in $VISUAL or $EDITOR, or to what a file says", edit_task);
    add_switch(task, action, "enable", "Starts a task; it also runs after a restart of the server", enable_task);
    add_switch(task, action, "pause", "Stops a task; its broker keeps what arrives", pause_task);
    add_one(task, action, "delete", "Removes a task", delete_task);
    add_task_watch(task, action);
}

}  // namespace outflow::cli

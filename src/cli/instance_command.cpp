// `outflow instance`: brokers and clusters that tasks connect to.
#include <algorithm>

#include <fmt/format.h>

#include "app/run.h"
#include "cli/resource.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/tree_file.h"

namespace outflow::cli {

namespace {

struct InstanceArguments {
    RemoteOptions remote;
    std::string name;
    std::string file;
    EditWish edit;
    std::string topic;
    bool is_sure = false;
};

// A text, or those of a list: "a, b".
std::string joined(const json::Node& texts) {
    std::string text = texts.text;
    for (const json::Node& each : texts.items) text += (text.empty() ? "" : ", ") + each.text;
    return text;
}

// "mqtt", and where it is.
std::pair<std::string, std::string> kind_of(const json::Node& instance) {
    for (const json::Member& member : instance.members) {
        if (!member.value.is(json::Kind::object) || member.name == "status") continue;
        std::string place = text_at(member.value, "endpoint");
        if (const json::Node* servers = member.value.find("name_servers"); servers != nullptr) place = joined(*servers);
        return {member.name, place};
    }
    return {};
}

std::string instance_table(const json::Node& instances) {
    Table table({"NAME", "KIND", "PLACE", "USED BY"});
    for (const json::Node& instance : instances.items) {
        const auto [kind, place] = kind_of(instance);
        const json::Node* status = instance.find("status");
        const json::Node* tasks =
            status != nullptr && status->is(json::Kind::object) ? status->find("used_by") : nullptr;
        table.add_row({text_at(instance, "name"), kind, place, tasks == nullptr ? "" : joined(*tasks)});
    }
    return table.text();
}

void print_instances(const InstanceArguments& arguments, const json::Node& shown, const json::Node& instances,
                     const Streams& streams) {
    if (arguments.remote.output != "table") print_node(streams, arguments.remote, shown);
    else fmt::print(streams.out, "{}", instance_table(instances));
}

int list_instances(Remote& remote, const InstanceArguments& arguments, const Streams& streams) {
    const json::Node instances = remote.get_items("/v1/instances");
    print_instances(arguments, instances, instances, streams);
    return app::exit_code::ok;
}

int get_instance(Remote& remote, const InstanceArguments& arguments, const Streams& streams) {
    json::Node instances = json::Node::array();
    instances.items.push_back(remote.get(instance_resource.target(arguments.name)));
    print_instances(arguments, instances.items[0], instances, streams);
    return app::exit_code::ok;
}

int create_instance(Remote& remote, const InstanceArguments& arguments, const Streams& streams) {
    return create_resources(remote, instance_resource, arguments.file, streams);
}

int edit_instance(Remote& remote, const InstanceArguments& arguments, const Streams& streams) {
    EditWish wish = arguments.edit;
    wish.name = arguments.name;
    return edit_resource(remote, instance_resource, wish, streams);
}

int delete_instance(Remote& remote, const InstanceArguments& arguments, const Streams& streams) {
    return delete_resource(remote, instance_resource, arguments.name, "", arguments.is_sure, streams);
}

void print_steps(const json::Node& answer, const Streams& streams) {
    const bool has_colours = shows_colours(streams.out);
    const json::Node* steps = answer.is(json::Kind::object) ? answer.find("steps") : nullptr;
    if (steps == nullptr) return;
    std::size_t width = 10;
    for (const json::Node& step : steps->items) width = std::max(width, visible(text_at(step, "name")).size());
    for (const json::Node& step : steps->items) {
        const bool is_ok = text_at(step, "ok") == "true";
        fmt::print(streams.out, "{} {:<{}} {:>8} ms  {}\n",
                   paint(has_colours, is_ok ? Colour::green : Colour::red, is_ok ? "ok    " : "failed"),
                   visible(text_at(step, "name")), width, visible(text_at(step, "milliseconds")),
                   visible(text_at(step, "detail")));
        const std::string remedy = text_at(step, "remedy");
        if (!remedy.empty()) fmt::print(streams.out, "       {}\n", visible(remedy));
    }
}

int test_instance(Remote& remote, const InstanceArguments& arguments, const Streams& streams) {
    json::Node answer;
    if (!arguments.file.empty()) {
        answer = send_tree(remote, "POST", "/v1/instances:test", read_tree(arguments.file), arguments.file).body;
    } else {
        json::Node body = json::Node::object();
        if (!arguments.topic.empty()) body.members.emplace_back("topic", json::Node::string(arguments.topic));
        answer = remote.call("POST", instance_resource.target(arguments.name) + ":test", &body).body;
    }
    if (arguments.remote.output != "table") print_node(streams, arguments.remote, answer);
    else print_steps(answer, streams);
    return text_at(answer, "ok") == "true" ? app::exit_code::ok : app::exit_code::failed;
}

using InstanceAct = int (*)(Remote&, const InstanceArguments&, const Streams&);

struct InstanceCommand {
    std::string name;
    std::string description;
    std::string example;  // behind the name
    InstanceAct act;
};

void add_instance_command(Command& parent, Action& action, const InstanceCommand& row) {
    const auto arguments = std::make_shared<InstanceArguments>();
    Command command = parent.add_command(row.name, row.description);
    const bool is_test = row.name == "test";
    if (row.name != "list" && row.name != "create") {
        Option name = command.add_option("NAME", arguments->name, "The instance").type_name("");
        if (!is_test) name.required();
    }
    if (row.name == "edit") add_edit_options(command, arguments->edit);
    if (row.name == "create" || is_test) {
        const auto* words = is_test ? "Of one that is not stored: YAML or JSON" : "YAML or JSON; -: standard input";
        Option file = command.add_option("-f,--file", arguments->file, words).type_name("FILE");
        if (row.name == "create") file.required();
        if (is_test) command.option("NAME").excludes(file);
    }
    if (is_test) command.add_option("--topic", arguments->topic, "Also whether this topic is there").type_name("NAME");
    if (row.name == "delete") command.add_flag("--yes", arguments->is_sure, "Do not ask");
    add_remote_options(command, arguments->remote);
    if (row.name == "list" || row.name == "get" || is_test) add_output_option(command, arguments->remote);
    command.footer(fmt::format("{}Example: outflow instance {}{}", remote_exit_codes, row.name, row.example));
    command.on_parsed([arguments, act = row.act, is_test, &action] {
        if (is_test && arguments->name.empty() == arguments->file.empty())
            throw UsageError{"NAME or -f FILE is required"};
        action = [arguments, act](const Streams& streams) {
            return run_remote(arguments->remote, streams,
                              [&](Remote& remote) { return act(remote, *arguments, streams); });
        };
    });
}

}  // namespace

void add_instance(Command& parent, Action& action) {
    Command command = parent.add_command("instance", "The brokers and clusters of a server's tasks");
    command.require_command();
    command.footer("Example: outflow instance test edge");
    const InstanceCommand rows[] = {
        {"list", "The instances of a server", "", list_instances},
        {"get", "One instance; secrets are never shown", " edge -o yaml", get_instance},
        {"create", "Makes the instances of a file", " -f edge.yaml", create_instance},
        {"edit", "Changes an instance in $VISUAL or $EDITOR, or to what a file says", " edge", edit_instance},
        {"delete", "Removes an instance that no task uses", " edge", delete_instance},
        {"test", "Connects to an instance from the server, step by step", " edge", test_instance},
    };
    for (const InstanceCommand& row : rows) add_instance_command(command, action, row);
}

}  // namespace outflow::cli

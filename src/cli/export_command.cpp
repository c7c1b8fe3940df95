// `outflow export` and `outflow backup`: what a server has, for files.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "app/run.h"
#include "cli/resource.h"
#include "cli/tree_file.h"
#include "platform/file.h"

namespace outflow::cli {

namespace {

struct ExportArguments {
    RemoteOptions remote;
    std::vector<std::string> names;
};

// Adds the names of instances that a task's source, stages and sink say.
void add_instances(const json::Node& node, std::set<std::string>& names) {
    for (const json::Member& member : node.members) {
        if (member.name == "instance" && member.value.is(json::Kind::string)) names.insert(member.value.text);
        add_instances(member.value, names);
    }
    for (const json::Node& item : node.items) add_instances(item, names);
}

bool has(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

json::Node read_chosen_tasks(Remote& remote, const std::vector<std::string>& names) {
    json::Node tasks = json::Node::array();
    if (names.empty()) tasks = remote.get_tasks();
    for (const std::string& name : names) tasks.items.push_back(remote.get(task_resource.target(name)));
    for (json::Node& task : tasks.items) task = without(std::move(task), "status");
    return tasks;
}

int export_all(Remote& remote, const ExportArguments& arguments, const Streams& streams) {
    json::Node tasks = read_chosen_tasks(remote, arguments.names);
    std::set<std::string> used;
    for (const json::Node& task : tasks.items) {
        for (const std::string_view part : {"source", "transform", "sink"})
            if (const json::Node* node = task.find(part); node != nullptr) add_instances(*node, used);
    }
    json::Node instances = json::Node::object();
    for (const json::Node& instance : remote.get_items("/v1/instances").items) {
        const std::string name = text_at(instance, "name");
        if (arguments.names.empty() || used.contains(name) || has(arguments.names, name))
            instances.members.emplace_back(name, without(without(instance, "status"), "name"));
    }
    json::Node document = json::Node::object();
    document.members.emplace_back("instances", std::move(instances));
    document.members.emplace_back("tasks", std::move(tasks));
    if (arguments.remote.output != "json") {
        fmt::print(streams.out, "# Of {}. A secret `set: true` is known to that server only.\n", remote.server());
    }
    print_node(streams, arguments.remote, document);
    return app::exit_code::ok;
}

struct BackupArguments {
    RemoteOptions remote;
    std::string file;
};

int back_up(Remote& remote, const BackupArguments& arguments, const Streams& streams) {
    if (platform::exists(arguments.file)) {
        throw Failure{app::exit_code::failed,
                      fmt::format("{} is there already: give a backup a name of its own.", arguments.file)};
    }
    platform::File file = must(platform::File::open(arguments.file));
    std::uint64_t bytes = 0;
    try {
        Status written;
        remote.stream("/v1/backup", [&](std::string_view piece) {
            written = file.write(bytes, piece);
            bytes += piece.size();
            return static_cast<bool>(written);
        });
        must(std::move(written));
    } catch (const Failure&) {
        static_cast<void>(platform::remove_file(arguments.file));  // half a backup is none
        throw;
    }
    fmt::print(streams.out, "{} bytes in {}\n", bytes, arguments.file);
    return app::exit_code::ok;
}

}  // namespace

void add_export(Command& parent, Action& action) {
    const auto arguments = std::make_shared<ExportArguments>();
    Command command = parent.add_command("export", "Writes tasks and instances of a server as a task file");
    command.add_option("NAME", arguments->names, "Only these tasks, with the instances that they use").type_name("");
    add_remote_options(command, arguments->remote);
    add_output_option(command, arguments->remote);
    command.footer(fmt::format("{}It is YAML, unless -o json is given; outflow apply takes it back.\n"
                               "Example: outflow export press > press.yaml",
                               remote_exit_codes));
    on_remote(command, action, arguments, export_all);
}

void add_backup(Command& parent, Action& action) {
    const auto arguments = std::make_shared<BackupArguments>();
    Command command = parent.add_command("backup", "Copies all that a server keeps into a file");
    command.add_option("FILE", arguments->file, "Where to; it must not be there yet").required().type_name("");
    add_remote_options(command, arguments->remote);
    command.footer(fmt::format("{}The copy is a SQLite database; secrets in it stay encrypted.\n"
                               "Example: outflow backup outflow.db",
                               remote_exit_codes));
    on_remote(command, action, arguments, back_up);
}

}  // namespace outflow::cli

// `outflow export` and `outflow backup`: what a server has, for files.
#include <algorithm>
#include <cstdlib>
#include <set>

#include <fmt/format.h>

#include "app/run.h"
#include "app/signals.h"
#include "cli/resource.h"
#include "cli/tree_file.h"
#include "platform/file.h"
#include "platform/private_file.h"
#include "platform/process.h"

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
    bool is_sure = false;
};

// What is not whole yet, in the folder of what it becomes: gone when this ends, also by Ctrl-C.
class PartFile {
public:
    explicit PartFile(const std::string& path)
        : path_(fmt::format("{}.{:016x}.part", path, platform::random_u64())),
          file_(must(platform::File::open(path_))) {}
    ~PartFile() { static_cast<void>(platform::remove_file(path_)); }
    PartFile(const PartFile&) = delete;
    PartFile& operator=(const PartFile&) = delete;

    bool take(std::string_view piece) {
        status_ = file_.write(bytes_, piece);
        bytes_ += piece.size();
        return static_cast<bool>(status_);
    }
    // Throws Failure.
    void publish(const std::string& path) {
        must(std::move(status_));
        must(platform::publish_file(path_, path));
    }
    std::uint64_t bytes() const { return bytes_; }

private:
    const std::string path_;
    const app::Signals signals_{[this](int signal) {
        static_cast<void>(platform::remove_file(path_));
        std::_Exit(128 + signal);
    }};
    platform::File file_;
    Status status_;
    std::uint64_t bytes_ = 0;
};

int back_up(Remote& remote, const BackupArguments& arguments, const Streams& streams) {
    if (platform::exists(arguments.file)) {
        must(platform::File::open(arguments.file));  // a folder or a device is not replaced
        if (!is_agreed(streams, arguments.is_sure, fmt::format("{} is there already. Replace it?", arguments.file)))
            return app::exit_code::failed;
    }
    PartFile part(arguments.file);
    remote.stream("/v1/backup", [&part](std::string_view piece) { return part.take(piece); });
    part.publish(arguments.file);
    fmt::print(streams.out, "{} bytes in {}\n", part.bytes(), arguments.file);
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
    command.add_option("FILE", arguments->file, "Where to").required().type_name("");
    command.add_flag("--yes", arguments->is_sure, "Replace a file that is there without asking");
    add_remote_options(command, arguments->remote);
    command.footer(fmt::format(
        "{}The copy is a SQLite database; secrets in it stay encrypted. It gets its name when it is whole.\n"
        "Example: outflow backup outflow.db",
        remote_exit_codes));
    on_remote(command, action, arguments, back_up);
}

}  // namespace outflow::cli

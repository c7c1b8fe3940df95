// `outflow apply` and `outflow diff`: makes a server's tasks and instances what files say.
#include <chrono>
#include <map>
#include <set>

#include <fmt/format.h>

#include "app/run.h"
#include "cli/apply_files.h"
#include "cli/event_reader.h"
#include "cli/node_text.h"
#include "cli/problem_text.h"
#include "cli/resource.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/tree_file.h"

namespace outflow::cli {

namespace {

struct ApplyArguments {
    RemoteOptions remote;
    std::vector<std::string> files;
    bool is_dry = false;
    bool prunes = false;
    bool is_sure = false;
};

constexpr std::chrono::seconds deletion_wait_max{30};

struct Counts {
    std::size_t changes = 0;  // of all kinds
    std::size_t deletions = 0;
    std::string digest;  // of what was shown
};

const json::Node& list_at(const json::Node& node, std::string_view name) {
    static const json::Node none = json::Node::array();
    const json::Node* list = node.is(json::Kind::object) ? node.find(name) : nullptr;
    return list == nullptr ? none : *list;
}

Counts count_changes(const json::Node& answer) {
    Counts counts;
    for (const json::Node& change : list_at(answer, "changes").items) {
        const std::string action = text_at(change, "action");
        if (action != "unchanged") ++counts.changes;
        if (action == "delete") ++counts.deletions;
    }
    counts.digest = text_at(answer, "digest");
    return counts;
}

std::string value_text(const json::Node& difference, std::string_view name) {
    const json::Node* value = difference.is(json::Kind::object) ? difference.find(name) : nullptr;
    return value == nullptr ? "nothing" : compact_json(*value);
}

// A line a change, and below it a line a difference:
//
//     ~ task press
//         /filter: {"a":[1]} -> {"a":[2]}
std::string render_changes(const json::Node& answer, bool has_colours) {
    std::string text;
    for (const json::Node& change : list_at(answer, "changes").items) {
        const std::string action = text_at(change, "action");
        if (action == "unchanged") continue;
        const bool creates = action == "create";
        const bool deletes = action == "delete";
        std::string line = fmt::format("{} {} {}",
                                       creates   ? '+'
                                       : deletes ? '-'
                                                 : '~',
                                       text_at(change, "kind"), text_at(change, "name"));
        if (action == "enable" || action == "pause") line += ": " + action;
        text += paint(has_colours,
                      creates   ? Colour::green
                      : deletes ? Colour::red
                                : Colour::yellow,
                      visible(line)) +
                "\n";
        if (creates) continue;
        for (const json::Node& difference : list_at(change, "differences").items)
            text += fmt::format("    {}: {} -> {}\n", visible(text_at(difference, "pointer")),
                                paint(has_colours, Colour::red, value_text(difference, "before")),
                                paint(has_colours, Colour::green, value_text(difference, "after")));
    }
    return text;
}

// `digest`: of the difference that the person has agreed to; empty: none was told.
json::Node send_document(Remote& remote, const TaskFiles& files, bool is_dry, bool prunes,
                         const std::string& digest = {}) {
    json::Node document = files.document;
    document.members.emplace_back("dry_run", json::Node::boolean(is_dry));
    document.members.emplace_back("prune", json::Node::boolean(prunes));
    if (!digest.empty()) document.members.emplace_back("digest", json::Node::string(digest));
    const auto place_of = [&files](std::string_view pointer) { return files.place_of(pointer); };
    return send_with_places(remote, "POST", "/v1/apply", document, place_of).body;
}

int show_difference(Remote& remote, const ApplyArguments& arguments, const TaskFiles& files, const Streams& streams,
                    Counts& counts) {
    const json::Node answer = send_document(remote, files, true, arguments.prunes);
    const auto place_of = [&files](std::string_view pointer) { return files.place_of(pointer); };
    counts = count_changes(answer);
    if (arguments.is_dry && arguments.remote.output != "table") {
        print_node(streams, arguments.remote, answer);
        return app::exit_code::ok;
    }
    json::Node warnings = json::Node::array();
    for (const json::Node& each : list_at(answer, "warnings").items)
        if (!files.has_told(each)) warnings.items.push_back(each);
    fmt::print(streams.err, "{}", render_faults(warnings, place_of));
    fmt::print(streams.out, "{}", render_changes(answer, shows_colours(streams.out)));
    if (counts.changes == 0) fmt::print(streams.out, "Nothing to change.\n");
    std::fflush(streams.out);
    return app::exit_code::ok;
}

// Tasks that are deleted go when what they hold is delivered; most do so in seconds.
void tell_deletions(Remote& remote, const json::Node& answer, const Streams& streams) {
    std::map<std::string, std::string> reasons;  // of those that are still there
    for (const json::Node& change : list_at(answer, "changes").items)
        if (text_at(change, "action") == "delete" && text_at(change, "kind") == "task")
            reasons.emplace(text_at(change, "name"), "");
    if (reasons.empty()) return;
    std::set<std::string> seen;
    const auto tell_gone = [&](const std::string& name) {
        if (reasons.erase(name) > 0) fmt::print(streams.out, "task {} deleted\n", visible(name));
        std::fflush(streams.out);
    };
    EventReader reader([&](std::string_view event, std::string_view data) {
        const auto document = json::parse_document(data);
        const std::string name = document ? text_at(document->root, "name") : "";
        if (event == "state") {
            seen.insert(name);
            if (const auto found = reasons.find(name); found != reasons.end())
                found->second = text_at(document->root, "reason");
        }
        if (event == "deleted") tell_gone(name);
        if (event == "complete") {
            const auto all = reasons;
            for (const auto& [each, reason] : all)
                if (!seen.contains(each)) tell_gone(each);
        }
        return !reasons.empty();
    });
    try {
        remote.stream(
            "/v1/events", [&reader](std::string_view piece) { return reader.take(piece); }, deletion_wait_max);
    } catch (const Failure& failure) {
        fmt::print(streams.err, "outflow: {}\n", visible(failure.text));
    }
    for (const auto& [name, reason] : reasons)
        fmt::print(streams.out, "task {} {}; the server goes on, also after a restart\n", visible(name),
                   visible(reason.empty() ? "is being deleted" : "waits: " + reason));
}

int diff_files(Remote& remote, const ApplyArguments& arguments, const Streams& streams) {
    Counts counts;
    return show_difference(remote, arguments, read_task_files(arguments.files, streams), streams, counts);
}

int apply_files(Remote& remote, const ApplyArguments& arguments, const Streams& streams) {
    const TaskFiles files = read_task_files(arguments.files, streams);
    Counts counts;
    const int code = show_difference(remote, arguments, files, streams, counts);
    if (arguments.is_dry || counts.changes == 0) return code;
    if (counts.deletions > 0 &&
        !is_agreed(streams, arguments.is_sure, fmt::format("Delete {} of them?", counts.deletions))) {
        return complain(streams, app::exit_code::failed, "Nothing was changed.");
    }
    const json::Node answer = send_document(remote, files, false, arguments.prunes, counts.digest);
    fmt::print(streams.out, "{} changed.\n", count_changes(answer).changes);
    std::fflush(streams.out);
    tell_deletions(remote, answer, streams);
    return app::exit_code::ok;
}

void add_file_options(Command& command, ApplyArguments& arguments) {
    command
        .add_option("-f,--file", arguments.files,
                    "Task files, or folders of them; -: standard input; may come several times")
        .required()
        .type_name("FILE|DIR");
    command.add_flag("--prune", arguments.prunes, "Delete tasks and instances that are in no file");
    add_remote_options(command, arguments.remote);
}

}  // namespace

void add_apply(Command& parent, Action& action) {
    const auto applied = std::make_shared<ApplyArguments>();
    Command apply = parent.add_command("apply", "Makes tasks and instances of a server what files say, all or nothing");
    add_file_options(apply, *applied);
    apply.add_flag("--dry-run", applied->is_dry, "Only show what would change");
    apply.add_flag("--yes", applied->is_sure, "Do not ask before something is deleted");
    apply.footer(fmt::format(
        "{}+ is created, ~ is changed, - is deleted. A new task runs with `enabled: true` in its file; without\n"
        "`enabled` it is ready, and one that is there goes on as it is.\n"
        "Example: outflow apply -f tasks/ --prune",
        remote_exit_codes));
    on_remote(apply, action, applied, apply_files);

    const auto compared = std::make_shared<ApplyArguments>();
    compared->is_dry = true;
    Command diff = parent.add_command("diff", "Shows what outflow apply would change");
    add_file_options(diff, *compared);
    add_output_option(diff, compared->remote);
    diff.footer(fmt::format("{}Example: outflow diff -f tasks/", remote_exit_codes));
    on_remote(diff, action, compared, diff_files);
}

}  // namespace outflow::cli

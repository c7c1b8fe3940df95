// `outflow audit`: who has changed what.
#include <fmt/format.h>

#include "app/run.h"
#include "cli/remote.h"
#include "cli/table.h"

namespace outflow::cli {

namespace {

struct AuditArguments {
    RemoteOptions remote;
    std::uint64_t limit = 50;
    std::string before;
    std::string kind;
    std::string name;
    std::string who;
};

// "/filter, /sink/rocketmq/topic".
std::string changed_places(const json::Node& entry) {
    const json::Node* differences = entry.is(json::Kind::object) ? entry.find("difference") : nullptr;
    std::string places;
    for (std::size_t i = 0; differences != nullptr && i < differences->items.size(); ++i)
        places += (i == 0 ? "" : ", ") + text_at(differences->items[i], "pointer");
    return places;
}

int show_audit(Remote& remote, const AuditArguments& arguments, const Streams& streams) {
    std::string target = fmt::format("/v1/audit?limit={}", arguments.limit);
    const auto add = [&target](std::string_view name, const std::string& value) {
        if (!value.empty()) target += fmt::format("&{}={}", name, encode_percent(value));
    };
    add("before", arguments.before);
    add("kind", arguments.kind);
    add("name", arguments.name);
    add("who", arguments.who);
    const json::Node body = remote.get(target);
    if (arguments.remote.output != "table") {
        print_node(streams, arguments.remote, body);
        return app::exit_code::ok;
    }
    Table table({"NUMBER", "AT", "WHO", "KEY", "FROM", "ACTION", "KIND", "NAME", "CHANGED"});
    const json::Node* items = body.is(json::Kind::object) ? body.find("items") : nullptr;
    for (std::size_t i = 0; items != nullptr && i < items->items.size(); ++i) {
        const json::Node& entry = items->items[i];
        table.add_row({text_at(entry, "number"), text_at(entry, "at"), text_at(entry, "who"), text_at(entry, "key"),
                       text_at(entry, "from"), text_at(entry, "action"), text_at(entry, "kind"), text_at(entry, "name"),
                       changed_places(entry)});
    }
    fmt::print(streams.out, "{}", table.text());
    const std::string next = text_at(body, "next");
    if (!next.empty()) fmt::print(streams.err, "Older ones: --before {}\n", visible(next));
    return app::exit_code::ok;
}

}  // namespace

void add_audit(Command& parent, Action& action) {
    const auto arguments = std::make_shared<AuditArguments>();
    Command command = parent.add_command("audit", "Who has changed what on a server, the newest first");
    command.add_option("--limit", arguments->limit, "How many").type_name("N").show_default().in_range(1, 1000);
    command.add_option("--before", arguments->before, "Older than this entry").type_name("NUMBER");
    command.add_option("--kind", arguments->kind, "Only of this kind: task, instance, user, ...").type_name("KIND");
    command.add_option("--name", arguments->name, "Only of this name").type_name("NAME");
    command.add_option("--who", arguments->who, "Only by this user").type_name("USER");
    add_remote_options(command, arguments->remote);
    add_output_option(command, arguments->remote);
    command.footer(fmt::format("{}-o json and -o yaml show the values before and after.\n"
                               "Example: outflow audit --kind task --name press",
                               remote_exit_codes));
    on_remote(command, action, arguments, show_audit);
}

}  // namespace outflow::cli

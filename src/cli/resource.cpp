#include "cli/resource.h"

#include <fmt/format.h>

#include "app/run.h"
#include "base/sentence.h"
#include "cli/node_text.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/tree_file.h"
#include "platform/file.h"

namespace outflow::cli {

namespace {

// The server lets a task deliver what it holds, and ends its session at the broker: about a minute at most.
constexpr std::chrono::seconds deletion_time_max{90};

// On a terminal as long as it lives.
class WaitingLine {
public:
    WaitingLine(const Streams& streams, const std::string& text)
        : file_(is_terminal(streams.err) ? streams.err : nullptr) {
        if (file_ == nullptr) return;
        fmt::print(file_, "{}", cut_to(visible(text), terminal_size(file_).columns - 1));
        std::fflush(file_);
    }
    ~WaitingLine() {
        if (file_ != nullptr) fmt::print(file_, "\r\x1b[K");
    }
    WaitingLine(const WaitingLine&) = delete;
    WaitingLine& operator=(const WaitingLine&) = delete;

private:
    std::FILE* file_;
};

// One object, not a task file of many.
void check_is_one(const Resource& resource, const json::Node& tree, const std::string& path) {
    if (!tree.is(json::Kind::object))
        throw Failure{app::exit_code::invalid, fmt::format("{}: expected a {} as a map.", path, resource.word)};
    if (tree.find(task_resource.list) != nullptr || tree.find(instance_resource.list) != nullptr) {
        throw Failure{app::exit_code::invalid, fmt::format("{} is a task file, not one {}: use outflow apply -f {}.",
                                                           path, resource.word, path)};
    }
}

json::Node read_one(const Resource& resource, const std::string& path) {
    json::Node tree = read_tree(path);
    check_is_one(resource, tree, path);
    return tree;
}

// The objects of a file: the file itself is one, or it is a task file with nothing but its list.
std::vector<json::Node> objects_of(const Resource& resource, json::Node file, const std::string& path) {
    const json::Node* list = file.is(json::Kind::object) ? file.find(resource.list) : nullptr;
    if (list == nullptr || file.members.size() > 1) {
        check_is_one(resource, file, path);
        return {std::move(file)};
    }
    std::vector<json::Node> objects = list->items;
    for (const json::Member& member : list->members) {
        json::Node object = member.value;
        object.members.insert(object.members.begin(), {"name", json::Node::string(member.name)});
        objects.push_back(std::move(object));
    }
    return objects;
}

// The path of what an editor made of it; empty: it was left as it is, and there is nothing else to be sent for.
std::string edit_answer(const Resource& resource, const EditWish& wish, const Answer& answer) {
    std::string before =
        fmt::format("# The {} {}. To leave it as it is, end the editor without a change.\n", resource.word, wish.name);
    append_yaml(before, without(answer.body, "status"));
    const auto edited = edit_in_file(wish.name + ".yaml", before);
    if (!edited) throw Failure{app::exit_code::failed, to_sentence(edited.error().context)};
    const bool is_same = must(platform::read_file(*edited, 64 * 1024 * 1024)) == before;
    if (!is_same || !wish.query.empty()) return *edited;
    must(platform::remove_file(*edited));
    return {};
}

// The other's change must not get lost: a text of an older revision is not to be sent as it is.
std::string hint_after_refusal(const Resource& resource, const EditWish& wish, const std::string& path,
                               const std::string& revision, unsigned status) {
    const bool is_stale = status == 412;
    std::string hint;
    if (wish.file.empty()) hint = fmt::format("\nWhat you wrote is kept in {}.", path);
    const std::string_view word = resource.word;
    if (is_stale) {
        hint += fmt::format(
            "\nSee what it is now: outflow {} get {} -o yaml\nPut your change into that: outflow {} edit {}", word,
            wish.name, word, wish.name);
    } else if (wish.file.empty()) {
        hint += fmt::format("\nMend it, and go on with: outflow {} edit {} -f {} --revision {}", word, wish.name, path,
                            revision);
    }
    return hint;
}

}  // namespace

int create_resources(Remote& remote, const Resource& resource, const std::string& file, const Streams& streams) {
    for (const json::Node& object : objects_of(resource, read_tree(file), file)) {
        const Answer answer = send_tree(remote, "POST", std::string(resource.collection), object, file);
        std::string name = text_at(answer.body, "name");
        if (name.empty()) name = text_at(object, "name");
        fmt::print(streams.out, "{} {} created\n", resource.word, visible(name));
    }
    return app::exit_code::ok;
}

int edit_resource(Remote& remote, const Resource& resource, const EditWish& wish, const Streams& streams) {
    if (wish.file.empty() && !can_edit()) {
        throw Failure{
            app::exit_code::invalid,
            "An editor needs a terminal, and here is none: give what is to be sent with -f FILE, or name an editor in EDITOR."};
    }
    json::Node tree;
    if (!wish.file.empty()) tree = read_one(resource, wish.file);
    const std::string target = resource.target(wish.name);
    const Answer answer = remote.call("GET", target);  // also so that a slip in the name creates nothing
    std::string revision = wish.revision;
    std::string path = wish.file;
    if (wish.file.empty()) {
        path = edit_answer(resource, wish, answer);
        if (path.empty()) {
            fmt::print(streams.out, "nothing was changed\n");
            return app::exit_code::ok;
        }
        if (revision.empty()) revision = text_at(answer.body, "status.revision");
    }
    http::Fields fields;
    if (!revision.empty()) fields.add("If-Match", fmt::format("\"{}\"", revision));
    std::string detail;
    try {
        if (wish.file.empty()) tree = read_one(resource, path);
        detail = text_at(send_tree(remote, "PUT", target + wish.query, tree, path, fields).body, "status.detail");
    } catch (Failure& failure) {
        failure.text += hint_after_refusal(resource, wish, path, revision, failure.status);
        throw;
    }
    if (wish.file.empty()) must(platform::remove_file(path));
    fmt::print(streams.out, "{} {} changed\n", resource.word, wish.name);
    if (!detail.empty()) fmt::print(streams.out, "{}\n", visible(detail));
    return app::exit_code::ok;
}

void add_edit_options(Command& command, EditWish& wish) {
    Option file = command.add_option("-f,--file", wish.file, "YAML or JSON; -: standard input").type_name("FILE");
    command
        .add_option("--revision", wish.revision,
                    "Only if it still is at this revision (status.revision); an editor's text is always checked")
        .type_name("N")
        .check([](const std::string& word) {
            return word.find_first_not_of("0123456789") == word.npos ? "" : "a revision is a number";
        })
        .needs(file);
}

int delete_resource(Remote& remote, const Resource& resource, const std::string& name, const std::string& query,
                    bool is_sure, const Streams& streams) {
    if (!is_agreed(streams, is_sure, fmt::format("Delete the {} {}?", resource.word, name)))
        return app::exit_code::failed;
    remote.be_patient(deletion_time_max);
    const Answer answer = [&] {
        const WaitingLine waiting(streams, fmt::format("Deleting the {} {}, for up to {} s ...", resource.word, name,
                                                       deletion_time_max.count()));
        return remote.call("DELETE", resource.target(name) + query);
    }();
    constexpr unsigned accepted = 202;
    fmt::print(streams.out, "{} {} {}\n", resource.word, name,
               answer.status == accepted ? "is being deleted" : "deleted");
    const std::string detail = text_at(answer.body, "detail");
    if (!detail.empty()) fmt::print(streams.out, "{}\n", visible(detail));
    return app::exit_code::ok;
}

bool is_agreed(const Streams& streams, bool is_sure, const std::string& question) {
    if (is_sure) return true;
    if (!can_ask(streams)) {
        throw Failure{app::exit_code::invalid, fmt::format("{} Nobody can be asked here: give --yes.", question)};
    }
    return confirm(streams, question);
}

}  // namespace outflow::cli

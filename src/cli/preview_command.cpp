// `outflow task preview`.
#include <algorithm>
#include <memory>
#include <optional>
#include <variant>

#include <fmt/format.h>

#include "app/preview_json.h"
#include "app/run.h"
#include "cli/event_input.h"
#include "cli/mqtt_options.h"
#include "cli/preview_text.h"
#include "cli/rocketmq_options.h"
#include "mqtt/topic.h"
#include "platform/clock.h"
#include "platform/file.h"
#include "task/load.h"

namespace outflow::cli {

namespace {

constexpr std::size_t file_bytes_max = 64 * 1024 * 1024;

struct PreviewArguments {
    std::string file;
    std::string task;
    EventOptions event;
    bool live = false;
    std::uint64_t count = 0;
    bool json = false;
};

struct ChosenTask {
    const task::TaskDefinition& task;
    const task::MqttSourceDefinition& source;
    const std::optional<task::Instance> source_instance;
    const std::optional<task::Instance> sink_instance;
};

// The task of that name; without one the only task. Errors: invalid_argument.
Result<ChosenTask> choose_task(const task::Document& document, const std::string& name) {
    const auto& tasks = document.tasks;
    const auto found = std::find_if(tasks.begin(), tasks.end(), [&](const task::TaskDefinition& each) {
        return name.empty() ? tasks.size() == 1 : each.name == name;
    });
    if (found == tasks.end()) {
        std::string names;
        for (const task::TaskDefinition& each : tasks) names += (names.empty() ? "" : ", ") + each.name;
        std::string what = fmt::format("the file has no task {}", name);
        if (name.empty()) what = fmt::format("the file has {} tasks: say which with --task", tasks.size());
        return failed(ErrorCode::invalid_argument, names.empty() ? what : what + "; there are " + names);
    }
    return ChosenTask{*found, std::get<task::MqttSourceDefinition>(found->source),
                      document.find(task::instance_of(found->source)), document.find(task::instance_of(found->sink))};
}

std::string render(const PreviewArguments& arguments, const ChosenTask& chosen, const app::TaskPreview& preview,
                   const std::vector<std::string>& remarks) {
    return arguments.json ? app::render_preview_json(preview, remarks) : render_preview_text(preview, chosen.task);
}

Result<event::OwnedEvent> read_event(const PreviewArguments& arguments, const ChosenTask& chosen) {
    const event::EventContext context = app::TaskPreviewer::context_of(chosen.task, chosen.source_instance);
    if (!arguments.event.payload.empty()) return read_message(arguments.event, context, chosen.source.qos);
    TRY(const std::string text, read_argument(arguments.event.event, file_bytes_max));
    auto owned = event::parse_event(text, context, platform::unix_ms());
    if (owned) return owned;
    return failed(owned.error().code, "the event: " + owned.error().context);
}

Result<std::unique_ptr<app::TaskPreviewer>> create_previewer(const ChosenTask& chosen,
                                                             const event::EventContext& context) {
    return app::TaskPreviewer::create(chosen.task, chosen.source_instance, chosen.sink_instance, context);
}

Result<app::TaskPreview::Verdict> preview_event(const PreviewArguments& arguments, const ChosenTask& chosen,
                                                const Streams& streams) {
    TRY(event::OwnedEvent owned, read_event(arguments, chosen));
    app::remark_on_topic(owned, chosen.source);
    TRY(const auto previewer, create_previewer(chosen, owned.context));
    const app::TaskPreview preview = previewer->preview(owned.event);
    if (!arguments.json) {
        for (const std::string& remark : owned.remarks) complain(streams, 0, remark);
    }
    const std::string text = render(arguments, chosen, preview, owned.remarks);
    std::fwrite(text.data(), 1, text.size(), streams.out);
    return preview.verdict;
}

int preview_live(const PreviewArguments& arguments, const ChosenTask& chosen, const Streams& streams) {
    const std::string& filter = arguments.event.topic.empty() ? chosen.source.topic : arguments.event.topic;
    if (const Status good = connectors::check_tap_filter(filter); !good) {
        const std::string_view plain = mqtt::split_shared(filter).filter;
        return complain(streams, app::exit_code::invalid,
                        fmt::format("{} Here: --topic '{}'", to_sentence(good.error().context), plain));
    }
    auto tap = tap_options(chosen.task.name, chosen.source, std::get<task::MqttInstance>(chosen.source_instance->kind),
                           filter);
    if (!tap) return complain(streams, app::exit_code::failed, to_sentence(tap.error().context));
    const event::EventContext context = app::TaskPreviewer::context_of(chosen.task, chosen.source_instance);
    const auto previewer = create_previewer(chosen, context);
    if (!previewer) return complain(streams, app::exit_code::invalid, to_sentence(previewer.error().context));
    std::uint64_t counts[3] = {};
    const Status done = watch(std::move(*tap), arguments.count, streams, [&](const event::Event& event) {
        const app::TaskPreview preview = (*previewer)->preview(event);
        ++counts[static_cast<std::size_t>(preview.verdict)];
        return render(arguments, chosen, preview, {});
    });
    fmt::print(streams.err, "{} messages: {} become records, {} are filtered, {} are undeliverable\n",
               counts[0] + counts[1] + counts[2], counts[0], counts[1], counts[2]);
    return done ? app::exit_code::ok : complain(streams, app::exit_code::failed, to_sentence(done.error().context));
}

int preview_task(const PreviewArguments& arguments, const Streams& streams) {
    const task::Loaded loaded = task::load_files(std::span(&arguments.file, 1));
    for (const task::Diagnostic& diagnostic : loaded.diagnostics)
        fmt::print(streams.err, "{}\n", task::render_diagnostic(diagnostic));
    if (!loaded.ok()) return app::exit_code::invalid;
    const auto chosen = choose_task(loaded.document, arguments.task);
    if (!chosen) {
        return complain(streams, app::exit_code::invalid, arguments.file + ": " + to_sentence(chosen.error().context));
    }
    if (arguments.live) return preview_live(arguments, *chosen, streams);
    const auto verdict = preview_event(arguments, *chosen, streams);
    if (!verdict) return complain(streams, app::exit_code::invalid, to_sentence(verdict.error().context));
    switch (*verdict) {
    case app::TaskPreview::Verdict::record: return app::exit_code::ok;
    case app::TaskPreview::Verdict::filtered: return app::exit_code::failed;
    case app::TaskPreview::Verdict::undeliverable: break;
    }
    return app::exit_code::invalid;
}

void add_preview(Command& parent, Action& action) {
    auto arguments = std::make_shared<PreviewArguments>();
    Command command = parent.add_command("preview", "Shows what a task would make of an event; nothing is sent");
    command.add_option("FILE", arguments->file, "The task file; -: standard input").required().type_name("");
    command.add_option("--task", arguments->task, "Which task, when the file has several").type_name("NAME");
    add_event_options(command, arguments->event);
    Option live =
        command.add_flag("--live", arguments->live,
                         "Or messages of the task's own broker, as they come; --topic FILTER instead of the task's");
    add_count(command, arguments->count);
    command.option("--count").needs(live);
    command.add_flag("--json", arguments->json, "One JSON object a line");
    command.footer(
        "It shows the event, the filter's verdict with its reasons, and the record as RocketMQ would store\n"
        "it. --live takes no message away from anybody: a random client id, a session that ends with the\n"
        "connection.\n"
        "Exit codes: 0 a record (--live: ended by Ctrl-C or --count); 1 filtered (--live: the broker cannot be\n"
        "read); 2 undeliverable, or an error in the file or the event.\n"
        "Example: outflow task preview tasks.yaml --payload message.json --topic factory/press7");
    command.on_parsed([arguments, &action] {
        const bool is_given = arguments->event.is_given();
        if (arguments->live && is_given) throw UsageError{"--live excludes -e and --payload"};
        if (!arguments->live && !is_given) throw UsageError{"-e EVENT, --payload FILE or --live is required"};
        const bool reads_input_twice =
            arguments->file == platform::standard_input &&
            (arguments->event.payload == platform::standard_input || arguments->event.event == "@-");
        if (reads_input_twice) throw UsageError{"FILE and the event cannot both be standard input"};
        if (!arguments->live) check_event_options(arguments->event);
        action = [arguments](const Streams& streams) { return preview_task(*arguments, streams); };
    });
}

}  // namespace

void add_task(Command& parent, Action& action) {
    Command command = parent.add_command("task", "The tasks of a server, and what a task would do");
    command.require_command();
    command.footer("Example: outflow task preview tasks.yaml -e @event.json");
    add_preview(command, action);
    add_server_tasks(command, action);
}

}  // namespace outflow::cli

// `outflow pattern try`: live messages of a broker with the verdicts of a pattern.
#include <fmt/format.h>

#include "app/event_text.h"
#include "app/preview_json.h"
#include "app/run.h"
#include "cli/event_input.h"
#include "cli/message_text.h"
#include "cli/mqtt_options.h"
#include "cli/pattern_options.h"
#include "cli/pattern_text.h"
#include "cli/rocketmq_options.h"

namespace outflow::cli {

namespace {

struct TryArguments {
    PatternOptions pattern;
    MqttOptions mqtt;
    event::DataFormat format = event::DataFormat::json;
    std::uint64_t count = 0;
    bool json = false;
};

struct Tally {
    std::uint64_t match = 0;
    std::uint64_t no_match = 0;
    std::uint64_t undeliverable = 0;
};

// `match         factory/press7 {"t":81}` and, below it, what did not hold.
std::string show_text(const event::Event& event, const Result<app::PatternVerdict>& verdict) {
    std::string out = !verdict ? "undeliverable " : verdict->matches ? "match         " : "no match      ";
    append_visible(out, event.topic);
    out += '\n';
    append_body_line(out, event.payload);
    if (verdict) append_decisions_text(out, verdict->decisions);
    else append_visible(out, "  " + to_sentence(verdict.error().context));
    if (!verdict) out += '\n';
    return out;
}

std::string show_json(const event::Event& event, const event::EventContext& context,
                      const Result<app::PatternVerdict>& verdict) {
    std::string out =
        fmt::format("{{\"outcome\":\"{}\"", verdict ? app::outcome_name(verdict->matches) : "undeliverable");
    if (!verdict) app::append_json_member(out, "reason", to_sentence(verdict.error().context));
    out += ",\"event\":" + app::event_line(event, context);
    if (verdict) {
        out += ",\"decisions\":";
        app::append_decisions_json(out, verdict->decisions);
    }
    return out + "}\n";
}

int try_pattern(const TryArguments& arguments, const Streams& streams) {
    event::EventContext context;
    context.format = arguments.format;
    const auto pattern = read_pattern(arguments.pattern, &context);
    if (!pattern) return complain(streams, app::exit_code::invalid, to_sentence(pattern.error().context));
    if (!(*pattern)->is_valid()) return refuse_pattern(**pattern, arguments.pattern, arguments.json, streams);
    if (const std::string sentence = check_usage(arguments.mqtt); !sentence.empty())
        return complain(streams, app::exit_code::invalid, sentence);
    auto tap = tap_options(arguments.mqtt);
    if (!tap) return complain(streams, app::exit_code::failed, to_sentence(tap.error().context));
    print_warnings(**pattern, arguments.pattern, streams);
    Tally tally;
    const Status done = watch(std::move(*tap), arguments.count, streams, [&](const event::Event& event) {
        const auto verdict = (*pattern)->judge(event, context);
        ++(!verdict ? tally.undeliverable : verdict->matches ? tally.match : tally.no_match);
        return arguments.json ? show_json(event, context, verdict) : show_text(event, verdict);
    });
    fmt::print(streams.err, "{} messages: {} match, {} do not, {} do not fit the data format\n",
               tally.match + tally.no_match + tally.undeliverable, tally.match, tally.no_match, tally.undeliverable);
    return done ? app::exit_code::ok : complain(streams, app::exit_code::failed, to_sentence(done.error().context));
}

}  // namespace

void add_try(Command& parent, Action& action) {
    auto arguments = std::make_shared<TryArguments>();
    Command command = parent.add_command("try", "Shows live messages of an MQTT broker with the pattern's verdicts");
    add_pattern_options(command, arguments->pattern);
    add_mqtt_options(command, arguments->mqtt);
    add_data_format(command, arguments->format);
    add_count(command, arguments->count);
    command.add_flag("--json", arguments->json, "One JSON object a line");
    command.footer(
        "It takes no message away from anybody: a random client id, a session that ends with the\n"
        "connection, a subscription of its own. Retained messages come first. A summary is reported at the end.\n"
        "Exit codes: 0 ended by Ctrl-C or --count; 1 the broker cannot be read; 2 wrong usage, or the pattern is\n"
        "invalid.\n"
        "Example: outflow pattern try -p @pattern.json --mqtt mqtt://127.0.0.1:1883 --topic 'factory/#'");
    command.on_parsed([arguments, &action] {
        check_pattern_options(arguments->pattern);
        action = [arguments](const Streams& streams) { return try_pattern(*arguments, streams); };
    });
}

}  // namespace outflow::cli

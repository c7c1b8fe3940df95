#include "plan.h"

#include <algorithm>
#include <charconv>
#include <span>

#include <fmt/format.h>

namespace outflow::sim {

namespace {

// Every word of a plan, with what it means: {WORD} is its value. What happens may have two more: `on`, then it waits
// for the next connack, suback, message, acknowledgement or record; and `delay_us`, for so long behind that.
struct Kind {
    std::string_view what;
    std::string_view words;  // that it may have
    std::string_view sentence;
};
constexpr Kind settings[] = {
    {"task",
     "ordering qos protocol receive_maximum batch batch_ms topic filter format body letters send_timeout keep_alive "
     "compress memory_kib retained split late_ms rate store",
     ""},
    {"mqtt", "broker", ""},
    {"rocketmq", "queues brokers auto_create message_bytes_max", ""},
    {"network", "latency_us buffer split tls", ""},
};
constexpr Kind happenings[] = {
    {"publish", "count every_us topics bytes qos bad retain", "publishers send {count} messages"},
    {"mqtt.reset", "", "the connection to the MQTT broker is reset"},
    {"mqtt.cut", "", "the connection to the MQTT broker swallows everything from now on"},
    {"mqtt.unplug", "ms", "the MQTT broker cannot be reached for {ms} ms"},
    {"mqtt.pause", "ms", "the MQTT broker does nothing for {ms} ms"},
    {"mqtt.restart", "down_ms loses", "the MQTT broker restarts within {down_ms} ms and loses {loses}"},
    {"mqtt.power", "down_ms loses", "the MQTT broker has no power for {down_ms} ms and loses {loses}"},
    {"mqtt.refuse", "ms", "the MQTT broker refuses connections for {ms} ms"},
    {"mqtt.close", "ms", "the MQTT broker closes after SUBACK for {ms} ms"},
    {"mqtt.takeover", "rude", "another client with outflow's id connects"},
    {"rocketmq.reset", "", "a connection to RocketMQ is reset"},
    {"rocketmq.cut", "", "the connections to RocketMQ swallow everything from now on"},
    {"rocketmq.unplug", "ms", "RocketMQ cannot be reached for {ms} ms"},
    {"rocketmq.pause", "ms", "RocketMQ does nothing for {ms} ms"},
    {"rocketmq.restart", "down_ms", "RocketMQ is killed and back after {down_ms} ms"},
    {"rocketmq.power", "down_ms", "RocketMQ has no power for {down_ms} ms"},
    {"rocketmq.fault", "rule", "RocketMQ from now on: {rule}"},
    {"rocketmq.queues", "count", "the topic has {count} queues from now on"},
    {"rocketmq.leave", "ms", "a broker is missing in the route for {ms} ms"},
    {"rocketmq.move", "down_ms", "a broker gets another port within {down_ms} ms"},
    {"rocketmq.forget", "ms", "the name server knows no broker for {ms} ms"},
    {"rocketmq.full", "ms", "RocketMQ's disk is full for {ms} ms"},
    {"outflow.kill", "down_ms", "outflow is killed and starts again after {down_ms} ms"},
    {"outflow.power", "down_ms", "outflow's machine has no power for {down_ms} ms"},
    {"outflow.stop", "grace_ms down_ms",
     "outflow is stopped with {grace_ms} ms of grace and starts again after {down_ms} ms"},
    {"outflow.pause", "ms", "outflow does nothing for {ms} ms"},
    {"outflow.edit", "kind rate", "the task's file is changed: {kind}"},
    {"outflow.disable", "ms", "the task's file says enabled: false for {ms} ms"},
    {"outflow.remove", "ms", "the task is removed from its file, and put back after {ms} ms"},
    {"clock.jump", "ms", "the wall clocks jump by {ms} ms"},
    {"names.fail", "ms", "no name is resolved for {ms} ms"},
    {"tls.renew", "ms", "certificates of a new authority, {ms} ms after a new certificate came without its key"},
    {"disk.full", "ms", "outflow's disk is full for {ms} ms"},
    {"disk.unsynced", "ms", "outflow's disk does not sync for {ms} ms"},
    {"disk.rotate", "", "the dead-letter file gets another name"},
    {"disk.delete", "", "the dead-letter file is deleted, the renamed one if there is one"},
};

const Kind* find(std::span<const Kind> kinds, std::string_view what) {
    const auto found = std::ranges::find(kinds, what, &Kind::what);
    return found == kinds.end() ? nullptr : &*found;
}

bool has_word(std::string_view list, std::string_view word) {
    for (std::size_t at = 0; at < list.size();) {
        const std::size_t end = std::min(list.find(' ', at), list.size());
        if (list.substr(at, end - at) == word) return true;
        at = end + 1;
    }
    return false;
}

// Takes the next word; a value in quotes may have blanks.
std::string_view take_word(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    std::size_t end = 0;
    for (bool is_quoted = false; end < line.size() && (is_quoted || line[end] != ' '); ++end)
        if (line[end] == '"') is_quoted = !is_quoted;
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(end);
    return word;
}

// Empty, or what is wrong.
std::string read_words(std::string_view line, const Kind& kind, Words& words) {
    for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
        const std::size_t equals = word.find('=');
        if (equals == std::string_view::npos) return fmt::format("{} is not NAME=VALUE", word);
        const std::string_view name = word.substr(0, equals);
        const bool is_of_all = name == "on" || name == "delay_us";
        if (!is_of_all && !has_word(kind.words, name)) return fmt::format("{} has no word {}", kind.what, name);
        std::string value(word.substr(equals + 1));
        std::erase(value, '"');
        words.set(std::string(name), std::move(value));
    }
    return {};
}

bool read_seconds(std::string_view word, std::chrono::milliseconds& time) {
    double seconds = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), seconds);
    time = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1'000 + 0.5));
    return error == std::errc() && end == word.data() + word.size() && seconds >= 0 && seconds < 1e6;
}

// Empty, or what is wrong.
std::string read_line(std::string_view line, Plan& plan) {
    line = line.substr(0, line.find(" # "));
    const std::string_view first = take_word(line);
    if (first.empty() || first.starts_with('#')) return {};
    if (first == "seed") {
        const std::string_view number = take_word(line);
        const auto result = std::from_chars(number.data(), number.data() + number.size(), plan.seed);
        return result.ec == std::errc() ? "" : "a seed is a number";
    }
    if (first == "calm") return read_seconds(take_word(line), plan.calm) ? "" : "calm SECONDS";
    if (const Kind* kind = find(settings, first)) {
        Words& words = first == "task"       ? plan.task
                       : first == "mqtt"     ? plan.mqtt
                       : first == "rocketmq" ? plan.rocketmq
                                             : plan.network;
        return read_words(line, *kind, words);
    }
    Happening happening;
    if (first != "at" || !read_seconds(take_word(line), happening.at)) return fmt::format("{} is not known", first);
    happening.what = take_word(line);
    const Kind* kind = find(happenings, happening.what);
    if (kind == nullptr) return fmt::format("{} is nothing that happens", happening.what);
    std::string fault = read_words(line, *kind, happening.words);
    plan.happenings.push_back(std::move(happening));
    return fault;
}

std::string words_text(const Words& words) {
    std::string text;
    for (const auto& [name, value] : words.all()) {
        const std::string_view quote = value.find(' ') != std::string::npos ? "\"" : "";
        text += fmt::format(" {}={}{}{}", name, quote, value, quote);
    }
    return text;
}

}  // namespace

std::int64_t Words::number(const std::string& name, std::int64_t usual) const {
    const auto found = values_.find(name);
    if (found == values_.end()) return usual;
    std::int64_t value = usual;
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
    return value;
}

std::string Words::text(const std::string& name, std::string_view usual) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::string(usual) : found->second;
}

std::vector<std::string_view> happening_names() {
    std::vector<std::string_view> names;
    for (const Kind& kind : happenings) names.push_back(kind.what);
    return names;
}

Result<Plan> parse_plan(std::string_view text) {
    Plan plan;
    for (int number = 1; !text.empty(); ++number) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (std::string fault = read_line(line, plan); !fault.empty()) {
            return failed(ErrorCode::invalid_argument, fmt::format("line {}: {}", number, fault));
        }
    }
    std::ranges::stable_sort(plan.happenings, {}, &Happening::at);
    return plan;
}

std::string to_text(const Happening& happening) {
    std::string line = fmt::format("at {:.3f} {}{}", std::chrono::duration<double>(happening.at).count(),
                                   happening.what, words_text(happening.words));
    std::string sentence(find(happenings, happening.what)->sentence);
    for (const auto& [name, value] : happening.words.all()) {
        const std::string word = fmt::format("{{{}}}", name);
        if (const std::size_t at = sentence.find(word); at != std::string::npos)
            sentence.replace(at, word.size(), value);
    }
    const std::string moment = happening.words.text("on", "");
    if (!moment.empty())
        sentence += fmt::format(", {} us behind the next {}", happening.words.number("delay_us", 0), moment);
    return fmt::format("{:<56} # {}\n", line, sentence);
}

std::string to_text(const Plan& plan) {
    std::string text = fmt::format("seed {}\n", plan.seed);
    text += fmt::format("task{}\nmqtt{}\nrocketmq{}\nnetwork{}\n", words_text(plan.task), words_text(plan.mqtt),
                        words_text(plan.rocketmq), words_text(plan.network));
    for (const Happening& happening : plan.happenings) text += to_text(happening);
    return text + fmt::format("calm {:.3f}\n", std::chrono::duration<double>(plan.calm).count());
}

}  // namespace outflow::sim

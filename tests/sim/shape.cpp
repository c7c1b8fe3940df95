#include "shape.h"

#include <algorithm>

#include <fmt/format.h>

#include "bridge.h"
#include "definition.h"
#include "task/load.h"
#include "tls.h"

namespace outflow::sim {

namespace {

constexpr int keys = 5;
constexpr std::uint64_t temperature_least = 30;  // that the filter takes
constexpr std::size_t members_bytes_max = 100;   // of a payload without its padding

std::string payload(std::uint32_t number, std::string_view key, std::uint64_t temperature, std::size_t padding) {
    return fmt::format("{{\"id\":\"#{}#\",\"key\":\"{}\",\"temperature\":{},\"text\":\"{}\"}}", number, key,
                       temperature, std::string(padding, 'x'));
}

constexpr std::uint64_t parts_max = 4;

std::string part(std::uint32_t number, std::uint32_t place, std::string_view key, std::size_t padding) {
    return fmt::format("{{\"id\":\"#{}#\",\"part\":{},\"key\":\"{}\",\"text\":\"{}\"}}", number, place, key,
                       std::string(padding, 'x'));
}

std::string task_file(const Plan& plan) {
    const Words& task = plan.task;
    std::string tls;
    if (plan.network.is("tls", "yes", "no")) {
        tls = fmt::format("tls: {{ ca_file: {}, cert_file: {}, key_file: {} }}", TlsFilesOfHost::ca,
                          TlsFilesOfHost::certificate, TlsFilesOfHost::key);
    }
    std::string text = fmt::format(R"(instances:
  edge: {{ mqtt: {{ endpoint: "{}://mqtt:1883", {} }} }}
  store: {{ rocketmq: {{ name_servers: "rocketmq-a:9876;rocketmq-b:9876", {} }} }}
tasks:
  - name: task
    source:
)",
                                   tls.empty() ? "mqtt" : "mqtts", tls, tls);
    text += fmt::format(
        "      mqtt: {{ instance: edge, topic: \"s/#\", client_id: bridge, qos: {}, protocol: \"{}\", data_format: {}, "
        "receive_maximum: {}, keep_alive_seconds: {}, retained: {} }}\n",
        task.number("qos", 1), task.text("protocol", "auto"), task.text("format", "JSON"),
        task.number("receive_maximum", 16'384), task.number("keep_alive", 60), task.text("retained", "new"));
    if (const std::int64_t batch = task.number("batch", 0); batch > 0) {
        text += fmt::format("      batch: {{ messages: {}, interval_seconds: {} }}\n", batch,
                            static_cast<double>(task.number("batch_ms", 3'000)) / 1'000);
    }
    if (task.is("filter", "some", "none")) {
        text += "    filter: { data: { body: { temperature: [ { numeric: [\">=\", 30] } ] } } }\n";
    }
    if (task.is("split", "yes", "no")) text += "    transform: [ { split: { path: $.data.body.items } } ]\n";
    text += "    sink:\n      rocketmq:\n        instance: store\n";
    text += task.is("topic", "computed", "constant")
                ? "        topic: { form: TEMPLATE, template: \"records-${k}\", value: { k: $.data.body.key } }\n"
                : "        topic: records\n";
    if (task.is("body", "original", "payload")) text += "        body: { form: ORIGINAL }\n";
    if (task.is("ordering", "key", "topic")) text += "        sharding_key: $.data.body.key\n";
    text += fmt::format("        ordering: {}\n        send_timeout_seconds: {}\n", task.text("ordering", "topic"),
                        task.number("send_timeout", 10));
    if (task.number("compress", 0) > 0)
        text += fmt::format("        compress_above_bytes: {}\n", task.number("compress", 0));
    std::string property;
    if (task.is("letters", "yes", "no")) property += fmt::format("dead_letter: {{ file: {} }}, ", LetterWatch::path);
    if (task.number("rate", 0) > 0) property += fmt::format("rate_limit: {}", task.number("rate", 0));
    return property.empty() ? text : text + fmt::format("    property: {{ {} }}\n", property);
}

// At least some receive buffers: one is always held.
std::size_t memory_bytes(const Plan& plan) {
    const std::int64_t kib = plan.task.number("memory_kib", limits::held_bytes_max / 1024);
    return static_cast<std::size_t>(std::max<std::int64_t>(kib, 1'000)) * 1024;
}

}  // namespace

Shape::Shape(const Plan& plan)
    : text_(task_file(plan)),
      ordering_(plan.task.text("ordering", "topic")),
      body_bytes_max_(static_cast<std::size_t>(plan.rocketmq.number("message_bytes_max", 4 * 1024 * 1024))),
      memory_bytes_max_(memory_bytes(plan)),
      is_filtered_(plan.task.is("filter", "some", "none")),
      is_computed_(plan.task.is("topic", "computed", "constant")),
      keeps_letters_(plan.task.is("letters", "yes", "no")),
      is_split_(plan.task.is("split", "yes", "no")) {
    const task::Loaded loaded = task::load_text("plan", text_);
    for (const task::Diagnostic& diagnostic : loaded.diagnostics)
        if (!loaded.ok()) error_ += task::render_diagnostic(diagnostic) + "\n";
    const bool reads_payload = is_filtered_ || is_computed_ || ordering_ == "key" || is_split_;
    const bool sends_payload = plan.task.is("body", "payload", "payload");
    if (reads_payload) bad_kinds_.push_back(Bad::no_json);
    if (reads_payload || sends_payload) bad_kinds_.push_back(Bad::empty);
    if (sends_payload && body_bytes_max_ < 100'000) bad_kinds_.push_back(Bad::too_large);
    if (is_computed_ && plan.rocketmq.number("auto_create", 1) == 0) bad_kinds_.push_back(Bad::no_topic);
}

json::Node Shape::document() const { return read_tree(text_); }

std::vector<std::string> Shape::record_topics() const {
    if (!is_computed_) return {"records"};
    std::vector<std::string> topics;
    for (int key = 0; key < keys; ++key) topics.push_back(fmt::format("records-k{}", key));
    return topics;
}

Message Shape::make_message(std::uint32_t number, const Words& words, bool is_bad, Random& random) const {
    Message message;
    message.number = number;
    message.topic = fmt::format("s/{}", random.below(static_cast<std::uint64_t>(words.number("topics", 3))));
    message.qos = static_cast<std::uint8_t>(words.number("qos", 1));
    message.retain = words.number("retain", 0) != 0;
    if (is_bad && !bad_kinds_.empty()) {
        make_bad(message, random);
        return message;
    }
    const std::string key = fmt::format("k{}", random.below(keys));
    const std::uint64_t temperature = random.below(100);
    const auto padding =
        std::min(static_cast<std::size_t>(words.number("bytes", 30)), body_bytes_max_ - members_bytes_max);
    make_payload(message, key, temperature, padding, random);
    if (message.parts == 0) message.fate = Fate::filtered;
    if (is_filtered_ && temperature < temperature_least) message.fate = Fate::filtered;
    if (ordering_ == "topic") message.order_key = message.topic + (is_computed_ ? key : "");
    if (ordering_ == "key") message.order_key = key;
    return message;
}

void Shape::make_payload(Message& message, std::string_view key, std::uint64_t temperature, std::size_t padding,
                         Random& random) const {
    if (!is_split_) {
        message.payload = payload(message.number, key, temperature, padding);
        return;
    }
    const bool is_bad = message.fate == Fate::letter;
    message.parts = static_cast<std::uint32_t>(is_bad ? 1 + random.below(parts_max) : random.below(parts_max + 1));
    if (is_bad) message.bad_part = static_cast<std::int64_t>(random.below(message.parts));
    std::string parts;
    for (std::uint32_t i = 0; i < message.parts; ++i) {
        const bool is_good = i != message.bad_part;
        parts += (i == 0 ? "" : ",") +
                 part(message.number, i, is_good && is_bad ? "k0" : key, is_bad && is_good ? 1 : padding);
    }
    message.payload =
        fmt::format("{{\"id\":\"#{}#\",\"temperature\":{},\"items\":[{}]}}", message.number, temperature, parts);
}

void Shape::make_bad(Message& message, Random& random) const {
    message.fate = Fate::letter;
    switch (bad_kinds_[random.below(bad_kinds_.size())]) {
    case Bad::no_json: message.payload = fmt::format("#{}# is no JSON", message.number); return;
    case Bad::empty: message.topic += fmt::format("/{}", message.number); return;
    case Bad::too_large: make_payload(message, "k0", temperature_least, body_bytes_max_, random); return;
    case Bad::no_topic: make_payload(message, "none", temperature_least, 1, random); return;
    }
}

}  // namespace outflow::sim

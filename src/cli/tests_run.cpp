#include "cli/tests_run.h"

#include <algorithm>
#include <map>
#include <memory>
#include <variant>

#include <fmt/format.h>

#include "base/sentence.h"
#include "cli/message_text.h"
#include "cli/pattern_text.h"
#include "event/parse.h"
#include "mqtt/topic.h"
#include "platform/clock.h"
#include "rocketmq/instance_namespace.h"
#include "rocketmq/properties.h"

namespace outflow::cli {

namespace {

constexpr std::size_t shown_records_max = 3;

std::string count_records(std::size_t count) { return fmt::format("{} record{}", count, count == 1 ? "" : "s"); }

template <class T>
T* copy_to(event::Arena& memory, const std::vector<T>& values) {
    T* array = memory.allocate_array<T>(values.size());
    std::copy(values.begin(), values.end(), array);
    return array;
}

// As it comes from the broker: with the lower QoS of publisher and subscription. The message outlives it.
event::OwnedEvent make_event(const TestMessage& message, std::uint8_t subscribed_qos, std::uint64_t number) {
    event::OwnedEvent owned;
    event::Event& event = owned.event;
    event.topic = message.topic;
    event.payload = owned.memory.copy(message.payload);
    event.number = number;
    event.received_ms = message.received_ms.value_or(platform::unix_ms());
    event.qos = std::min(message.qos.value_or(subscribed_qos), subscribed_qos);
    event.retain = message.retain;
    event::MessageProperties properties;
    properties.content_type = message.content_type;
    properties.response_topic = message.response_topic;
    properties.correlation_data = message.correlation_data;
    std::vector<event::Property> user;
    for (const auto& [name, value] : message.user_properties) user.push_back({name, value});
    if (!user.empty()) properties.user = {copy_to(owned.memory, user), user.size()};
    const bool has_any = message.content_type || message.response_topic || message.correlation_data || !user.empty();
    if (has_any) event.properties = copy_to(owned.memory, std::vector{properties});
    return owned;
}

// A task as tests see it.
class TestedTask {
public:
    TestedTask(const task::TaskDefinition& task, const task::Document& document)
        : task_(task),
          source_(document.find(task::instance_of(task.source))),
          sink_(document.find(task::instance_of(task.sink))) {
        auto previewer =
            app::TaskPreviewer::create(task_, source_, sink_, app::TaskPreviewer::context_of(task_, source_));
        if (previewer) previewer_ = std::move(*previewer);
        else fault_ = to_sentence(previewer.error().context);
    }

    Differences run(const TestCase& test) {
        Differences out;
        if (previewer_ == nullptr) return {fault_};
        std::vector<app::PreviewedRecord> records;
        const bool is_alone = test.messages.size() == 1;
        for (std::size_t i = 0; i < test.messages.size(); ++i) {
            const std::string who = is_alone ? "the message" : fmt::format("messages[{}]", i);
            const auto& source = std::get<task::MqttSourceDefinition>(task_.source);
            const TestMessage& message = test.messages[i];
            if (!mqtt::matches(source.topic, message.topic)) {
                out.push_back(fmt::format("the task does not get {}: its topic filter is {}", who, source.topic));
                continue;
            }
            const event::OwnedEvent owned = make_event(message, source.qos, i);
            app::TaskPreview preview = previewer_->preview(owned.event);
            judge(out, test.expected, preview, who, is_alone);
            std::move(preview.records.begin(), preview.records.end(), std::back_inserter(records));
        }
        if (test.expected.records && out.empty()) compare_records(out, *test.expected.records, records);
        return out;
    }

private:
    using Verdict = app::TaskPreview::Verdict;

    // Of several messages some may be filtered where records are expected: all records together are compared.
    void judge(Differences& out, const Expectation& expected, const app::TaskPreview& preview, std::string_view who,
               bool is_alone) {
        const bool is_right =
            preview.verdict == expected.verdict ||
            (expected.verdict == Verdict::record && preview.verdict == Verdict::filtered && !is_alone);
        std::string what(to_string(expected.verdict));
        if (expected.verdict == Verdict::record) what = count_records(expected.records->size());
        if (!is_right) {
            out.push_back(fmt::format("expected {}, but {} {}", what, who, describe(preview)));
            if (preview.verdict == Verdict::filtered) explain(out, preview);
            if (preview.verdict == Verdict::record) show(out, preview.records);
        } else if (preview.verdict == Verdict::undeliverable &&
                   preview.reason.find(expected.reason) == std::string::npos) {
            out.push_back(fmt::format("expected undeliverable with {} in the reason, but {} {}",
                                      show_text(expected.reason), who, describe(preview)));
        }
    }

    static std::string describe(const app::TaskPreview& preview) {
        if (preview.verdict == Verdict::record) return "makes " + count_records(preview.records.size());
        std::string text = fmt::format("is {}", to_string(preview.verdict));
        if (!preview.reason.empty()) {
            text += ": ";
            append_visible(text, to_sentence(preview.reason));
        }
        return text;
    }

    // Which conditions of the filter do not hold.
    static void explain(Differences& out, const app::TaskPreview& preview) {
        std::vector<pattern::Decision> failing;
        std::copy_if(preview.decisions.begin(), preview.decisions.end(), std::back_inserter(failing),
                     [](const pattern::Decision& each) { return !each.holds; });
        std::string text;
        append_decisions_text(text, failing);
        for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
            out.push_back(text.substr(at, end - at));
    }

    std::string describe(const app::PreviewedRecord& record) const {
        std::string line = "topic=" + topic_of(record);
        append_record_line(line, record.properties);
        line.pop_back();  // its line feed
        return line + " body=" + show_text(record.body);
    }

    void show(Differences& out, const std::vector<app::PreviewedRecord>& records) const {
        for (std::size_t i = 0; i < std::min(records.size(), shown_records_max); ++i)
            out.push_back(fmt::format("records[{}]: {}", i, describe(records[i])));
    }

    std::string topic_of(const app::PreviewedRecord& record) const {
        const auto* instance = sink_ ? std::get_if<task::RocketmqInstance>(&sink_->kind) : nullptr;
        if (instance == nullptr) return record.topic;
        return rocketmq::unwrap_namespace(rocketmq::name_prefix(instance->namespace_name), record.topic);
    }

    void compare_records(Differences& out, const std::vector<ExpectedRecord>& expected,
                         const std::vector<app::PreviewedRecord>& records) const {
        for (std::size_t i = 0; i < std::min(expected.size(), records.size()); ++i)
            compare_record(out, fmt::format("records[{}]", i), expected[i], records[i]);
        if (expected.size() == records.size()) return;
        out.push_back(fmt::format("expected {}, found {}", count_records(expected.size()), records.size()));
        for (std::size_t i = expected.size(); i < std::min(records.size(), expected.size() + shown_records_max); ++i)
            out.push_back(fmt::format("records[{}] is not expected: {}", i, describe(records[i])));
    }

    void compare_record(Differences& out, const std::string& what, const ExpectedRecord& expected,
                        const app::PreviewedRecord& record) const {
        namespace name = rocketmq::property_name;
        if (expected.topic) compare_texts(out, what + ".topic", *expected.topic, topic_of(record));
        const auto compare_property = [&](std::string_view field, std::string_view property,
                                          const std::optional<std::string>& wanted) {
            if (!wanted) return;
            const std::string_view found = rocketmq::find_property(record.properties, property);
            compare_texts(out, fmt::format("{}.{}", what, field), *wanted, found);
        };
        compare_property("keys", name::keys, expected.keys);
        compare_property("tags", name::tags, expected.tags);
        compare_property("sharding_key", name::sharding_key, expected.sharding_key);
        for (const auto& [property, value] : expected.properties)
            compare_property("properties." + property, property, value);
        if (expected.body) compare_bodies(out, what + ".body", *expected.body, record.body);
        if (expected.body_json) compare_json_body(out, what + ".body", *expected.body_json, record.body);
    }

    const task::TaskDefinition& task_;
    const std::optional<task::Instance> source_;
    const std::optional<task::Instance> sink_;
    std::unique_ptr<app::TaskPreviewer> previewer_;  // null: the task cannot be made, by `fault_`
    std::string fault_;
};

}  // namespace

std::vector<TestResult> run_tests(const std::vector<TestFile>& files,
                                  const std::function<bool(std::string_view name)>& is_chosen) {
    std::map<const task::TaskDefinition*, TestedTask> tasks;
    std::vector<TestResult> results;
    for (const TestFile& file : files) {
        for (const TestCase& test : file.cases) {
            if (!is_chosen(test.name)) continue;
            TestedTask& tested = tasks.try_emplace(test.task, *test.task, *file.document).first->second;
            results.push_back({&file, &test, tested.run(test)});
        }
    }
    return results;
}

}  // namespace outflow::cli

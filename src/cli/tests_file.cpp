#include "cli/tests_file.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/limits.h"
#include "base/spelling.h"
#include "cli/tests_fields.h"
#include "event/parse.h"
#include "mqtt/topic.h"
#include "platform/file.h"
#include "task/draft.h"
#include "task/load.h"
#include "task/object.h"
#include "task/report.h"
#include "task/yaml.h"

namespace outflow::cli {

namespace {

using task::Object;
using task::Report;
using task::YamlNode;
using task::YamlNodePtr;

// A file that a file of tests names: relative to its folder.
std::string beside(const std::string& file, const std::string& path) {
    const std::size_t slash = file.rfind('/');
    return slash == std::string::npos || path.starts_with('/') ? path : file.substr(0, slash + 1) + path;
}

bool is_text(const YamlNode& node) {
    return node.kind == YamlNode::Kind::scalar && node.type == task::ScalarType::text;
}

std::optional<std::string> optional_text(const Object& object, std::string_view name) {
    return object.has(name) ? std::optional(object.text(name)) : std::nullopt;
}

class TestFileReader {
public:
    using Documents = std::map<std::vector<std::string>, std::shared_ptr<const task::Loaded>>;

    TestFileReader(Report& report, Documents& documents, std::vector<task::Diagnostic>& of_task_files)
        : report_(report), documents_(documents), of_task_files_(of_task_files) {}

    TestFile read(const std::string& path) {
        file_.path = path;
        const auto text = platform::read_input(path, task::file_limits::file_bytes_max);
        if (!text) {
            report_.error({}, {}, text.error().context);
            return {};
        }
        const task::YamlDocument yaml = task::parse_yaml(*text);
        for (const auto& each : yaml.diagnostics) report_.error(each.place, {}, each.sentence, each.hint);
        if (!yaml.diagnostics.empty()) return {};
        if (yaml.root == nullptr || yaml.root->is_null()) {
            report_.error({}, {}, "the file is empty", "it names the task files and has tests");
            return {};
        }
        const Object file = read_object(yaml.root, {}, "file");
        if (const YamlNodePtr files = file.find("files"); files != nullptr) read_files(*files);
        const YamlNodePtr tests = file.find("tests");
        if (tests == nullptr) return {};
        if (tests->items.empty())
            report_.error(tests->place, "tests", "the list is empty", "a file has at least one test");
        for (std::size_t i = 0; i < tests->items.size(); ++i) read_test(tests->items[i], fmt::format("tests[{}]", i));
        return std::move(file_);
    }

private:
    Object read_object(const YamlNodePtr& node, std::string path, std::string_view object) {
        return Object::read(report_, node, std::move(path), object, test_fields());
    }

    void read_files(const YamlNode& node) {
        std::vector<std::string> paths;
        if (node.kind == YamlNode::Kind::scalar) paths.push_back(beside(file_.path, node.text));
        for (const YamlNodePtr& item : node.items) paths.push_back(beside(file_.path, item->text));
        auto& loaded = documents_[paths];
        if (loaded == nullptr) {
            loaded = std::make_shared<const task::Loaded>(task::load_files(paths));
            std::copy_if(loaded->diagnostics.begin(), loaded->diagnostics.end(), std::back_inserter(of_task_files_),
                         [](const auto& each) { return each.severity == task::Severity::error; });
        }
        if (loaded->ok()) file_.document = {loaded, &loaded->document};
    }

    void read_test(const YamlNodePtr& node, const std::string& path) {
        const Object object = read_object(node, path, "test");
        if (node->kind != YamlNode::Kind::map) return;
        TestCase test;
        test.name = object.text("name");
        test.line = node->place.line;
        test.task = find_task(object);
        read_messages(object, test);
        if (const YamlNodePtr expect = object.find("expect"); expect != nullptr) {
            test.expected = read_expectation(expect, object.path("expect"));
        }
        file_.cases.push_back(std::move(test));
    }

    // Null if the file's tasks could not be read, which has errors of its own.
    const task::TaskDefinition* find_task(const Object& test) {
        if (file_.document == nullptr) return nullptr;
        const auto& tasks = file_.document->tasks;
        const std::string name = test.text("task");
        const auto found = std::find_if(tasks.begin(), tasks.end(),
                                        [&](const auto& each) { return name.empty() || each.name == name; });
        const bool is_one = found != tasks.end() && (!name.empty() || tasks.size() == 1);
        if (is_one) return &*found;
        if (name.empty() && !test.is_clean()) return nullptr;
        std::vector<std::string_view> names;
        for (const task::TaskDefinition& each : tasks) names.push_back(each.name);
        const std::string_view near = nearest_word(name, names);
        const std::string known =
            names.empty() ? "the task files have none" : fmt::format("there are: {}", fmt::join(names, ", "));
        if (name.empty()) {
            report_.error(test.place(), test.path("task"),
                          fmt::format("the task files have {} tasks, and the test names none", tasks.size()), known);
        } else {
            report_.error(test.place("task"), test.path("task"), fmt::format("there is no task {}", task::quote(name)),
                          near.empty() ? known : fmt::format("did you mean {}?", near));
        }
        return nullptr;
    }

    void read_messages(const Object& test, TestCase& to) {
        const YamlNodePtr one = test.find("message");
        const YamlNodePtr several = test.find("messages");
        if ((one == nullptr) == (several == nullptr)) {
            if (one != nullptr) {
                report_.error(several->place, test.path("messages"), "the test has `message` as well",
                              "keep one of them");
            } else if (test.is_clean()) {
                report_.error(test.place(), test.path("message"), "the field `message` is missing",
                              "the message that the task gets, or a list of them as `messages`");
            }
            return;
        }
        if (one != nullptr) {
            to.messages.push_back(read_message(one, test.path("message")));
            return;
        }
        if (several->items.empty()) report_.error(several->place, test.path("messages"), "the list is empty");
        for (std::size_t i = 0; i < several->items.size(); ++i)
            to.messages.push_back(read_message(several->items[i], fmt::format("{}[{}]", test.path("messages"), i)));
    }

    TestMessage read_message(const YamlNodePtr& node, std::string path) {
        const Object object = read_object(node, std::move(path), "message");
        TestMessage message;
        message.topic = object.text("topic");
        if (object.has("topic")) {
            const Status good = mqtt::validate_topic_name(message.topic);
            if (!good) report_.error(object.place("topic"), object.path("topic"), good.error().context);
        }
        if (object.has("qos")) message.qos = static_cast<std::uint8_t>(object.integer("qos", 0));
        message.retain = object.boolean("retain", false);
        message.content_type = optional_text(object, "content_type");
        message.response_topic = optional_text(object, "response_topic");
        message.correlation_data = optional_text(object, "correlation_data");
        if (object.has("time")) {
            message.received_ms = event::parse_time(object.text("time"));
            if (!message.received_ms) {
                report_.error(object.place("time"), object.path("time"), "expected a time in RFC 3339",
                              "write it as \"2026-01-31T12:00:00.000Z\"");
            }
        }
        if (const YamlNodePtr user = object.find("user_properties"); user != nullptr)
            read_named(*user, object.path("user_properties"), true, message.user_properties);
        read_payload(object, message);
        return message;
    }

    // Of several fields that exclude one another the one that is there; empty: none.
    std::string_view only_one(const Object& object, std::initializer_list<std::string_view> names) {
        std::string_view found;
        for (const std::string_view name : names) {
            if (!object.has(name)) continue;
            if (!found.empty()) {
                report_.error(object.place(name), object.path(name), fmt::format("there is `{}` as well", found),
                              "keep one of them");
            }
            found = name;
        }
        return found;
    }

    std::optional<std::string> read_base64(const Object& object, std::string_view name) {
        auto bytes = decode_base64(object.text(name));
        if (!bytes) {
            report_.error(object.place(name), object.path(name), "the text is not Base64 (RFC 4648, with padding)",
                          "`base64 -w0 FILE` makes it");
        }
        return bytes;
    }

    void read_payload(const Object& object, TestMessage& message) {
        const std::string_view name = only_one(object, {"payload", "payload_base64", "payload_file"});
        if (name == "payload") message.payload = object.text(name);
        else if (name == "payload_base64") message.payload = read_base64(object, name).value_or("");
        else if (name == "payload_file") read_payload_file(object, message);
        else if (object.is_clean())
            report_.error(object.place(), object.path("payload"), "the field `payload` is missing",
                          "the payload as text, or payload_base64, or payload_file; \"\" is an empty one");
    }

    void read_payload_file(const Object& object, TestMessage& message) {
        constexpr std::string_view name = "payload_file";
        auto bytes = platform::read_file(beside(file_.path, object.text(name)), limits::mqtt_packet_bytes_max);
        if (!bytes) {
            report_.error(object.place(name), object.path(name), bytes.error().context);
            return;
        }
        payload_bytes_ += bytes->size();
        if (payload_bytes_ <= tests_limits::payload_files_bytes_max) message.payload = std::move(*bytes);
        else if (!std::exchange(is_full_, true))
            report_.error(object.place(name), object.path(name),
                          fmt::format("the payloads of a file of tests have at most {} MiB together",
                                      tests_limits::payload_files_bytes_max >> 20U),
                          "split it into several files");
    }

    // A map of names and texts; `repeats`: several texts for a name are a list.
    void read_named(const YamlNode& map, const std::string& path, bool repeats, NamedTexts& to) {
        for (const YamlNode::Entry& entry : map.entries) {
            const YamlNode& value = *entry.value;
            const bool is_list = repeats && value.kind == YamlNode::Kind::sequence;
            const bool is_good = is_list ? std::all_of(value.items.begin(), value.items.end(),
                                                       [](const auto& item) { return is_text(*item); })
                                         : is_text(value);
            if (!is_good) {
                const bool is_scalar = value.kind == YamlNode::Kind::scalar;
                report_.error(value.place, path + "." + task::path_name(entry.name),
                              "expected text, found " + task::describe(value), is_scalar ? "put it into quotes" : "");
            } else if (is_list) {
                for (const YamlNodePtr& item : value.items) to.emplace_back(entry.name, item->text);
            } else {
                to.emplace_back(entry.name, value.text);
            }
        }
    }

    Expectation read_expectation(const YamlNodePtr& node, const std::string& path) {
        Expectation expected;
        if (node->kind == YamlNode::Kind::map) {
            const Object object = read_object(node, path, "expect");
            if (object.has("undeliverable")) expected.verdict = app::TaskPreview::Verdict::undeliverable;
            expected.reason = object.text("undeliverable");
            if (const YamlNodePtr records = object.find("records"); records != nullptr) {
                expected.records.emplace();
                if (records->items.empty()) {
                    report_.error(records->place, object.path("records"), "the list is empty",
                                  "a message that makes no record is `expect: filtered`");
                }
                for (std::size_t i = 0; i < records->items.size(); ++i)
                    expected.records->push_back(read_record(records->items[i], fmt::format("{}.records[{}]", path, i)));
            } else if (object.is_clean() && !object.has("undeliverable")) {
                report_.error(node->place, object.path("records"), "the field `records` is missing",
                              "the records that the task makes, in their order");
            }
            return expected;
        }
        constexpr std::string_view words[] = {"filtered", "undeliverable"};
        if (is_text(*node) && node->text == words[0]) expected.verdict = app::TaskPreview::Verdict::filtered;
        else if (is_text(*node) && node->text == words[1]) expected.verdict = app::TaskPreview::Verdict::undeliverable;
        else {
            const std::string_view near = nearest_word(node->text, words);
            report_.error(node->place, path,
                          "expected filtered, undeliverable, { records: [...] } or { undeliverable: REASON }, found " +
                              task::describe(*node),
                          near.empty() ? "" : fmt::format("did you mean {}?", near));
        }
        return expected;
    }

    ExpectedRecord read_record(const YamlNodePtr& node, std::string path) {
        const Object object = read_object(node, std::move(path), "record");
        ExpectedRecord record;
        record.topic = optional_text(object, "topic");
        record.keys = optional_text(object, "keys");
        record.tags = optional_text(object, "tags");
        record.sharding_key = optional_text(object, "sharding_key");
        if (const YamlNodePtr properties = object.find("properties"); properties != nullptr)
            read_named(*properties, object.path("properties"), false, record.properties);
        const std::string_view name = only_one(object, {"body", "body_base64", "body_json"});
        if (name == "body") record.body = object.text(name);
        if (name == "body_base64") record.body = read_base64(object, name);
        if (name == "body_json") record.body_json = read_json(object, name);
        return record;
    }

    // Written as YAML, or as a JSON text.
    json::Node read_json(const Object& object, std::string_view name) {
        const YamlNodePtr node = object.find(name);
        if (!is_text(*node)) return task::to_json(report_, *node, object.path(name));
        auto parsed = json::parse_document(node->text);
        if (parsed) return std::move(parsed->root);
        report_.error(node->place, object.path(name), "the text is not JSON: " + parsed.error().context,
                      "a text that is a body itself stands in two pairs of quotes: '\"hot\"'");
        return {};
    }

    Report& report_;
    Documents& documents_;
    std::vector<task::Diagnostic>& of_task_files_;
    TestFile file_;
    std::size_t payload_bytes_ = 0;
    bool is_full_ = false;
};

}  // namespace

LoadedTests load_tests(std::span<const std::string> paths) {
    LoadedTests loaded;
    Report report;
    TestFileReader::Documents documents;
    std::vector<task::Diagnostic> of_task_files;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        report.begin_file(paths[i] == platform::standard_input ? "standard input" : paths[i], i);
        if (std::find(paths.begin(), paths.begin() + static_cast<std::ptrdiff_t>(i), paths[i]) !=
            paths.begin() + static_cast<std::ptrdiff_t>(i)) {
            report.error({}, {}, "the file is given twice");
            continue;
        }
        loaded.files.push_back(TestFileReader(report, documents, of_task_files).read(paths[i]));
    }
    loaded.diagnostics = report.take();
    loaded.diagnostics.insert(loaded.diagnostics.end(), of_task_files.begin(), of_task_files.end());
    return loaded;
}

}  // namespace outflow::cli

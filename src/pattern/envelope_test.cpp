// An event gets the same verdict from match_event, which reads attributes and properties where they lie, as its
// rendered text gets from the naive evaluator and from explaining. OUTFLOW_SEED sets other runs.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>

#include "base/limits.h"
#include "base/test_setting.h"
#include "event/render.h"
#include "pattern/explain/explain.h"
#include "pattern/pattern.h"
#include "pattern/value_generator.h"

namespace outflow::pattern {
namespace {

using event::DataFormat;
using json::Kind;
using json::Node;

// A random message; the views of `event` stand in it.
class Message {
public:
    Message(generated::Values& values, DataFormat format) {
        auto text = [&] { return values.text(); };
        for (std::string& each : texts_) each = text();
        constexpr std::array<std::string_view, 6> names = {"plant", "plant", "KEYS", "TAGS", "q.r", "id"};
        for (std::size_t i = values.below(5); i > 0; --i) {
            std::size_t at = values.below(texts_.size());
            user_.push_back({names[values.below(names.size())], texts_[at]});
        }
        properties_.user = user_;
        if (values.one_in(2)) properties_.content_type = texts_[0];
        if (values.one_in(2)) properties_.response_topic = texts_[1];
        if (values.one_in(2)) properties_.correlation_data = texts_[2];
        if (values.one_in(2)) properties_.message_expiry_interval = 60;
        topic_ = values.one_in(2) ? "factory/line1/press7" : "solo";
        payload_ = texts_[3];
        if (format == DataFormat::json) {
            payload_.clear();
            json::append_json(payload_, body(values));
        }
        payload_size_ = payload_.size();
        payload_.append(limits::chunk_padding, ' ');
        event.topic = topic_;
        event.payload = std::string_view(payload_).substr(0, payload_size_);
        if (!values.one_in(4)) event.properties = &properties_;
        event.number = values.below(1000);
        event.received_ms = 1'764'024'522'123;
        event.qos = static_cast<std::uint8_t>(values.below(3));
        event.retain = values.one_in(2);
        event.dup = values.one_in(2);
    }
    Message(const Message&) = delete;
    Message& operator=(const Message&) = delete;

    event::Event event;

private:
    static Node body(generated::Values& values) {
        if (values.one_in(4)) return values.leaf();
        Node object = Node::object();
        object.members.emplace_back("a", values.leaf());
        object.members.emplace_back("b", Node::array());
        for (std::size_t i = values.below(3); i > 0; --i) object.members[1].value.items.push_back(values.leaf());
        return object;
    }

    std::array<std::string, 6> texts_;
    std::string topic_, payload_;
    std::size_t payload_size_ = 0;
    std::vector<event::Property> user_;
    event::MessageProperties properties_;
};

// Asks for `alternatives` at a path of the event, `.data.topic`.
void add_field(Node& pattern, std::string_view path, Node alternatives) {
    Node* at = &pattern;
    while (!path.empty()) {
        path.remove_prefix(1);
        std::string name(path.substr(0, path.find('.')));
        path.remove_prefix(name.size());
        if (at->find(name) == nullptr) at->members.emplace_back(name, path.empty() ? Node::array() : Node::object());
        auto member =
            std::find_if(at->members.begin(), at->members.end(), [&](const auto& each) { return each.name == name; });
        at = &member->value;
        if (at->is(path.empty() ? Kind::object : Kind::array)) return;  // another field stands in the way
    }
    at->items = std::move(alternatives.items);
}

// Of places that the event has, and of some that it may not have.
Node pattern_for(const std::vector<naive::Leaf>& leaves, generated::Values& values) {
    constexpr std::array<std::string_view, 12> others = {".data.props.clientId",
                                                         ".data.props.contentType",
                                                         ".data.props.userProperties.key",
                                                         ".dataschema",
                                                         ".data.userProperties.q.r",
                                                         ".data.systemProperties.KEYS",
                                                         ".data.props.qos",
                                                         ".data.body.a",
                                                         ".data.props.secondTopic",
                                                         ".data.props.responseTopic.x",
                                                         ".data.userProperties.none",
                                                         ".aliyunregionid"};
    Node pattern = Node::object();
    for (std::size_t i = 1 + values.below(3); i > 0; --i) {
        const naive::Leaf& leaf = leaves[values.below(leaves.size())];
        bool is_there = !values.one_in(4);
        std::string path = is_there ? leaf.path : std::string(others[values.below(others.size())]);
        Node alternatives = Node::array();
        if (is_there && values.one_in(2)) alternatives.items.push_back(*leaf.value);
        if (alternatives.items.empty() || values.one_in(4)) alternatives.items.push_back(values.condition());
        add_field(pattern, path, std::move(alternatives));
    }
    return pattern;
}

TEST(envelope, an_event_and_its_text_get_the_same_verdict) {
    const TestSeed seed(32);
    constexpr std::size_t rounds = 30'000;
    generated::Values values(seed.value);
    json::Walker walker;
    std::size_t matches = 0;
    for (std::size_t round = 0; round < rounds; ++round) {
        event::EventContext context;
        context.subject_prefix = "acs:mqtt:hz:1:edge/";
        context.id_prefix = "t-";
        context.client_id_property = "id";
        context.format = std::array{DataFormat::json, DataFormat::text, DataFormat::binary}[values.below(3)];
        const Message message(values, context.format);
        std::string text;
        ASSERT_TRUE(event::render_event(message.event, context, walker, text).fits);
        auto tree = json::parse_document(text);
        ASSERT_TRUE(tree.has_value()) << text;
        std::vector<naive::Leaf> leaves;
        naive::collect(tree->root, "", {}, leaves);
        const Node pattern = pattern_for(leaves, values);
        std::string shown;
        json::append_json(shown, pattern);
        std::vector<Diagnostic> diagnostics;
        auto compiled = Pattern::compile(pattern, context, diagnostics);
        ASSERT_TRUE(compiled.has_value()) << shown << diagnostics[0].message;
        std::vector<std::pair<std::string, const Node*>> held;
        bool expected = naive::search({{"", &pattern, false}}, {}, leaves, held);
        auto matched = match_event(*compiled, message.event, context, walker);
        ASSERT_TRUE(matched.has_value()) << matched.error().context;
        ASSERT_EQ(*matched, expected) << "round " << round << "\n" << shown << "\n" << text;
        ASSERT_EQ(explain(pattern, tree->root).matches, expected) << shown << "\n" << text;
        matches += expected ? 1 : 0;
    }
    std::printf("seed %u: %zu of %zu events match\n", seed.value, matches, rounds);
    EXPECT_GE(matches, rounds / 5);
}

}  // namespace
}  // namespace outflow::pattern

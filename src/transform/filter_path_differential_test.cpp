// A filter and a filter_path together, compiled into one walk, and naive evaluators, on random patterns, paths and
// messages. OUTFLOW_SEED and OUTFLOW_ROUNDS (patterns; sixteen messages each) set other runs.
#include <gtest/gtest.h>

#include <cstdio>

#include "base/limits.h"
#include "base/test_setting.h"
#include "event/render.h"
#include "pattern/explain/filter_path.h"
#include "pattern/pattern_generator.h"
#include "transform/path_generator.h"
#include "transform/program.h"

namespace outflow::pattern {

std::optional<naive::Address> naive::parse_ip(const std::string& text) {
    const auto address = parse_address(text);
    if (!address) return std::nullopt;
    std::bitset<128> bits;
    for (std::size_t i = 0; i < (address->is_v6 ? 16U : 4U); ++i)
        bits = bits << 8 | std::bitset<128>(address->bytes[i]);
    return Address{address->is_v6, bits};
}

}  // namespace outflow::pattern

namespace outflow::transform {
namespace {

using json::Node;

constexpr std::size_t messages_each = 16;

std::string compact(const Node& node) {
    std::string text;
    json::append_json(text, node);
    return text;
}

// A task with a filter and a path, and its messages.
class Subject {
public:
    Subject(const Node& pattern, const std::string& path) : pattern_(pattern), query_(*json::parse_query(path)) {
        ProgramDefinition source;
        source.filter = pattern;
        source.filter_path = path;
        source.topic = source.body = Field::constant("t");
        source.keys = Field::jsonpath("$.data.body.a");
        program_ = Program::compile(std::move(source), diagnostics_);
    }

    // Some paths lead nowhere in any event, and are refused.
    bool compiles() const { return program_ != nullptr; }
    const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

    struct Verdicts {
        bool compiled = false, naive_pattern = false, naive_path = false, explained = false;
    };

    Verdicts ask(const std::string& payload, const naive::Path& path) {
        std::string padded = payload + std::string(limits::chunk_padding, ' ');
        event::Event event;
        event.topic = "a/b";
        event.qos = 1;
        event.payload = std::string_view(padded).substr(0, payload.size());
        event::Arena arena;
        std::vector<Record> records;
        Verdicts verdicts;
        verdicts.compiled = program_->run(event, arena, scratch_, records).verdict == Verdict::records;
        std::string whole;
        event::append_event(whole, event, program_->context(), true, arena);
        const auto tree = json::parse_document(whole);
        std::vector<pattern::naive::Leaf> leaves;
        std::vector<std::pair<std::string, const Node*>> held;
        pattern::naive::collect(tree->root, "", {}, leaves);
        verdicts.naive_pattern = pattern::naive::search({{"", &pattern_, false}}, {}, leaves, held);
        verdicts.naive_path = !naive::find(path, tree->root, tree->root).empty();
        const auto decision = pattern::explain_path(query_, whole, scratch_.evaluator);
        verdicts.explained = decision && decision->holds && !decision->reason.empty();
        return verdicts;
    }

private:
    const Node& pattern_;
    json::Query query_;
    std::vector<Diagnostic> diagnostics_;
    std::unique_ptr<Program> program_;
    Scratch scratch_;
};

// The payload of a generated event, with two numbers to compare. Names that are repeated, or that have dots, say
// something else as a tree.
Node body_of(const Node& event, pattern::generated::Values& values) {
    const Node* data = event.find("data");
    const Node* body = data == nullptr ? nullptr : data->find("body");
    Node made = body != nullptr && body->is(json::Kind::object) ? *body : Node::object();
    for (const char* name : {"m", "n"}) {
        if (!values.one_in(4)) made.members.emplace_back(name, Node::number(std::to_string(values.below(3))));
    }
    return made;
}

bool has_plain_names(const Node& node) {
    for (const auto& member : node.members) {
        if (member.name.find('.') != std::string::npos || node.find(member.name) != &member.value) return false;
        if (!has_plain_names(member.value)) return false;
    }
    return std::all_of(node.items.begin(), node.items.end(), has_plain_names);
}

TEST(filter_path_differential, one_walk_and_the_naive_evaluators_agree) {
    const TestSeed seed(47);
    const std::size_t rounds = test_rounds(6'000);
    std::printf("seed %u, %zu patterns (OUTFLOW_SEED and OUTFLOW_ROUNDS set others)\n", seed.value, rounds);
    pattern::generated::Generator generator(seed.value);
    naive::PathGenerator paths(generator);
    std::size_t asked = 0, passed = 0, by_pattern = 0, by_path = 0;
    for (std::size_t round = 0; round < rounds; ++round) {
        const Node pattern = generator.one_in(3) ? Node::object() : generator.pattern();
        const naive::Path path = paths.path();
        const std::string text = naive::written(path);
        ASSERT_TRUE(json::parse_query(text)) << text << ": " << json::parse_query(text).error().context;
        Subject subject(pattern, text);
        for (const Diagnostic& diagnostic : subject.diagnostics())
            ASSERT_EQ(diagnostic.field, "filter_path") << text << diagnostic.message;
        for (std::size_t i = 0; subject.compiles() && i < messages_each; ++i) {
            const Node body = body_of(generator.event(pattern), generator);
            if (!has_plain_names(body)) continue;
            const Subject::Verdicts verdicts = subject.ask(generator.text(body), path);
            ASSERT_EQ(verdicts.compiled, verdicts.naive_pattern && verdicts.naive_path) << compact(pattern) << "\n"
                                                                                        << text << "\n"
                                                                                        << compact(body);
            ASSERT_EQ(verdicts.explained, verdicts.naive_path) << text << "\n" << compact(body);
            ++asked;
            passed += verdicts.compiled;
            by_pattern += verdicts.naive_pattern;
            by_path += verdicts.naive_path;
        }
    }
    std::printf("%zu messages: %zu pass, %zu the filter, %zu the filter_path\n", asked, passed, by_pattern, by_path);
    EXPECT_GE(passed, asked / 10);
    EXPECT_GE(by_path, asked / 5);
    EXPECT_LE(by_path, asked - asked / 5);
}

}  // namespace
}  // namespace outflow::transform

// Rows of public suites, read from where they lie: ../shared/cases beside the project, or the folder OUTFLOW_CASES.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

#include "json/document.h"
#include "pattern/pattern.h"

namespace outflow::pattern {
namespace {

using json::Node;
using json::parse_document;

// match, nomatch, invalid, later (needs an operator of a later version) or unfit; without an event: valid, invalid.
// `wrap` is where the pattern is put: below data.body, the event being the payload, any event can be asked about.
std::string answer_one(const std::string& pattern_text, const std::string& event_text, std::string_view wrap) {
    auto document = parse_document(pattern_text);
    if (!document || !document->root.is(json::Kind::object)) return "invalid";
    Node pattern = std::move(document->root);
    for (std::size_t end = wrap.size(); end > 0;) {  // "data/body": innermost name first
        std::size_t start = wrap.rfind('/', end - 1);
        start = start == std::string_view::npos ? 0 : start + 1;
        Node outer = Node::object();
        outer.members.emplace_back(std::string(wrap.substr(start, end - start)), std::move(pattern));
        pattern = std::move(outer);
        end = start == 0 ? 0 : start - 1;
    }
    std::vector<Fault> faults;
    event::EventContext context;
    auto compiled = Pattern::compile(pattern, context, faults);
    for (const Fault& fault : faults) {
        if (fault.message.find("not supported yet") != std::string::npos) return "later";
    }
    if (!compiled) return "invalid";
    if (event_text.empty()) return "valid";
    event::Event event;
    event.payload = event_text;
    json::Walker walker;
    auto matched = match_event(*compiled, event, context, walker);
    if (!matched) return "unfit";
    return *matched ? "match" : "nomatch";
}

std::string answer_any(const Node& patterns, const std::string& event, std::string_view wrap) {
    std::string answer = "nomatch";
    for (const Node& pattern : patterns.items) {
        bool matches_all = pattern.text == "{}";  // at the top; below `data` it is invalid
        std::string one = answer_one(pattern.text, event, matches_all ? "" : wrap);
        if (one != "nomatch") answer = one;
        if (one != "nomatch" && one != "match") break;
    }
    return answer;
}

struct Tally {
    int ran = 0;
    int later = 0;
    int agreed = 0;
    std::set<std::string> deviating;
};

template <class Check>
Tally run_file(const std::string& name, Check check) {
    const char* folder = std::getenv("OUTFLOW_CASES");
    std::string path = (folder != nullptr ? std::string(folder) : std::string(OUTFLOW_SOURCE_DIR "/../shared/cases")) + "/" + name;
    std::ifstream file(path);
    EXPECT_TRUE(file.good()) << "No " << path << "; set OUTFLOW_CASES to the folder with the rows.";
    Tally tally;
    for (std::string line; std::getline(file, line);) {
        auto row = parse_document(line);
        if (!row) {
            ADD_FAILURE() << line;
            continue;
        }
        auto [answer, expected] = check(row->root);
        if (answer == "later") {
            ++tally.later;
            continue;
        }
        ++tally.ran;
        if (answer == expected) {
            ++tally.agreed;
        } else {
            tally.deviating.insert(row->root.find("id")->text + "=" + answer);
        }
    }
    std::printf("%s: %d rows ran, %d agree, %d need a later version\n", name.c_str(), tally.ran, tally.agreed, tally.later);
    return tally;
}

using Ids = std::set<std::string>;

// Rules of ours: numbers compare by value, exactly.
const Ids open_source_deviations = {"aliT-0038=match", "aliT-0045=nomatch"};

// Fields below one array that match in different elements: array-consistent matching comes with the full language.
const Ids event_ruler_deviations = {
    "awsC-0112=nomatch", "awsC-0151=match", "awsC-0152=match", "awsC-0157=match", "awsC-0498=match",
    "awsC-0499=match", "awsC-0833=match", "awsC-0834=match", "awsC-0835=match", "awsC-0881=match",
    "awsC-0887=match", "awsC-0892=match", "awsC-0893=match", "awsC-0904=match", "awsC-0906=match",
    "awsC-0919=match", "awsC-0922=match", "awsC-0931=match", "awsC-0828=nomatch",
};

// anything-but takes null, numeric its terms in any order: validity is the union of both engines.
const Ids hosted_deviations = {"awsH-033=match", "awsH-036=nomatch", "awsH-096=match"};
const Ids open_source_validity_deviations = {"aliV-0013=valid", "aliV-0014=valid", "aliV-0034=valid", "aliV-0050=valid",
                                             "aliV-0053=valid"};
const Ids event_ruler_validity_deviations = {"awsV-0223=valid", "awsV-0325=valid", "awsV-0326=valid", "awsV-0327=valid"};

const Ids probe_deviations = {
    // `contains`, documented by the hosted product, known to neither engine
    "probe-0738=nomatch", "probe-0744=match", "probe-0747=nomatch", "probe-0753=nomatch",
    "probe-0757=nomatch", "probe-0762=nomatch", "probe-0763=nomatch", "probe-0765=match",
    "probe-0768=nomatch", "probe-0769=match", "probe-0770=nomatch", "probe-0772=nomatch",
    "probe-0773=nomatch", "probe-0778=nomatch",
    // two operators in one condition object
    "probe-2707=nomatch", "probe-2708=nomatch", "probe-2709=match", "probe-2712=match", "probe-2713=nomatch",
    "probe-2714=nomatch", "probe-2716=nomatch", "probe-2720=nomatch", "probe-2727=match",
    "probe-2729=nomatch", "probe-2734=nomatch", "probe-2738=nomatch", "probe-2741=nomatch",
    "probe-2745=nomatch",
    // bounds with more digits than a double holds
    "probe-4057=nomatch", "probe-4059=nomatch", "probe-4061=nomatch", "probe-4065=nomatch",
    "probe-4071=match", "probe-4073=nomatch", "probe-4075=nomatch", "probe-4085=nomatch",
    "probe-4093=nomatch", "probe-4101=nomatch",
    // valid in the open-source engine only, which compares without types and gives up on mixed arrays
    "probe-1220=match", "probe-1248=match", "probe-1257=match", "probe-1261=match", "probe-1281=nomatch",
    // array-consistent matching; a repeated name
    "probe-3176=match", "probe-3550=nomatch",
};

void expect_tally(const Tally& tally, int ran, const Ids& deviating) {
    EXPECT_EQ(tally.ran, ran);
    EXPECT_EQ(tally.deviating, deviating);
}

using Pair = std::pair<std::string, std::string>;

TEST(cases, the_open_source_engine_and_we_agree) {
    Tally tally = run_file("rocketmq_eventbridge_tests.jsonl", [](const Node& row) {
        std::string expected = row.find("expected")->text == "true" ? "match" : "nomatch";
        return Pair{answer_any(*row.find("patterns"), row.find("event")->text, "data/body"), expected};
    });
    expect_tally(tally, 45, open_source_deviations);
}

TEST(cases, event_ruler_and_we_agree) {
    Tally tally = run_file("aws_event_ruler_core.jsonl", [](const Node& row) {
        std::string expected = row.find("expected")->text == "true" ? "match" : "nomatch";
        return Pair{answer_any(*row.find("patterns"), row.find("event")->text, "data/body"), expected};
    });
    expect_tally(tally, 590, event_ruler_deviations);
}

TEST(cases, hosted_aws_and_we_agree) {
    Tally tally = run_file("aws_hosted_localstack.jsonl", [](const Node& row) {
        return Pair{answer_any(*row.find("patterns"), row.find("event")->text, "data/body"), row.find("outcome")->text};
    });
    expect_tally(tally, 103, hosted_deviations);
}

TEST(cases, where_both_engines_answer_alike_so_do_we) {
    Tally tally = run_file("probes.jsonl", [](const Node& row) {
        std::string ali = row.find("ali")->text;
        std::string aws = row.find("aws")->text;
        std::string answer = answer_any(*row.find("patterns"), row.find("event")->text, "data/body");
        std::string expected = ali == aws || aws != "invalid" ? aws : ali;  // validity is the union
        if (row.find("aws_quirk") != nullptr) answer = "later";
        return Pair{answer, expected};
    });
    expect_tally(tally, 1261, probe_deviations);
}

TEST(cases, validity_is_as_in_the_open_source_engine) {
    Tally tally = run_file("rocketmq_eventbridge_validity.jsonl", [](const Node& row) {
        std::string expected = row.find("valid")->text == "true" ? "valid" : "invalid";
        return Pair{answer_one(row.find("pattern")->text, "", ""), expected};
    });
    expect_tally(tally, 48, open_source_validity_deviations);
}

TEST(cases, validity_is_as_in_event_ruler) {
    Tally tally = run_file("aws_event_ruler_validity.jsonl", [](const Node& row) {
        std::string expected = row.find("valid")->text == "true" ? "valid" : "invalid";
        return Pair{answer_one(row.find("pattern")->text, "", "data"), expected};
    });
    expect_tally(tally, 551, event_ruler_validity_deviations);
}

}  // namespace
}  // namespace outflow::pattern

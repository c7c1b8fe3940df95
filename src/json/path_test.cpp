#include "json/path.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "json/document.h"
#include "json/walker.h"

namespace outflow::json {
namespace {

struct Row {
    std::string_view text;
    std::string_view normalised;  // or the end of the error
};

constexpr Row good_rows[] = {
    {"$", "$"},
    {"$.data.body", "$['data']['body']"},
    {"$.data.c-count", "$['data']['c-count']"},
    {"$['a b'][\"c'd\"]", R"($['a b']['c\'d'])"},
    {R"($["a\"b"])", R"($['a"b'])"},
    {R"($['\u00e9\n\\'])", R"($['é\n\\'])"},
    {R"($['\ud83d\ude00'])", "$['😀']"},
    {"$.a[0][-1]", "$['a'][0][-1]"},
    {"$ .a [ 'b' ] [ 1 ]", "$['a']['b'][1]"},
    {"$.é._x1", "$['é']['_x1']"},
    {"$['']", "$['']"},
};

constexpr Row bad_rows[] = {
    {"", "character 1: a path starts with `$`."},
    {"data", "character 1: a path starts with `$`."},
    {"$.", "character 3: a name behind `.` starts with a letter or `_`; write other names as ['name']."},
    {"$.1a", "character 3: a name behind `.` starts with a letter or `_`; write other names as ['name']."},
    {"$.a ", "character 4: spaces at the end."},
    {"$a", "character 2: expected `.` or `[`."},
    {"$['a'", "character 6: expected `]`."},
    {"$['a", "character 5: the quote is not closed."},
    {"$[01]", "character 5: an index has no leading zeros."},
    {"$[-0]", "character 5: an index has no leading zeros."},
    {"$[9007199254740992]", "character 19: the index is too large."},
    {R"($['\x'])", "character 4: an unknown escape."},
    {R"($['\ud800'])", "character 4: a surrogate without its pair."},
    {"$[a]", "character 3: expected a name in quotes or an index."},
    {"$..a", "character 3: only definite paths (names and indices) are supported yet, not `..`."},
    {"$.*", "character 3: only definite paths (names and indices) are supported yet, not `*`."},
    {"$.a[*]", "character 5: only definite paths (names and indices) are supported yet, not `*`."},
    {"$[0,1]", "character 4: only definite paths (names and indices) are supported yet, not several selectors."},
    {"$[0:1]", "character 4: only definite paths (names and indices) are supported yet, not slices."},
    {"$[?@.a]", "character 3: only definite paths (names and indices) are supported yet, not filters."},
};

TEST(path, definite_paths_are_parsed) {
    for (const Row& row : good_rows) {
        auto path = parse_path(row.text);
        ASSERT_TRUE(path.has_value()) << row.text << path.error().context;
        EXPECT_EQ(render_path(*path), row.normalised);
        EXPECT_EQ(parse_path(render_path(*path)), *path);
    }
}

TEST(path, faults_have_their_place) {
    for (const Row& row : bad_rows) {
        auto path = parse_path(row.text);
        ASSERT_FALSE(path.has_value()) << row.text;
        EXPECT_EQ(path.error().code, ErrorCode::jsonpath_invalid);
        EXPECT_TRUE(path.error().context.ends_with(row.normalised)) << path.error().context;
    }
}

std::string read_cases(const std::string& name) {
    const char* folder = std::getenv("OUTFLOW_CASES");
    std::ifstream file((folder != nullptr ? folder : OUTFLOW_SOURCE_DIR "/../shared/cases") + ("/" + name));
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string as_text(const Node& node) {
    std::string text;
    append_json(text, node);
    return text;
}

// The compliance suite: its definite queries give what it says, its invalid ones are refused; the rest is for later.
TEST(path, agrees_with_the_compliance_suite_where_it_goes) {
    auto suite = parse_document(read_cases("cts.json"));
    ASSERT_TRUE(suite.has_value()) << "set OUTFLOW_CASES: " << suite.error().context;
    int definite = 0;
    int later = 0;
    int refused = 0;
    int lenient = 0;
    Walker walker;
    for (const Node& row : suite->root.find("tests")->items) {
        const std::string& selector = row.find("selector")->text;
        auto path = parse_path(selector);
        if (row.find("invalid_selector") != nullptr) {
            (path ? lenient : refused) += 1;
            continue;
        }
        if (!path) {
            EXPECT_NE(path.error().context.find("only definite"), std::string::npos) << selector << path.error().context;
            ++later;
            continue;
        }
        ++definite;
        PathSet paths;
        paths.add_value(*path);
        std::string document = as_text(*row.find("document"));
        Value value;
        ASSERT_TRUE(walker.open(document).has_value());
        ASSERT_TRUE(walker.walk(paths, {&value, 1}, {}).has_value());
        std::string found = "[";
        append_json(found, value);
        found += "]";
        EXPECT_EQ(as_text(parse_document(found)->root), as_text(*row.find("result"))) << row.find("name")->text;
    }
    std::printf("cts.json: %d definite, %d for later, %d refused, %d lenient\n", definite, later, refused, lenient);
    EXPECT_EQ(definite + later + refused + lenient, 703);
    EXPECT_EQ(definite, 79);
    EXPECT_EQ(lenient, 0);
}

}  // namespace
}  // namespace outflow::json

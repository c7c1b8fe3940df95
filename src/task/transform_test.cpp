#include "task/load_rig.h"

namespace outflow::task {
namespace {

std::string with_split(std::string_view fields) {
    return with_task(fmt::format("transform: [ {{ split: {{ {} }} }} ]", fields));
}

TEST(transform, every_diagnostic_of_a_split_has_its_place) {
    check_diagnostics({
        {"no path", with_split(""), 12, "tasks.press.transform[0].split.path", "missing"},
        {"unknown field", with_split("path: $.data.body.a, paht: x"), 12, "tasks.press.transform[0].split.paht",
         "unknown field|did you mean `path`?"},
        {"no map", with_task("transform: [ { split: $.data.body.a } ]"), 12, "tasks.press.transform[0].split",
         "expected a map, found the text"},
        {"no JSONPath", with_split("path: data.body.a"), 12, "tasks.press.transform[0].split.path", "$"},
        {"several places", with_split("path: \"$.data.body[*].a\""), 12, "tasks.press.transform[0].split.path",
         "leads to one array|one split after the other"},
        {"several places in the text", with_split("path: $.data.body.s, json: $..a"), 12,
         "tasks.press.transform[0].split.json", "leads to one array"},
        {"nowhere", with_split("path: $.data.bdy.items"), 12, "tasks.press.transform[0].split.path",
         "`data` has no `bdy`|Did you mean `$.data.body.items`?"},
        {"no array", with_split("path: $.data.topic"), 12, "tasks.press.transform[0].split.path",
         "Only an array can be split|a text"},
        {"empty stage", with_task("transform: [ {} ]"), 12, "tasks.press.transform[0]", "the stage is empty"},
    });
}

TEST(transform, diagnostics_of_stages_filter_and_fields_are_reported_together) {
    const std::string text = with_sink("keys: $.data.bdy");
    const std::size_t at = text.find("    property:");
    const Loaded loaded = load_text(
        "t.yaml", std::string(text).insert(
                      at, "    filter: { data: { body: { a: 1 } } }\n"
                          "    transform: [ { split: { path: $.data.topic } }, { split: { path: \"$[\" } } ]\n"));
    EXPECT_EQ(count_errors(loaded.diagnostics), 3U) << all_lines(loaded);
    EXPECT_EQ(loaded.diagnostics.size(), 4U) << all_lines(loaded);
}

TEST(transform, a_task_has_few_stages) {
    std::string stages;
    for (int i = 0; i < 17; ++i) stages += fmt::format("{}{{ split: {{ path: $.data.body }} }}", i == 0 ? "" : ", ");
    check_diagnostics(
        {{"17", with_task("transform: [ " + stages + " ]"), 12, "tasks.press.transform", "at most 16 stages"}});
}

}  // namespace
}  // namespace outflow::task

#include "json/conformance_rig.h"

namespace outflow::json {
namespace {

TEST(Conformance, a_missing_file_says_what_it_would_show_and_how_to_get_it) {
    const ConformanceFile file("/nowhere", "cts.json");
    EXPECT_TRUE(file.is_missing());
    EXPECT_EQ(file.reason(), "There is no /nowhere/cts.json, which would show that JSONPath is that of RFC 9535; "
                             "docs/conformance.md says how to get it.");
}

TEST(Conformance, every_file_is_documented) {
    const ConformanceFile document(OUTFLOW_SOURCE_DIR "/docs", "conformance.md");
    for (const ConformanceEntry& each : conformance_files) {
        const std::string cell = "| `" + std::string(each.file) + "` |";
        EXPECT_NE(document.text().find(cell), std::string::npos) << each.file;
    }
}

}  // namespace
}  // namespace outflow::json

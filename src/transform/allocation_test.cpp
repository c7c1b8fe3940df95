// Events cost no allocation once everything is warm. For one file of the test program, as it counts for all of it.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <new>

#include "base/workload.h"
#include "transform/program.h"

#ifdef __SANITIZE_ADDRESS__
// Of sanitizer/allocator_interface.h, which g++ does not bring.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void*, std::size_t),
                                                         void (*on_free)(const volatile void*));
#endif

namespace outflow::transform {
namespace {

std::uint64_t allocations = 0;

// The sanitizer replaces operator new itself, but tells of every allocation.
void start_counting() {
#ifdef __SANITIZE_ADDRESS__
    static int installed = __sanitizer_install_malloc_and_free_hooks(
        [](const volatile void*, std::size_t) { ++allocations; }, [](const volatile void*) {});
    ASSERT_NE(installed, 0);
#endif
    allocations = 0;
}

// Of 10,000 events, after as many for a start. As the pipeline does it, but that each event is a batch of its own.
std::uint64_t allocations_of(ProgramDefinition source, std::size_t records_expected) {
    constexpr std::size_t events = 10'000;
    std::vector<Diagnostic> diagnostics;
    auto program = Program::compile(std::move(source), diagnostics);
    EXPECT_TRUE(diagnostics.empty()) << (diagnostics.empty() ? "" : diagnostics[0].message);
    Telemetry telemetry(1'000);
    const event::Property user[] = {{"plant", "[0,\"hz-1\"]"}, {"KEYS", "k1"}, {"plant", "hz-2"}};
    const event::MessageProperties properties{{}, {}, {}, {}, {}, user, {}};
    event::Event event;
    event.topic = "factory/line3/press07";
    event.properties = &properties;
    event::Arena arena;
    Scratch scratch;
    std::vector<Record> records;
    std::size_t made = 0;
    for (int round = 0; round < 2; ++round) {
        start_counting();
        made = 0;
        for (std::size_t i = 0; i < events; ++i) {
            arena.reset();
            records.clear();
            event.payload = telemetry.message(i % telemetry.messages());
            event.number = i;
            program->run(event, arena, scratch, records);
            made += records.size();
        }
    }
    std::uint64_t counted = allocations;
    EXPECT_EQ(made, records_expected);
    return counted;
}

ProgramDefinition pass_through() {
    ProgramDefinition source;
    source.topic = Field::constant("telemetry");
    return source;
}

TEST(allocations, the_counter_counts) {
    start_counting();
    std::string text(1'000, 'x');
    EXPECT_EQ(text.size(), 1'000U);
    EXPECT_GT(allocations, 0U);
}

TEST(allocations, a_payload_passed_through_costs_none) { EXPECT_EQ(allocations_of(pass_through(), 10'000), 0U); }

TEST(allocations, filter_key_and_tag_cost_none) {
    ProgramDefinition source = pass_through();
    source.filter = json::parse_document(R"({"data":{"body":{"temperature":[{"numeric":[">",80]}]}}})")->root;
    source.keys = Field::jsonpath("$.data.body.id");
    source.tags = Field::jsonpath("$.data.body.kind");
    EXPECT_EQ(allocations_of(std::move(source), 5'020), 0U);
}

TEST(allocations, a_filter_path_costs_none) {
    ProgramDefinition source = pass_through();
    source.filter_path = "$.data[?@.temperature > 80]";
    EXPECT_EQ(allocations_of(std::move(source), 5'020), 0U);
    ProgramDefinition inside = pass_through();
    inside.filter_path = "$.data.body.pressure[?@ > 2]";
    EXPECT_EQ(allocations_of(std::move(inside), 10'000), 0U);
}

TEST(allocations, a_filter_of_the_alibaba_dialect_costs_none) {
    ProgramDefinition source = pass_through();
    source.dialect = pattern::Dialect::alibaba;
    constexpr std::string_view filter = R"({"source":["acs:mqtt"],"data":{"body":{)"
                                        R"("temperature":[{"numeric":[">",80]}],"pressure[1]":[2.5]}}})";
    source.filter = json::parse_document(filter)->root;
    EXPECT_EQ(allocations_of(std::move(source), 5'020), 0U);
}

TEST(allocations, a_template_costs_none) {
    ProgramDefinition source = pass_through();
    source.body = Field::of_template(
        R"({"id":"${id}","t":${t},"site":${site},"topic":"${topic}","EB_SYS_EMBED_OBJECT":"${site}",)"
        R"("note":"${none:-none}","plant":${plant}})",
        R"({"id":"$.data.body.id","t":"$.data.body.temperature","site":"$.data.body.site","topic":"$.data.topic",)"
        R"("none":"$.data.body.none","plant":"$.data.userProperties.plant"})");
    source.keys = Field::of_template("${kind}-${id}", R"({"kind":"$.data.body.kind","id":"$.id"})");
    source.properties =
        Field::of_template(R"({"EB_SYS_EMBED_OBJECT":"${user}","line":${line},"props":${props}})",
                           R"({"line":"$.data.body.site.line","user":"$.data.userProperties","props":"$.data.props"})");
    EXPECT_EQ(allocations_of(std::move(source), 10'000), 0U);
}

TEST(allocations, the_whole_event_costs_none) {
    ProgramDefinition source = pass_through();
    source.body = Field::original();
    EXPECT_EQ(allocations_of(std::move(source), 10'000), 0U);
    ProgramDefinition other = pass_through();
    other.body = Field::jsonpath("$.data");
    EXPECT_EQ(allocations_of(std::move(other), 10'000), 0U);
}

TEST(allocations, paths_to_several_places_cost_none) {
    ProgramDefinition source = pass_through();
    source.body = Field::jsonpath("$.data.body.pressure[?@ > 2]");
    source.keys = Field::jsonpath("$.data.body.site['plant','line']");
    source.tags = Field::jsonpath("$..cell");
    source.properties = Field::jsonpath("$.data.props.userProperties[?@.value == 'k1']");
    EXPECT_EQ(allocations_of(std::move(source), 10'000), 0U);
}

TEST(allocations, names_texts_with_json_and_lists_of_paths_cost_none) {
    ProgramDefinition source = pass_through();
    source.body =
        Field::of_template(R"({"${id}":1,"${kind}":{"EB_SYS_EMBED_OBJECT":"${site}","${none:=x}":0},"u":"${u}"})",
                           R"({"id":"$.data.body.id","kind":"$.data.body.kind","site":"$.data.body.site",)"
                           R"("none":"$.data.body.none",)"
                           R"("u":{"path":"$.data.props.userProperties[*].value","json":"$[1]","take":"first"}})");
    source.keys = Field::of_paths({{"$.data.body.id", {}, false}, {"$.data.props.levels[-1]", {}, false}});
    source.tags = Field::of_paths({{"$.data.body.pressure[*]", {}, true}});
    EXPECT_EQ(allocations_of(std::move(source), 10'000), 0U);
}

}  // namespace

// Nothing for counting where the sanitizer counts.
#ifndef __SANITIZE_ADDRESS__
void count_allocation() { ++allocations; }
#endif

}  // namespace outflow::transform

#ifndef __SANITIZE_ADDRESS__
void* operator new(std::size_t size) {
    outflow::transform::count_allocation();
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif

// The first byte chooses a set of paths and what the sink answers, the rest is the payload.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "json/document.h"
#include "json/elements.h"
#include "json/token_index.h"
#include "json/walker.h"

using namespace outflow::json;

namespace {

void read_all(const Value& container, int depth) {
    std::string scratch;
    ElementReader reader(container);
    Value name, value;
    while (container.kind == Kind::object ? reader.next(name, value) : reader.next(value)) {
        if (value.kind == Kind::string) (void)string_text(value, scratch);
        if (depth < 200) read_all(value, depth + 1);
    }
}

// What both kernels find, they find alike.
void compare_kernels(std::string_view text) {
    static TokenIndex portable(ScanKernel::portable);
    static TokenIndex best(best_scan_kernel());
    if (!portable.open(text) || !best.open(text)) return;
    while (!portable.is_complete() || !best.is_complete()) {
        portable.grow();
        best.grow();
        const std::size_t ready = portable.ready();
        if (ready != best.ready() || portable.fault() != best.fault()) std::abort();
        if (!std::equal(portable.offsets(), portable.offsets() + ready, best.offsets())) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    static Walker walker;
    std::string_view text(reinterpret_cast<const char*>(bytes + 1), size - 1);
    compare_kernels(text);
    PathSet paths;
    if ((bytes[0] & 1) != 0) paths.add_value({Step::of_name("a")});
    if ((bytes[0] & 2) != 0) paths.add_value({Step::of_name("a"), Step::of_index(-1), Step::of_name("b")});
    if ((bytes[0] & 4) != 0) paths.add_value({Step::of_index(0)});
    if ((bytes[0] & 8) != 0) paths.add_value({});
    const std::string names[] = {"a", "b"};
    if ((bytes[0] & 16) != 0) paths.add_leaf(names);
    if ((bytes[0] & 32) != 0) paths.add_leaf({});
    if (!walker.open(text)) {
        if (parse_document(text)) std::abort();
        return 0;
    }
    std::vector<Value> values(paths.values());
    static constexpr LeafAnswer answers[] = {LeafAnswer::more, LeafAnswer::next_array, LeafAnswer::values,
                                             LeafAnswer::nothing};
    LeafAnswer answer = answers[bytes[0] >> 6];
    LeafSink sink{&answer,
                  [](void* context, std::size_t, const Value& value) {
                      std::string scratch;
                      (void)string_text(value, scratch);
                      const auto answered = *static_cast<LeafAnswer*>(context);
                      return answered == LeafAnswer::next_array ? LeafAnswer::next_element : answered;
                  },
                  [](void* context, ArrayPart, LeafRange) { return *static_cast<LeafAnswer*>(context); }};
    bool walked = walker.walk(paths, values, sink).has_value();
    bool good = walker.check(RepeatedNames::allowed).has_value();
    (void)walker.check(RepeatedNames::refused);
    if (good != parse_document(text).has_value() || (good && !walked)) std::abort();
    // With the whole text wanted there is no early stop.
    if ((bytes[0] & 8) != 0 && answer != LeafAnswer::nothing && walked != good) std::abort();
    if (walked) {
        for (const Value& value : values) read_all(value, 0);
    }
    return 0;
}

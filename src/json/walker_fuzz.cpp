// The first byte chooses a set of paths, the rest is the payload.
#include <cstdint>
#include <cstdlib>

#include "json/document.h"
#include "json/elements.h"
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    static Walker walker;
    std::string_view text(reinterpret_cast<const char*>(bytes + 1), size - 1);
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
    std::size_t leaves = 0;
    LeafSink sink{&leaves, [](void* context, std::size_t, const Value& value) {
                      std::string scratch;
                      *static_cast<std::size_t*>(context) += string_text(value, scratch).size();
                      return true;
                  }, nullptr};
    bool walked = walker.walk(paths, values, sink).has_value();
    bool good = walker.check(RepeatedNames::allowed).has_value();
    (void)walker.check(RepeatedNames::refused);
    if (good != parse_document(text).has_value() || (good && !walked)) std::abort();
    if ((bytes[0] & 8) != 0 && walked != good) std::abort();  // the whole text is wanted: no early stop
    if (walked) {
        for (const Value& value : values) read_all(value, 0);
    }
    return 0;
}

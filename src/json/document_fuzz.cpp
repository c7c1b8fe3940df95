#include <cstdint>
#include <cstdlib>

#include "json/document.h"

using namespace outflow::json;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    auto document = parse_document({reinterpret_cast<const char*>(bytes), size});
    if (!document) return 0;
    std::string text;
    append_json(text, document->root);
    auto again = parse_document(text);
    std::string same;
    if (again) append_json(same, again->root);
    if (!again || same != text) std::abort();
    return 0;
}

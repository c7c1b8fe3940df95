// A text as a whole event: what is read, rendered and read again stays the same. The first byte chooses the format.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "event/parse.h"
#include "event/render.h"

using namespace outflow;

namespace {

std::string render(const event::OwnedEvent& owned) {
    json::Walker walker;
    std::string out;
    if (!event::render_event(owned.event, owned.context, walker, out).fits) std::abort();
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    event::EventContext context;
    context.format = static_cast<event::DataFormat>(bytes[0] % 3);
    if (bytes[0] % 2 == 1) context.client_id_property = "from";
    std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    auto owned = event::parse_event(text, context, 0);
    if (!owned) {
        if (owned.error().context.empty()) std::abort();
        return 0;
    }
    // An event without a body is shown with an empty one.
    if (owned->event.payload.empty() && context.format == event::DataFormat::json) return 0;
    constexpr std::int64_t year_10000 = 253'402'300'800'000;
    if (owned->event.received_ms < -62'167'219'200'000 || owned->event.received_ms >= year_10000) return 0;
    std::string first = render(*owned);
    auto again = event::parse_event(first, context, 0);
    if (!again || !again->remarks.empty()) std::abort();
    if (render(*again) != first) std::abort();
    return 0;
}

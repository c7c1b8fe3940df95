// Does each of linear_cases.h at three sizes, the work itself inside of `measured_work`: callgrind counts the
// instructions of that function (tests/linear_test.py). Prints a line for each call, in order: GROWS, SIZE and NAME,
// with tabs between.
#include <array>

#include <fmt/format.h>

#include "base/limits.h"
#include "engine/linear_cases.h"
#include "engine/payload_filter.h"

namespace outflow::bench {
namespace {

struct Measured {
    const LinearCase& work;
    PayloadFilter* filter;  // null: compile
    std::string_view payload;
    bool matches = false;

    void run() {
        std::string diagnostic;
        matches =
            filter == nullptr ? PayloadFilter::create(work.pattern, diagnostic).has_value() : filter->matches(payload);
    }
};

}  // namespace

// By this name callgrind is told what to count.
extern "C" [[gnu::noinline]] void measured_work(Measured& measured) { measured.run(); }

namespace {

bool run(const LinearKind& kind, std::size_t size) {
    LinearCase work = kind.make(size);
    std::size_t bytes = work.payload.size();
    work.payload.append(limits::chunk_padding, ' ');
    std::string_view payload = std::string_view(work.payload).substr(0, bytes);
    std::string diagnostic;
    auto filter = PayloadFilter::create(work.pattern, diagnostic);
    if (!filter) {
        fmt::print(stderr, "linear_probe: {}, {}: {}\n", kind.name, size, diagnostic);
        return false;
    }
    bool compiles = kind.grows == Grows::compiling;
    if (filter->matches(payload) != work.matches || filter->unfit() != 0) {  // buffers grow here
        fmt::print(stderr, "linear_probe: {}, {}: wrong verdict\n", kind.name, size);
        return false;
    }
    Measured measured{work, compiles ? nullptr : &*filter, payload};
    measured_work(measured);
    static constexpr std::array grows{"linear", "hardly", "compiling"};
    fmt::print("{}\t{}\t{}\n", grows.at(static_cast<std::size_t>(kind.grows)), size, kind.name);
    return measured.matches == (compiles || work.matches);
}

}  // namespace
}  // namespace outflow::bench

int main() {
    bool all_well = true;
    for (const auto& kind : outflow::bench::linear_kinds())
        for (std::size_t times : {1U, 10U, 100U}) all_well &= outflow::bench::run(kind, kind.size * times);
    return all_well ? 0 : 1;
}

#include "engine/linear_cases.h"

#include <string_view>

namespace outflow::bench {
namespace {

constexpr std::size_t first_number = 100'000;  // so that all have six digits

// `count` copies of `form` between commas, each '#' in it the copy's number.
std::string numbered(std::size_t count, std::string_view form) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        if (i != 0) out += ',';
        for (char c : form) {
            if (c == '#') {
                out += std::to_string(first_number + i);
            } else {
                out += c;
            }
        }
    }
    return out;
}

std::string object(const std::string& members) { return "{" + members + "}"; }
std::string array_at_a(const std::string& elements) { return R"({"a":[)" + elements + "]}"; }
std::string either(const std::string& branches) { return R"({"$or":[)" + branches + "]}"; }

std::string repeated(std::string_view text, std::size_t bytes) {
    std::string out;
    while (out.size() < bytes) out += text;
    return out;
}

// Conditions on one string of that size, of which none holds.
LinearCase on_string(const std::string& conditions, std::string_view text, std::size_t bytes) {
    return {R"({"text":[)" + conditions + "]}", R"({"text":")" + repeated(text, bytes) + R"("})", false};
}

// One value, and alternatives of which none holds.
LinearCase on_value(const std::string& alternatives, const std::string& value) {
    return {R"({"value":[)" + alternatives + "]}", R"({"value":)" + value + "}", false};
}

constexpr LinearKind kinds[] = {
    // Members
    {"members before the one asked for", Grows::linear, 200,
     [](std::size_t n) -> LinearCase {
         return {R"({"m_last":[1]})", object(numbered(n, R"("m#":#)") + R"(,"m_last":1)"), true};
     }},
    {"values passed over", Grows::linear, 200,
     [](std::size_t n) -> LinearCase {
         return {R"({"b":[1]})", R"({"a":[)" + numbered(n, R"({"x":[#,"b"]})") + R"(],"b":1})", true};
     }},
    {"names with dots", Grows::linear, 200,
     [](std::size_t n) -> LinearCase {
         return {R"({"a":{"m_last":[1]}})", object(numbered(n, R"("a.m#":1)") + R"(,"a.m_last":1)"), true};
     }},
    {"repeated names", Grows::linear, 200,
     [](std::size_t n) -> LinearCase {
         return {R"({"a":[1],"absent":[1]})", object(R"("a":1,)" + numbered(n, R"("a":#)")), false};
     }},
    {"fields, as many in the pattern", Grows::linear, 10,
     [](std::size_t n) -> LinearCase {
         return {object(numbered(n, R"("f#":[#])")), object(numbered(n, R"("f#":#)")), true};
     }},
    {"depth", Grows::linear, 1,
     [](std::size_t n) -> LinearCase {
         std::string open = repeated(R"({"a":)", n * 5);
         return {open + "[1]" + std::string(n, '}'), open + "1" + std::string(n, '}'), true};
     }},
    // Elements
    {"array of numbers", Grows::linear, 200,
     [](std::size_t n) -> LinearCase {
         return {R"({"a":[{"numeric":["<",0]}]})", array_at_a(numbered(n, "#.25")), false};
     }},
    {"array of strings", Grows::linear, 200,
     [](std::size_t n) -> LinearCase {
         return {R"({"a":["x","y",{"prefix":"z"},{"suffix":"z"}]})", array_at_a(numbered(n, R"("s#")")), false};
     }},
    {"array of objects, never both in one", Grows::linear, 200,
     [](std::size_t n) -> LinearCase {
         return {R"({"a":{"x":[1],"y":[1]}})", array_at_a(numbered(n, R"({"x":1,"y":0},{"x":0,"y":1})")), false};
     }},
    {"array of objects, none without the member", Grows::linear, 200,
     [](std::size_t n) -> LinearCase {
         return {R"({"a":{"x":[1],"y":[{"exists":false}]}})", array_at_a(numbered(n, R"({"x":1,"y":#})")), false};
     }},
    {"arrays in an array", Grows::linear, 200,
     [](std::size_t n) -> LinearCase {
         return {R"({"a":{"x":[1],"y":[1]}})", array_at_a(numbered(n, R"([{"x":1},{"y":1}])")), false};
     }},
    {"arrays in objects in an array", Grows::linear, 20,
     [](std::size_t n) -> LinearCase {
         return {R"({"a":{"b":{"x":[1],"y":[1]}}})",
                 array_at_a(numbered(n, R"({"b":[{"x":1},{"y":1},{"y":1},{"y":1},{"x":1}]})")), false};
     }},
    {"elements under 1,000 branches of $or", Grows::linear, 1,
     [](std::size_t n) -> LinearCase {
         return {either(numbered(1'000, R"({"a":{"x":[#],"y":[1]}})")), array_at_a(numbered(n, R"({"x":#,"y":2})")),
                 false};
     }},
    // Bytes of one value
    {"wildcard", Grows::linear, 1'000, [](std::size_t n) { return on_string(R"({"wildcard":"*a*b*c"})", "ab", n); }},
    {"wildcard *a*a*a*a*b*", Grows::linear, 1'000,
     [](std::size_t n) { return on_string(R"({"wildcard":"*a*a*a*a*b*"})", "a", n); }},
    {"wildcard with long runs", Grows::linear, 1'000,
     [](std::size_t n) { return on_string(R"({"wildcard":"*aaaaaaaaaaaaaaaab*aaaaaaaaaaab*"})", "a", n); }},
    {"contains", Grows::linear, 1'000, [](std::size_t n) { return on_string(R"({"contains":"aaab"})", "a", n); }},
    {"contains in escapes", Grows::linear, 1'000,
     [](std::size_t n) { return on_string(R"({"contains":"x"})", R"(\u00e9\")", n); }},
    {"prefix and suffix", Grows::linear, 1'000,
     [](std::size_t n) { return on_string(R"({"prefix":"b"},{"suffix":"b"})", "a", n); }},
    {"prefix as long as the string", Grows::linear, 1'000,
     [](std::size_t n) { return on_string(R"({"prefix":")" + std::string(n - 1, 'a') + R"(b"})", "a", n); }},
    {"equals-ignore-case as long as the string", Grows::linear, 1'000,
     [](std::size_t n) {
         return on_string(R"({"equals-ignore-case":")" + std::string(n - 1, 'A') + R"(b"})", "a", n);
     }},
    {"digits of a number", Grows::linear, 100,
     [](std::size_t n) {
         return on_value(R"({"numeric":["<",1e300]})", "1" + std::string(300, '0') + "." + std::string(n, '7'));
     }},
    // Alternatives of one field
    {"exact strings", Grows::hardly, 100,
     [](std::size_t n) { return on_value(numbered(n, R"("device-#")"), R"("device-999999")"); }},
    {"exact numbers", Grows::hardly, 100, [](std::size_t n) { return on_value(numbered(n, "#.5"), "100007"); }},
    {"prefixes", Grows::hardly, 100,
     [](std::size_t n) { return on_value(numbered(n, R"({"prefix":"device-#"})"), R"("device-10000 and more")"); }},
    {"suffixes", Grows::hardly, 100,
     [](std::size_t n) { return on_value(numbered(n, R"({"suffix":"#-device"})"), R"("more and 00007-device")"); }},
    {"anything-but", Grows::hardly, 100,
     [](std::size_t n) {
         return on_value(R"({"anything-but":[)" + numbered(n, R"("device-#")") + "]}", R"("device-100007")");
     }},
    // Alternatives that are looked for one by one: limits::pattern_searches_max of them
    {"texts with equals-ignore-case", Grows::linear, 10,
     [](std::size_t n) { return on_value(numbered(n, R"({"equals-ignore-case":"Device-#"})"), R"("device-999999")"); }},
    {"texts with contains", Grows::linear, 10,
     [](std::size_t n) { return on_value(numbered(n, R"({"contains":"-#"})"), R"("device-999999")"); }},
    {"wildcards", Grows::linear, 10,
     [](std::size_t n) { return on_value(numbered(n, R"({"wildcard":"dev*-#*"})"), R"("device-999999")"); }},
    // Compiling
    {"compiling exact strings", Grows::compiling, 100,
     [](std::size_t n) { return on_value(numbered(n, R"("d-#")"), "0"); }},
    {"compiling prefixes", Grows::compiling, 100,
     [](std::size_t n) { return on_value(numbered(n, R"({"prefix":"d-#"})"), "0"); }},
    {"compiling fields", Grows::compiling, 10,
     [](std::size_t n) -> LinearCase {
         return {object(numbered(n, R"("f#":[#])")), "{}", false};
     }},
    {"compiling branches of $or", Grows::compiling, 10,
     [](std::size_t n) -> LinearCase {
         return {either(numbered(n, R"({"f#":[1]})")), "{}", false};
     }},
};

}  // namespace

std::span<const LinearKind> linear_kinds() { return kinds; }

}  // namespace outflow::bench

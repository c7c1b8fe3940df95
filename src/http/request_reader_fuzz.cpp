// Requests as they come over a connection. However the bytes are split, the requests and the refusal are the same; what is
// taken has one meaning only, which is looked at with the eyes of a naive reader.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "http/request_reader.h"
#include "http/response_text.h"
#include "http/router.h"

namespace {

using namespace outflow;
using namespace outflow::http;

constexpr std::size_t header_bytes_max = 1'024;
constexpr std::uint64_t body_bytes_max = 300;

void check(const RequestHead& head) {
    const Request& request = head.request;
    OUTFLOW_ASSERT(request.body.size() <= body_bytes_max);
    OUTFLOW_ASSERT(head.is_chunked || request.body.size() == head.content_length.value_or(0));
    OUTFLOW_ASSERT(request.fields.count("Content-Length") + request.fields.count("Transfer-Encoding") <= 1);
    OUTFLOW_ASSERT(request.fields.count("Host") == 1 || (head.is_http_1_0 && !request.fields.has("Host")));
    OUTFLOW_ASSERT(request.path.starts_with('/') || request.path == "*");
    for (const Fields::Field& field : request.fields) {
        OUTFLOW_ASSERT(!field.name.empty() && field.name.find_first_of(" \t\r\n:") == std::string::npos);
        OUTFLOW_ASSERT(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    }
    // What came may be said again.
    Response response;
    for (const Fields::Field& field : request.fields) response.fields.add("X-" + field.name, field.value);
    OUTFLOW_ASSERT(is_valid(response));
}

const Router& router() {
    static const Router made = [] {
        Router with;
        with.add("GET", "/{a}");
        with.add("POST", "/a/{b}/c");
        return with;
    }();
    return made;
}

std::string text_of(const RequestHead& head) {
    check(head);
    const Request& request = head.request;
    const Router::Match match = router().find(request.method, request.path);
    std::string text =
        request.method + ' ' + request.path + '?' + request.query + '\n' + std::to_string(match.number) + match.allow;
    for (const auto& [name, value] : match.parameters) text += name + value;
    for (const Fields::Field& field : request.fields) text += field.name + ':' + field.value + '\n';
    return text + request.body + (head.keeps_alive ? "+" : "-") + (head.expects_continue ? "!" : "");
}

// `seed` says where it is split; 0: nowhere.
std::string read_all(std::string_view input, std::uint32_t seed) {
    RequestReader reader(header_bytes_max);
    std::string made;
    while (!input.empty()) {
        seed = seed * 1'664'525 + (seed == 0 ? 0 : 1'013'904'223);
        const std::size_t piece = seed == 0 ? input.size() : std::min<std::size_t>(input.size(), 1 + (seed >> 24) % 9);
        const std::size_t taken = reader.take(input.substr(0, piece));
        OUTFLOW_ASSERT(taken <= piece);
        input.remove_prefix(taken);
        if (reader.state() == RequestReader::State::header_done) reader.read_body(body_bytes_max);
        if (reader.state() == RequestReader::State::refused) {
            const Refusal& refusal = reader.refusal();
            OUTFLOW_ASSERT(refusal.status >= 400 && refusal.status <= 505 && !refusal.reason.empty());
            return made + std::to_string(refusal.status) + refusal.reason;
        }
        if (reader.state() != RequestReader::State::complete) {
            OUTFLOW_ASSERT(taken > 0);
            continue;
        }
        made += text_of(reader.head()) + '\n';
        reader.restart();
    }
    return made + (reader.has_begun() ? "more" : "");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size > 20'000) return 0;
    const std::string_view input(reinterpret_cast<const char*>(bytes), size);
    const std::string whole = read_all(input, 0);
    std::uint32_t seed = 1;
    for (const char c : input) seed = seed * 31 + static_cast<std::uint8_t>(c);
    OUTFLOW_ASSERT(read_all(input, seed | 1) == whole);
    OUTFLOW_ASSERT(read_all(input, (seed >> 3) | 1) == whole);
    return 0;
}

#include "http/response_text.h"

#include <string>

#include <gtest/gtest.h>

#include "http/event_stream.h"

namespace outflow::http {
namespace {

using Body = ResponseFraming::Body;

std::string text_of(const Response& response, const ResponseFraming& framing = {}) {
    std::string output;
    append_response(output, response, framing);
    const std::size_t date = output.find("Date: ");
    return output.erase(date, output.find("\r\n", date) + 2 - date);
}

TEST(ResponseTextTest, a_response_says_what_a_service_should) {
    EXPECT_EQ(text_of({.status = 404, .content_type = "text/plain", .body = "no\n"}),
              "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nCache-Control: no-store\r\n"
              "X-Content-Type-Options: nosniff\r\nConnection: keep-alive\r\n\r\nno\n");
    EXPECT_EQ(
        text_of(
            {.status = 200, .content_type = "", .body = "x", .fields = {{"cache-control", "max-age=9"}, {"A", "b"}}},
            {.keeps_alive = false, .is_head = true}),
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX-Content-Type-Options: nosniff\r\ncache-control: max-age=9\r\n"
        "A: b\r\nConnection: close\r\n\r\n");
}

TEST(ResponseTextTest, some_have_no_body) {
    for (const unsigned status : {204U, 304U}) {
        const std::string text = text_of({.status = status, .body = "x"});
        EXPECT_TRUE(text.ends_with("\r\n\r\n")) << text;
        EXPECT_EQ(text.find("\r\nContent-"), std::string::npos) << text;
    }
}

TEST(ResponseTextTest, pieces_are_framed_as_the_client_understands) {
    EXPECT_NE(text_of({}, {.body = Body::chunked}).find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos);
    const std::string text = text_of({}, {.body = Body::to_close, .keeps_alive = false});
    EXPECT_EQ(text.find("Transfer-Encoding"), std::string::npos);
    EXPECT_EQ(text.find("Content-Length"), std::string::npos);
    std::string chunk;
    append_chunk(chunk, std::string(26, 'x'));
    EXPECT_EQ(chunk, "1a\r\n" + std::string(26, 'x') + "\r\n");
}

TEST(ResponseTextTest, a_value_cannot_begin_another_field) {
    EXPECT_TRUE(is_valid({.fields = {{"Location", "/a\tb \xc3\xa4"}}}));
    EXPECT_FALSE(is_valid({.fields = {{"Location", "/a\r\nSet-Cookie: b"}}}));
    EXPECT_FALSE(is_valid({.fields = {{"Location", "/a\nb"}}}));
    EXPECT_FALSE(is_valid({.fields = {{"Location", std::string("a\0b", 3)}}}));
    EXPECT_FALSE(is_valid({.fields = {{"A B", "c"}}}));
    EXPECT_FALSE(is_valid({.fields = {{"", "c"}}}));
    EXPECT_FALSE(is_valid({.fields = {{"content-length", "5"}}}));
    EXPECT_FALSE(is_valid({.content_type = "text/plain\r\nA: b"}));
    EXPECT_FALSE(is_valid({.status = 100}));
}

TEST(EventStreamTest, events_are_lines) {
    EXPECT_EQ(render_event({.data = "a"}), "data: a\n\n");
    EXPECT_EQ(render_event({.data = ""}), "data: \n\n");
    EXPECT_EQ(render_event({.data = "a\nb\r\nc\rd\n"}), "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n");
    EXPECT_EQ(
        render_event({.data = "{}", .event = "moved\ndata: x", .id = "1\r2", .retry = std::chrono::milliseconds(500)}),
        "event: moveddata: x\nid: 12\nretry: 500\ndata: {}\n\n");
    EXPECT_EQ(render_comment(""), ": \n\n");
    EXPECT_EQ(render_comment("a\nb"), ": a\n: b\n\n");
}

}  // namespace
}  // namespace outflow::http

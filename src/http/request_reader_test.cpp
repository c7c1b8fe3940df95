#include "http/request_reader.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace outflow::http {
namespace {

// What a reader makes of `input`, in pieces of `piece` bytes: "POST /a hello; 400 sentence".
std::string read_all(std::string_view input, std::size_t piece, std::uint64_t body_bytes_max = 10) {
    RequestReader reader(200);
    std::string made;
    while (!input.empty()) {
        const std::string_view now = input.substr(0, piece);
        std::size_t taken = 0;
        while (taken < now.size()) {
            taken += reader.take(now.substr(taken));
            if (reader.state() == RequestReader::State::header_done) reader.read_body(body_bytes_max);
            if (reader.state() == RequestReader::State::refused)
                return made + std::to_string(reader.refusal().status) + " " + reader.refusal().reason;
            if (reader.state() != RequestReader::State::complete) continue;
            const Request& request = reader.head().request;
            made += request.method + " " + request.path + " " + request.body +
                    (reader.head().keeps_alive ? "; " : " closes; ");
            reader.restart();
        }
        input.remove_prefix(now.size());
    }
    return made + (reader.has_begun() ? "more" : "");
}

struct ReaderRow {
    std::string request;  // behind "POST /a HTTP/1.1\r\n" unless it begins with "="
    std::string_view made;
};

const std::string with_host = "Host: a\r\n";
const std::string with_chunks = "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n";

const ReaderRow reader_rows[] = {
    {with_host + "\r\n", "POST /a ; "},
    {with_host + "Content-Length: 5\r\n\r\nhello", "POST /a hello; "},
    {with_host + "Content-Length: 10\r\n\r\n0123456789=GET /b HTTP/1.1\r\nHost: b\r\n\r\n",
     "POST /a 0123456789; 400 This is"},
    {with_host + "Content-Length: 005\r\n\r\nhello", "POST /a hello; "},
    {with_host + "Content-Length: 5\r\n\r\nhell", "more"},
    {with_chunks + "5\r\nhello\r\n0\r\n\r\n", "POST /a hello; "},
    {with_chunks + "2\r\nhe\r\n003;a=b;c=\"d\"\r\nllo\r\n0;x\r\nTrailer: 1\r\nHost: evil\r\n\r\n", "POST /a hello; "},
    {with_chunks + "A\r\n0123456789\r\n0\r\n\r\n", "POST /a 0123456789; "},
    {with_chunks + "5\r\nhello\r\n0\r\n", "more"},
    {"=\r\n\r\nGET /x HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n", "GET /x  closes; "},
    {"=GET /x HTTP/1.0\r\n\r\n", "GET /x  closes; "},
    {"=GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /y HTTP/1.1\r\nHost:\r\n\r\n", "GET /x ; GET /y ; "},
    // --- the frame of the body is in doubt
    {with_host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "400 "},
    {with_host + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", "400 "},
    {with_host + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", "400 "},
    {with_host + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", "400 "},
    {with_host + "Content-Length: 5, 5\r\n\r\n", "400 "},
    {with_host + "Content-Length: +5\r\n\r\n", "400 "},
    {with_host + "Content-Length: -5\r\n\r\n", "400 "},
    {with_host + "Content-Length: 0x5\r\n\r\n", "400 "},
    {with_host + "Content-Length: 5 5\r\n\r\n", "400 "},
    {with_host + "Content-Length:\r\n\r\n", "400 "},
    {with_host + "Content-Length: 18446744073709551616\r\n\r\n", "400 "},
    {with_host + "Content-Length: 18446744073709551615\r\n\r\n", "413 "},
    {with_host + "Content-Length: 11\r\n\r\n", "413 "},
    {with_host + "Transfer-Encoding: chunked, identity\r\n\r\n", "400 "},
    {with_host + "Transfer-Encoding: identity, chunked\r\n\r\n", "400 "},
    {with_host + "Transfer-Encoding: gzip, chunked\r\n\r\n", "400 "},
    {with_host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "400 "},
    {with_host + "Transfer-Encoding: xchunked\r\n\r\n", "400 "},
    {with_host + "Transfer-Encoding: \"chunked\"\r\n\r\n", "400 "},
    {with_host + "Transfer-Encoding: chunked;q=1\r\n\r\n", "400 "},
    {with_host + "Transfer-Encoding: ,chunked\r\n\r\n", "400 "},
    {with_host + "Transfer-Encoding:\r\n\r\n", "400 "},
    {with_host + "Transfer-Encoding: \x0b"
                 "chunked\r\n\r\n",
     "400 "},
    {with_host + "Transfer-Encoding : chunked\r\n\r\n", "400 "},
    {with_host + " Transfer-Encoding: chunked\r\n\r\n", "400 "},
    {with_host + "X: y\r\n Transfer-Encoding: chunked\r\n\r\n", "400 "},
    {with_host + "Transfer_Encoding: chunked\r\nX\rY: z\r\n\r\n", "400 "},
    {"=POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "400 "},
    // --- lines
    {with_host + "X: y\nZ: z\r\n\r\n", "400 "},
    {with_host + "X: y\r\n\n", "400 "},
    {with_host + "X: y\rZ: z\r\n\r\n", "400 "},
    {with_host + std::string("X: \0\r\n\r\n", 8), "400 "},
    {with_host + "X: y\r\n\tz\r\n\r\n", "400 "},
    {with_host + "X\r\n\r\n", "400 "},
    {with_host + ": y\r\n\r\n", "400 "},
    {with_host + "X y: z\r\n\r\n", "400 "},
    {with_host + "X: \x7f\r\n\r\n", "400 "},
    {"=POST /a HTTP/1.1\nHost: a\r\n\r\n", "400 "},
    {"=POST  /a HTTP/1.1\r\nHost: a\r\n\r\n", "400 "},
    {"=POST /a  HTTP/1.1\r\nHost: a\r\n\r\n", "400 "},
    {"= POST /a HTTP/1.1\r\nHost: a\r\n\r\n", "400 "},
    {"=POST /a HTTP/1.1 \r\nHost: a\r\n\r\n", "400 "},
    {"=POST /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", "400 "},
    {"=POST /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", "400 "},
    {"=P(ST /a HTTP/1.1\r\nHost: a\r\n\r\n", "400 "},
    {"=POST /a#b HTTP/1.1\r\nHost: a\r\n\r\n", "400 "},
    {"=POST /a\r\nHost: a\r\n\r\n", "400 "},
    {"=POST /a http/1.1\r\nHost: a\r\n\r\n", "400 "},
    {"=POST /a HTTP/2.0\r\nHost: a\r\n\r\n", "505 "},
    {"=POST /a HTTP/1.2\r\nHost: a\r\n\r\n", "505 "},
    {"=CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "400 "},
    {"=GET * HTTP/1.1\r\nHost: a\r\n\r\n", "400 "},
    {"=\x16\x03\x01", "400 "},
    {std::string(200, 'x'), "431 "},
    {"=" + std::string(201, '\r'), "400 "},
    // --- Host, Expect
    {"\r\n", "400 "},
    {with_host + with_host + "\r\n", "400 "},
    {with_host + "host: a\r\n\r\n", "400 "},
    {"Host: a b\r\n\r\n", "400 "},
    {"Host: a/b\r\n\r\n", "400 "},
    {"Host: me@a\r\n\r\n", "400 "},
    {"=GET http://me@b/ HTTP/1.1\r\nHost: a\r\n\r\n", "400 "},
    {with_host + "Expect: 200-ok\r\n\r\n", "417 "},
    {with_host + "Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n", "417 "},
    // --- chunks
    {with_chunks + "\r\n", "400 "},
    {with_chunks + "-5\r\n", "400 "},
    {with_chunks + "+5\r\n", "400 "},
    {with_chunks + "0x5\r\n", "400 "},
    {with_chunks + " 5\r\n", "400 "},
    {with_chunks + "5 \r\n", "400 "},
    {with_chunks + "5\n", "400 "},
    {with_chunks + "5\rx", "400 "},
    {with_chunks + "g\r\n", "400 "},
    {with_chunks + ";x\r\n", "400 "},
    {with_chunks + "5;\x01\r\n", "400 "},
    {with_chunks + "5;a\nb\r\n", "400 "},
    {with_chunks + "5\r\nhellox", "400 "},
    {with_chunks + "5\r\nhello\n", "400 "},
    {with_chunks + "5\r\nhello\rx", "400 "},
    {with_chunks + "5\r\nhello0\r\n\r\n", "400 "},
    {with_chunks + "10000000000000005\r\n", "400 "},
    {with_chunks + "ffffffffffffffff\r\n", "413 "},
    {with_chunks + "b\r\n", "413 "},
    {with_chunks + "5\r\nhello\r\n6\r\n", "413 "},
    {with_chunks + "5\r\nhello\r\nffffffffffffffff\r\n", "413 "},
    {with_chunks + "0\r\nX y: z\r\n\r\n", "400 "},
    {with_chunks + "0\r\nX: y\n\r\n", "400 "},
    {with_chunks + "0\r\n X: y\r\n\r\n", "400 "},
    {with_chunks + "0\r\n\n", "400 "},
    {with_chunks + "0\r\nX: " + std::string(9'000, 'y'), "400 "},
    {with_chunks + "1;" + std::string(17'000, 'y'), "400 "},
};

TEST(RequestReaderTest, requests_are_read_or_refused_however_they_are_split) {
    for (const ReaderRow& row : reader_rows) {
        const std::string input =
            row.request.starts_with("=") ? row.request.substr(1) : "POST /a HTTP/1.1\r\n" + row.request;
        const std::string made = read_all(input, input.size());
        EXPECT_TRUE(made.starts_with(row.made)) << input << "\n" << made;
        const std::size_t most = input.size() > 1'000 ? 3 : input.size();
        for (std::size_t piece = 1; piece < most; ++piece) ASSERT_EQ(read_all(input, piece), made) << input << piece;
    }
}

TEST(RequestReaderTest, a_body_is_refused_where_none_is_read) {
    EXPECT_TRUE(
        read_all("POST /a HTTP/1.1\r\n" + with_host + "Content-Length: 1\r\n\r\n", 1'000, 0).starts_with("413 "));
    EXPECT_TRUE(read_all("POST /a HTTP/1.1\r\n" + with_chunks, 1'000, 0).starts_with("413 "));
    EXPECT_EQ(read_all("POST /a HTTP/1.1\r\n" + with_host + "Content-Length: 0\r\n\r\n", 1'000, 0), "POST /a ; ");
}

TEST(RequestReaderTest, the_authority_of_the_target_goes_before_the_host) {
    RequestReader reader(200);
    reader.take("HEAD http://b:1/c?d HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n");
    ASSERT_EQ(reader.state(), RequestReader::State::header_done);
    const Request& request = reader.head().request;
    EXPECT_EQ(request.field("Host"), "b:1");
    EXPECT_EQ(request.path, "/c");
    EXPECT_EQ(request.query, "d");
    EXPECT_EQ(request.method, "GET");
    EXPECT_TRUE(request.is_head);
    EXPECT_EQ(request.field("x"), "y");
}

}  // namespace
}  // namespace outflow::http

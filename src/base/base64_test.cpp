#include "base/base64.h"

#include <gtest/gtest.h>

namespace outflow {
namespace {

struct Row {
    std::string_view bytes;
    std::string_view text;
};

// RFC 4648, section 10.
constexpr Row rows[] = {{"", ""},
                        {"f", "Zg=="},
                        {"fo", "Zm8="},
                        {"foo", "Zm9v"},
                        {"foob", "Zm9vYg=="},
                        {"fooba", "Zm9vYmE="},
                        {"foobar", "Zm9vYmFy"}};

TEST(base64, encodes_and_decodes_the_vectors_of_the_rfc) {
    for (const Row& row : rows) {
        EXPECT_EQ(encode_base64(row.bytes), row.text);
        EXPECT_EQ(decode_base64(row.text), row.bytes);
    }
}

TEST(base64, all_byte_values_survive) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        EXPECT_EQ(decode_base64(encode_base64(bytes.substr(0, size))), bytes.substr(0, size));
    }
}

TEST(base64, refuses_what_is_not_canonical) {
    for (std::string_view text : {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm 9", "Zm-_", "=", "====", "Zg==Zg=="}) {
        EXPECT_FALSE(decode_base64(text).has_value()) << text;
    }
}

}  // namespace
}  // namespace outflow

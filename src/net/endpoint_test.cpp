#include "net/endpoint.h"

#include <gtest/gtest.h>

namespace outflow::net {
namespace {

TEST(Loopback, is_an_address_of_this_machine_and_no_name_that_looks_like_one) {
    for (const char* host : {"localhost", "127.0.0.1", "127.8.9.10", "127.1", "::1", "0:0:0:0:0:0:0:1"})
        EXPECT_TRUE(is_loopback(host)) << host;
    for (const char* host : {"", "127.example", "127.0.0.1.example", "127.0.0.256", "128.0.0.1", "0.0.0.0", "::", "::2",
                             "localhost.example"})
        EXPECT_FALSE(is_loopback(host)) << host;
}

}  // namespace
}  // namespace outflow::net

#include "app/server_options.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace outflow::app {
namespace {

TEST(ServerOptions, what_may_be_named_has_a_list_for_reading_and_one_for_writing) {
    const auto options = read_server_options({}, {{"allow.files", "/a/*,/b"}, {"allow.dead_letter_files", "/c/*"}});
    ASSERT_TRUE(options) << options.error().context;
    EXPECT_EQ(options->allow.files, (std::vector<std::string>{"/a/*", "/b"}));
    EXPECT_EQ(options->allow.dead_letter_files, std::vector<std::string>{"/c/*"});
    EXPECT_NE(render_server_options(*options).find("  dead_letter_files: [\"/c/*\"]\n"), std::string::npos);
}

TEST(ServerOptions, its_own_files_may_never_be_named) {
    ServerOptions options;
    options.data = "/var/lib/outflow";
    EXPECT_EQ(allowed_by(options).own, std::vector<std::string>{"/var/lib/outflow"});
    options.tls_key_file = "/etc/outflow/server.key";
    EXPECT_EQ(allowed_by(options).own, (std::vector<std::string>{"/var/lib/outflow", "/etc/outflow/server.key"}));
}

}  // namespace
}  // namespace outflow::app

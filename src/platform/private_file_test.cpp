#include "platform/private_file.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/file.h"

namespace outflow::platform {
namespace {

TEST(PrivateFileTest, rights_of_others_are_seen_and_taken_away) {
    std::string folder = "/tmp/outflow_private_XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    const std::string path = folder + "/a";
    ASSERT_TRUE(write_file_atomically(path, "x"));
    EXPECT_TRUE(*is_private(path));
    for (const mode_t mode : {0640U, 0604U, 0620U, 0601U}) {
        ASSERT_EQ(::chmod(path.c_str(), mode), 0);
        EXPECT_FALSE(*is_private(path)) << mode;
        EXPECT_TRUE(make_private(path));
        EXPECT_TRUE(*is_private(path)) << mode;
    }
    EXPECT_EQ(is_private(folder + "/b").error().context,
              "read the rights of " + folder + "/b: No such file or directory");
    EXPECT_FALSE(make_private(folder + "/b"));
    std::filesystem::remove_all(folder);
}

TEST(PrivateFileTest, a_file_gets_its_name) {
    std::string folder = "/tmp/outflow_private_XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    ASSERT_TRUE(write_file_atomically(folder + "/a", "whole"));
    EXPECT_TRUE(publish_file(folder + "/a", folder + "/b"));
    EXPECT_FALSE(exists(folder + "/a"));
    EXPECT_EQ(*read_file(folder + "/b", 10), "whole");
    EXPECT_FALSE(publish_file(folder + "/b", folder + "/none/c"));
    EXPECT_TRUE(exists(folder + "/b"));
    std::filesystem::remove_all(folder);
}

TEST(RealPath, follows_links_and_takes_what_is_not_there_as_it_is) {
    const std::string folder = real_path(testing::TempDir()) + "/outflow_real_path_" + std::to_string(::getpid());
    ASSERT_TRUE(make_folders(folder + "/data"));
    ASSERT_EQ(::symlink("data", (folder + "/link").c_str()), 0);
    EXPECT_EQ(real_path(folder + "/link/new.db"), folder + "/data/new.db");
    EXPECT_EQ(real_path(folder + "/no/such"), folder + "/no/such");
    EXPECT_EQ(real_path(folder + "/data/"), folder + "/data");
    EXPECT_TRUE(real_path("relative").ends_with("/relative"));
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace outflow::platform

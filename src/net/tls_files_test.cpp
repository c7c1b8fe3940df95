#include "net/tls_files.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "net/tls_rig.h"

namespace outflow::net {
namespace {

class TlsFilesTest : public ::testing::Test {
protected:
    TlsFilesTest() : folder_(std::filesystem::temp_directory_path() / ("outflow-tls-" + std::to_string(::getpid()))) {
        std::filesystem::create_directories(folder_);
    }
    ~TlsFilesTest() override { std::filesystem::remove_all(folder_); }

    // As a renewal does it: another file under the name.
    std::string put(const std::string& name, const std::string& text) {
        const std::filesystem::path path = folder_ / name;
        std::ofstream(path.string() + ".new") << text;
        std::filesystem::rename(path.string() + ".new", path);
        return path.string();
    }

    std::filesystem::path folder_;
};

TEST_F(TlsFilesTest, what_has_changed_is_read_again_and_nothing_else) {
    const TestCertificate first({}), second({});
    TlsSettings settings;
    settings.ca_file = put("ca", first.certificate());
    settings.cert_file = put("cert", first.certificate());
    settings.key_file = put("key", first.key());
    std::string said;
    platform::LogOptions options;
    options.write = [&said](std::string_view line) { said += line; };
    platform::Logger log(options);
    TlsFiles files(TlsRole::client, settings, &log);
    const auto before = files.context();
    ASSERT_TRUE(before) << before.error().context;
    EXPECT_EQ(*files.context(), *before);
    put("cert", second.certificate());  // half of a renewal: the key is the old one
    ASSERT_TRUE(files.context());
    EXPECT_EQ(*files.context(), *before);
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
    EXPECT_NE(said.find("key_file, which has to be the key of cert_file"), std::string::npos) << said;
    put("key", second.key());
    ASSERT_TRUE(files.context());
    EXPECT_NE(*files.context(), *before);
}

TEST_F(TlsFilesTest, files_that_cannot_be_used_are_named) {
    TlsSettings settings;
    settings.ca_file = (folder_ / "none").string();
    const auto missing = TlsFiles(TlsRole::client, settings).context();
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().context.find(settings.ca_file), std::string::npos) << missing.error().context;
    settings.ca_file = put("ca", "no certificate");
    const auto wrong = TlsFiles(TlsRole::client, settings).context();
    ASSERT_FALSE(wrong);
    EXPECT_NE(wrong.error().context.find("ca_file cannot be used"), std::string::npos) << wrong.error().context;
    EXPECT_NE(wrong.error().context.find(settings.ca_file), std::string::npos) << wrong.error().context;
}

TEST(TlsFiles, the_name_of_the_certificate_is_the_host_unless_another_is_given) {
    EXPECT_EQ(TlsFiles(TlsRole::client, {}).name_for("a.example"), "a.example");
    TlsSettings settings;
    settings.server_name = "b.example";
    EXPECT_EQ(TlsFiles(TlsRole::client, settings).name_for("10.0.0.1"), "b.example");
}

}  // namespace
}  // namespace outflow::net

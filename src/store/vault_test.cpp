#include "store/vault.h"

#include <set>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "platform/file.h"
#include "store/store_rig.h"

namespace outflow::store {
namespace {

class VaultTest : public StoreTest {
protected:
    Vault make(std::string_view name = "key") const { return std::move(Vault::open(path(name), true)).value(); }
    std::string refused_key(bool may_create = false) const {
        const Result<Vault> vault = Vault::open(path("key"), may_create);
        if (vault) return "it was opened";
        EXPECT_EQ(vault.error().code, ErrorCode::file_error);
        return vault.error().context;
    }
};

TEST_F(VaultTest, secrets_come_back_at_their_place) {
    std::set<std::string> sealed;
    for (const std::string& text :
         {std::string(), std::string("x"), std::string("\0\n☃", 5), std::string(100'000, 's')}) {
        const std::string one = make().seal("instance/edge/password", platform::Secret(text));
        EXPECT_TRUE(one.starts_with("sealed:v1:"));
        EXPECT_TRUE(is_sealed(one));
        sealed.insert(one);
        const auto back = make().unseal("instance/edge/password", one);  // by a vault that read the key file
        ASSERT_TRUE(back) << back.error().context;
        EXPECT_EQ(back->reveal(), text);
        sealed.insert(make().seal("instance/edge/password", platform::Secret(text)));
    }
    EXPECT_EQ(sealed.size(), 8U) << "the same secret is never sealed to the same text";
    EXPECT_FALSE(is_sealed("sealed"));
    EXPECT_FALSE(is_sealed(""));
}

TEST_F(VaultTest, another_place_key_or_text_is_refused) {
    const Vault vault = make();
    const std::string sealed = vault.seal("instance/edge/password", platform::Secret("open sesame"));
    const auto expect_refused = [&](const Vault& with, std::string_view place, const std::string& text) {
        const auto secret = with.unseal(place, text);
        ASSERT_FALSE(secret) << text;
        EXPECT_EQ(secret.error().code, ErrorCode::invalid_argument);
        EXPECT_TRUE(secret.error().context.starts_with("the secret of " + std::string(place) + " cannot be read: "));
        EXPECT_EQ(secret.error().context.find("sesame"), std::string::npos);
    };
    expect_refused(vault, "instance/mine/password", sealed);
    expect_refused(vault, "", sealed);
    expect_refused(make("other"), "instance/edge/password", sealed);
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string changed = sealed;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        expect_refused(vault, "instance/edge/password", changed);
        expect_refused(vault, "instance/edge/password", sealed.substr(0, i));
    }
    for (const char* text : {"", "open sesame", "sealed:v2:AAAA", "sealed:v1:AAAA", "sealed:v1:$"}) {
        expect_refused(vault, "instance/edge/password", text);
    }
}

TEST_F(VaultTest, a_missing_key_is_made_only_when_allowed) {
    EXPECT_EQ(refused_key(),
              "the key file " + path("key") +
                  " is missing, and without it the secrets in the database cannot be read; restore it from "
                  "where a copy is kept");
    EXPECT_FALSE(platform::exists(path("key")));
    make();
    struct stat facts {};
    ASSERT_EQ(::stat(path("key").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 07777U, 0600U);
    const std::string line = *platform::read_file(path("key"), 1'000);
    EXPECT_TRUE(line.starts_with("outflow-key-v1 "));
    EXPECT_EQ(line.size(), 15 + 44 + 1U);
    make();
    EXPECT_EQ(*platform::read_file(path("key"), 1'000), line) << "an existing key is never replaced";
    EXPECT_FALSE(Vault::open(path("none/key"), true));
}

TEST_F(VaultTest, a_key_that_others_may_read_is_refused) {
    make();
    for (const mode_t mode : {0640U, 0604U, 0660U}) {
        ASSERT_EQ(::chmod(path("key").c_str(), mode), 0);
        EXPECT_EQ(refused_key(true), "others than its owner have rights to the key file " + path("key") +
                                         "; run: chmod 600 " + path("key"));
    }
    ASSERT_EQ(::chmod(path("key").c_str(), 0400), 0);
    EXPECT_TRUE(Vault::open(path("key"), false));
}

TEST_F(VaultTest, what_is_no_key_is_refused) {
    make();
    const std::string line = *platform::read_file(path("key"), 1'000);
    for (const std::string& text :
         {std::string(), std::string("\n"), line.substr(15), line + "\n", line.substr(0, 58),
          "outflow-key-v2" + line.substr(14), std::string("outflow-key-v1 AAAA\n"), line + line}) {
        ASSERT_TRUE(platform::write_file_atomically(path("key"), text));
        const std::string refused = refused_key(true);
        EXPECT_TRUE(refused.starts_with(path("key") + " holds no key of Outflow")) << refused;
        EXPECT_EQ(refused.find(line.substr(20, 20)), std::string::npos);
    }
    ASSERT_TRUE(platform::write_file_atomically(path("key"), std::string(300, 'A')));
    EXPECT_EQ(refused_key(), "read " + path("key") + ": more than 256 bytes");
    ASSERT_TRUE(platform::write_file_atomically(path("key"), line.substr(0, line.size() - 1)));
    EXPECT_TRUE(Vault::open(path("key"), false)) << "an editor may drop the line's end";
}

}  // namespace
}  // namespace outflow::store

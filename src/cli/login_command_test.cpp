#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include "cli/contexts.h"
#include "cli/remote.h"
#include "cli/remote_rig.h"
#include "net/tls_context.h"
#include "net/tls_rig.h"

namespace outflow::cli {
namespace {

class LoginCommandTest : public RemoteTest {
protected:
    LoginCommandTest() {
        ::unsetenv("OUTFLOW_SERVER");
        ::unsetenv("OUTFLOW_TOKEN");
        server.on("POST /v1/login", 200, R"({"name":"anna","role":"operator","tasks":["*"],"csrf":"c7"})",
                  {{"Set-Cookie", "outflow_session=abc; HttpOnly; SameSite=Strict; Path=/"}});
        server.on("POST /v1/keys", 201, R"({"id":"k9","secret":"s9","user":"anna"})");
        server.on("POST /v1/logout", 204, "");
        server.on("GET /v1/users", 200, R"({"items":[]})");
    }
    Ran log_in(std::vector<std::string> more = {}) {
        const GivenInput password("pass word\n");
        std::vector<std::string> words{"login", "--server", server.url(), "--user", "anna"};
        words.insert(words.end(), more.begin(), more.end());
        return run_command(words);
    }
    std::string place() const { return server.url().substr(7); }
};

TEST_F(LoginCommandTest, a_login_makes_a_key_and_keeps_it) {
    const Ran ran = log_in();
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(ran.out, "anna is logged in to " + server.url() + " as operator (context " + place() + ")\n");
    const auto received = server.received();
    EXPECT_EQ(server.lines(), "POST /v1/login, POST /v1/keys, POST /v1/logout");
    EXPECT_EQ(received[0].body, R"({"name":"anna","password":"pass word"})");
    EXPECT_EQ(received[1].fields.find("Cookie"), "outflow_session=abc");
    EXPECT_EQ(received[1].fields.find("X-Outflow-Csrf"), "c7");
    EXPECT_NE(received[1].body.find("\"description\":\"outflow login on "), std::string::npos);
    struct stat status {};
    ASSERT_EQ(::stat((folder + "/outflow/contexts.json").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    EXPECT_EQ(run_command({"user", "list"}).code, 0);
    EXPECT_EQ(server.received().back().fields.find("Authorization"), "Bearer k9:s9");
}

TEST_F(LoginCommandTest, the_key_of_an_earlier_login_is_deleted) {
    ASSERT_EQ(log_in().code, 0);
    EXPECT_EQ(log_in().code, 0);  // also when the server does not know it
    const auto received = server.received();
    ASSERT_EQ(received.size(), 7U);
    EXPECT_EQ(received[5].line, "DELETE /v1/keys/k9");
    EXPECT_EQ(received[5].fields.find("X-Outflow-Csrf"), "c7");
}

TEST_F(LoginCommandTest, a_key_of_before_that_stays_is_named) {
    ASSERT_EQ(log_in().code, 0);
    server.on("DELETE /v1/keys/k9", 503, R"({"detail":"The disk is full."})");
    const Ran ran = log_in();
    EXPECT_EQ(ran.code, 0);
    EXPECT_EQ(ran.err, "warning: the access key k9 is still valid at " + server.url() +
                           ": The disk is full.\nTo delete it: outflow key delete k9\n");
    EXPECT_EQ(run_command({"user", "list"}).code, 0);
}

TEST_F(LoginCommandTest, a_key_that_cannot_be_kept_is_deleted) {
    ASSERT_EQ(::mkdir(folder.c_str(), 0700), 0);
    ASSERT_EQ(::symlink("/nowhere/at/all", (folder + "/outflow").c_str()), 0);
    server.on("DELETE /v1/keys/k9", 204, "");
    const Ran ran = log_in();
    EXPECT_EQ(ran.code, 2);
    EXPECT_EQ(ran.out, "");
    EXPECT_EQ(server.lines(), "POST /v1/login, POST /v1/keys, DELETE /v1/keys/k9");
}

TEST_F(LoginCommandTest, a_key_goes_to_its_own_server_only) {
    ASSERT_EQ(log_in().code, 0);
    ScriptedServer other;
    other.on("GET /v1/users", 401, R"({"detail":"Nobody is logged in."})");
    const Ran ran = run_command({"user", "list", "--server", other.url()});
    EXPECT_EQ(ran.code, 4);
    EXPECT_EQ(ran.err, "outflow: Nobody is logged in to " + other.url() +
                           ": outflow login, or an access key in OUTFLOW_TOKEN.\n");
    EXPECT_FALSE(other.received()[0].fields.has("Authorization"));
    run_command({"user", "list", "--server", other.url(), "--token", "a:b"});
    EXPECT_EQ(other.received()[1].fields.find("Authorization"), "Bearer a:b");
    EXPECT_EQ(run_command({"user", "list", "--server", other.url(), "--token", "a:b"}).err,
              "outflow: The access key a of --token is not valid at " + other.url() +
                  ". Give a valid one, or none after outflow login.\n");
    EXPECT_EQ(run_command({"user", "list", "--server", server.url() + "/"}).code, 0);
    EXPECT_EQ(server.received().back().fields.find("Authorization"), "Bearer k9:s9");
}

TEST_F(LoginCommandTest, contexts_are_listed_and_chosen) {
    ASSERT_EQ(log_in().code, 0);
    ASSERT_EQ(log_in({"--context", "test"}).code, 0);
    EXPECT_NE(run_command({"context", "list"}).out.find("*        test"), std::string::npos);
    EXPECT_EQ(run_command({"context", "use", place()}).code, 0);
    EXPECT_NE(run_command({"context", "list"}).out.find("*        " + place()), std::string::npos);
    EXPECT_EQ(run_command({"context", "use", "nothing"}).code, 2);
    ::setenv("OUTFLOW_TOKEN", "a:b", 1);
    ::setenv("OUTFLOW_SERVER", server.url().c_str(), 1);  // the same
    EXPECT_EQ(run_command({"context", "use", place()}).err,
              "warning: OUTFLOW_TOKEN is set: commands take it before what this context says\n");
    ::unsetenv("OUTFLOW_TOKEN");
    ::unsetenv("OUTFLOW_SERVER");
    EXPECT_EQ(run_command({"user", "list", "--context", "nothing"}).code, 2);
    EXPECT_EQ(run_command({"user", "list", "--context", "test"}).code, 0);
}

TEST_F(LoginCommandTest, logging_out_deletes_the_key) {
    ASSERT_EQ(log_in().code, 0);
    server.on("DELETE /v1/keys/k9", 204, "");
    EXPECT_EQ(run_command({"logout"}).out, "logged out of " + server.url() + "\n");
    EXPECT_EQ(server.received().back().fields.find("Authorization"), "Bearer k9:s9");
    EXPECT_EQ(run_command({"context", "list"}).out, "CURRENT  NAME  SERVER  USER\n");
    const Ran again = run_command({"logout", "--server", server.url()});
    EXPECT_EQ(again.code, 1);
    EXPECT_EQ(again.err, "outflow: Nobody is logged in to " + server.url() + ".\n");
}

TEST_F(LoginCommandTest, logging_out_of_a_server_that_is_gone_forgets_the_key_and_names_it) {
    std::string url;
    {
        ScriptedServer gone;
        gone.on("POST /v1/login", 200, R"({"name":"anna","role":"viewer","csrf":"c"})",
                {{"Set-Cookie", "outflow_session=abc"}});
        gone.on("POST /v1/keys", 201, R"({"id":"k3","secret":"s3"})");
        url = gone.url();
        const GivenInput password("pass word");
        ASSERT_EQ(run_command({"login", "--server", url, "--user", "anna"}).code, 0);
    }
    const Ran ran = run_command({"logout"});
    EXPECT_EQ(ran.code, 0);
    EXPECT_EQ(ran.out, "logged out of " + url + "\n");
    EXPECT_TRUE(ran.err.starts_with("warning: the access key k3 is still valid at " + url + ": Cannot reach"))
        << ran.err;
    EXPECT_TRUE(ran.err.ends_with("outflow key delete k3\n")) << ran.err;
    EXPECT_EQ(run_command({"context", "list"}).out, "CURRENT  NAME  SERVER  USER\n");
}

TEST_F(LoginCommandTest, a_key_goes_in_plain_text_to_this_machine_only) {
    const auto server_of = [](const std::string& text) {
        RemoteOptions options;
        options.server = text;
        const Remote remote(options);
        return remote.server() + (remote.is_readable_on_the_way() ? " readable" : "");
    };
    EXPECT_EQ(server_of("127.0.0.1"), "http://127.0.0.1:8420");
    EXPECT_EQ(server_of("localhost:1"), "http://localhost:1");
    EXPECT_EQ(server_of("[::1]:1"), "http://[::1]:1");
    EXPECT_EQ(server_of("outflow.example"), "https://outflow.example:8420");
    EXPECT_EQ(server_of("127.example:1"), "https://127.example:1");
    EXPECT_EQ(server_of("https://127.0.0.1"), "https://127.0.0.1:8420");
    EXPECT_EQ(server_of("http://10.0.0.1"), "http://10.0.0.1:8420 readable");
    EXPECT_EQ(server_of("http://127.0.0.1"), "http://127.0.0.1:8420");
    const Ran ran = run_command({"user", "list", "--server", "http://server.invalid:1"});
    EXPECT_EQ(ran.code, 3);
    EXPECT_TRUE(ran.err.starts_with("warning: http://server.invalid:1 is plain HTTP to another machine: ")) << ran.err;
}

TEST_F(LoginCommandTest, a_refused_login_keeps_nothing) {
    ScriptedServer other;
    other.on("POST /v1/login", 401, R"({"detail":"The name or the password is wrong."})");
    {
        const GivenInput password("x");
        const Ran ran = run_command({"login", "--server", other.url(), "--user", "anna"});
        EXPECT_EQ(ran.code, 4);
        EXPECT_EQ(ran.err, "outflow: The name or the password is wrong.\n");
    }
    EXPECT_NE(::access((folder + "/outflow/contexts.json").c_str(), F_OK), 0);
    const GivenInput nothing("");
    EXPECT_EQ(run_command({"login", "--server", server.url(), "--user", "anna"}).code, 2);
    EXPECT_EQ(run_command({"login", "--server", server.url()}).code, 2);
}

TEST_F(LoginCommandTest, servers_that_are_not_there_or_are_none_are_named) {
    std::string gone;
    { gone = ScriptedServer().url(); }
    const Ran ran = run_command({"user", "list", "--server", gone});
    EXPECT_EQ(ran.code, 3);
    EXPECT_EQ(ran.err, "outflow: Cannot reach the server at " + gone.substr(7) +
                           ": connection refused; start one with `outflow server`, or give --server.\n");
    ScriptedServer page;
    page.on("GET /v1/users", 200, "<html>");
    EXPECT_EQ(run_command({"user", "list", "--server", page.url()}).code, 3);
    EXPECT_EQ(run_command({"user", "list", "--server", "ftp://a:1"}).code, 2);
    EXPECT_EQ(run_command({"user", "list", "--token", "abc"}).code, 2);
    ::setenv("OUTFLOW_SERVER", page.url().c_str(), 1);
    ::setenv("OUTFLOW_TOKEN", "secret-without-colon", 1);
    const Ran bad = run_command({"user", "list"});
    EXPECT_EQ(bad.code, 2);
    EXPECT_EQ(bad.err.find("secret-without-colon"), std::string::npos);
}

struct ShownTls final : net::TlsSource {
    explicit ShownTls(const net::TestCertificate& identity) {
        net::TlsMaterial shows;
        shows.certificate = identity.certificate();
        shows.key = identity.key();
        auto made = net::TlsContext::create(net::TlsRole::server, shows, [] { return std::chrono::seconds(1); });
        EXPECT_TRUE(made);
        if (made) given = *made;
    }
    Result<std::shared_ptr<net::TlsContext>> context() override { return given; }
    std::string name_for(const std::string& host) const override { return host; }
    std::shared_ptr<net::TlsContext> given;
};

TEST_F(LoginCommandTest, a_server_with_tls_is_believed_by_its_authority_only) {
    const std::chrono::seconds ends(4'000'000'000);  // these commands ask the machine for the time
    const net::TestCertificate authority({.common_name = "test CA", .is_ca = true, .ends = ends});
    const net::TestCertificate identity({.names = "IP:127.0.0.1", .ends = ends}, &authority);
    ScriptedServer secret(std::make_shared<ShownTls>(identity));
    secret.on("POST /v1/login", 200, R"({"name":"anna","role":"viewer","csrf":"c"})",
              {{"Set-Cookie", "outflow_session=abc; Secure"}});
    secret.on("POST /v1/keys", 201, R"({"id":"k1","secret":"s1"})");
    secret.on("POST /v1/logout", 204, "");
    secret.on("GET /v1/users", 200, R"({"items":[]})");
    const std::string url = "https" + secret.url().substr(4);
    const TextFile ca_file(authority.certificate(), "ca.pem");
    {
        const GivenInput password("p");
        const Ran ran = run_command({"login", "--server", url, "--user", "anna", "--ca-file", ca_file.path()});
        EXPECT_EQ(ran.code, 0) << ran.err;
    }
    EXPECT_EQ(run_command({"user", "list"}).code, 0);  // the context knows the authority
    ::setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    const Ran doubted = run_command({"user", "list", "--server", url});
    EXPECT_EQ(doubted.code, 3);
    EXPECT_NE(doubted.err.find("--ca-file says whom to believe"), std::string::npos) << doubted.err;
}

TEST_F(LoginCommandTest, nobody_needs_a_home_for_a_token) {
    const std::string home = std::getenv("HOME") == nullptr ? "" : std::getenv("HOME");
    ::unsetenv("XDG_CONFIG_HOME");
    ::unsetenv("HOME");
    EXPECT_EQ(run_command({"user", "list", "--server", server.url(), "--token", "a:b"}).code, 0);
    EXPECT_EQ(run_command({"context", "list"}).code, 2);
    if (!home.empty()) ::setenv("HOME", home.c_str(), 1);
}

TEST_F(LoginCommandTest, a_broken_file_of_contexts_is_named) {
    Contexts contexts;
    contexts.put({"a", "http://127.0.0.1:1", "u", "k", platform::Secret("s\x7f\n"), ""});
    ASSERT_TRUE(save_contexts(contexts));
    const auto loaded = load_contexts();
    ASSERT_TRUE(loaded) << loaded.error().context;
    EXPECT_EQ(loaded->find("a")->secret.reveal(), "s\x7f\n");
    EXPECT_EQ(loaded->current, "a");
    std::FILE* file = std::fopen((folder + "/outflow/contexts.json").c_str(), "w");
    ASSERT_NE(file, nullptr);
    std::fputs("[]", file);
    std::fclose(file);
    const Ran ran = run_command({"context", "list"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_NE(ran.err.find("/outflow/contexts.json: the file has no \"contexts\""), std::string::npos) << ran.err;
}

}  // namespace
}  // namespace outflow::cli

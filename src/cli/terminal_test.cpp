// What commands do on a terminal: they ask, refresh lines in place and show colours.
#include "cli/terminal.h"

#include <array>
#include <string>
#include <thread>

#include <pty.h>

#include "cli/remote_rig.h"

namespace outflow::cli {
namespace {

// A terminal as standard input and as both streams, and a person at it who answers each question once it is there.
class Person {
public:
    struct Answer {
        std::string_view question;
        std::string_view answer;
    };

    explicit Person(std::vector<Answer> answers) : before_(::dup(0)) {
        const winsize size{.ws_row = 5, .ws_col = 40, .ws_xpixel = 0, .ws_ypixel = 0};
        EXPECT_EQ(::openpty(&person_, &terminal_, nullptr, nullptr, &size), 0);
        ::dup2(terminal_, 0);
        streams.out = ::fdopen(::dup(terminal_), "w");
        streams.err = streams.out;
        thread_ = std::thread([this, answers = std::move(answers)] { sit(answers); });
    }
    ~Person() {
        if (thread_.joinable()) see();
    }
    // All that was shown; the person leaves.
    std::string see() {
        std::fclose(streams.out);
        ::dup2(before_, 0);
        ::close(before_);
        ::close(terminal_);  // the last one: the person reads what is left, and then the end
        thread_.join();
        ::close(person_);
        return seen_;
    }

    Streams streams;

private:
    void sit(const std::vector<Answer>& answers) {
        std::size_t from = 0;
        auto next = answers.begin();
        std::array<char, 4096> block;
        while (true) {
            const ssize_t got = ::read(person_, block.data(), block.size());
            if (got <= 0) return;
            seen_.append(block.data(), static_cast<std::size_t>(got));
            if (next == answers.end()) continue;
            const std::size_t at = seen_.find(next->question, from);
            if (at == std::string::npos) continue;
            from = at + next->question.size();
            EXPECT_EQ(::write(person_, next->answer.data(), next->answer.size()),
                      static_cast<ssize_t>(next->answer.size()));
            ++next;
        }
    }

    int person_ = -1;
    int terminal_ = -1;
    int before_;
    std::string seen_;
    std::thread thread_;
};

class TerminalTest : public RemoteTest {};

TEST_F(TerminalTest, a_person_is_asked) {
    Person person({{"Delete it? [y/N] ", "y\n"},
                   {"Delete it? [y/N] ", "\n"},
                   {"Password: ", "sesame\n"},
                   {"Name: ", "anna\n"},
                   {"Name: ", "\x04"}});
    ASSERT_TRUE(can_ask(person.streams));
    EXPECT_TRUE(confirm(person.streams, "Delete it?"));
    EXPECT_FALSE(confirm(person.streams, "Delete it?"));
    const auto password = ask_password(person.streams, "Password: ");
    ASSERT_TRUE(password);
    EXPECT_EQ(password->reveal(), "sesame");
    EXPECT_EQ(ask(person.streams, "Name: "), "anna");
    EXPECT_EQ(ask(person.streams, "Name: "), std::nullopt);
    std::clearerr(stdin);
    const std::string seen = person.see();
    EXPECT_EQ(seen.find("sesame"), std::string::npos) << seen;
    EXPECT_NE(seen.find("anna"), std::string::npos) << seen;
}

TEST_F(TerminalTest, questions_go_to_the_terminal_when_standard_error_is_a_file) {
    const TextFile log("");
    Person person({{"Password: ", "sesame\n"}, {"Delete it? [y/N] ", "y\n"}});
    Streams streams = person.streams;
    streams.err = std::fopen(log.path().c_str(), "w+");
    ASSERT_NE(streams.err, nullptr);
    const auto password = ask_password(streams, "Password: ");
    ASSERT_TRUE(password);
    EXPECT_EQ(password->reveal(), "sesame");
    EXPECT_TRUE(confirm(streams, "Delete it?"));
    EXPECT_EQ(person.see(), "Password: \r\nDelete it? [y/N] y\r\n");
    EXPECT_EQ(std::ftell(streams.err), 0);
    std::fclose(streams.err);
}

TEST_F(TerminalTest, a_new_password_is_typed_twice) {
    server.on("PUT /v1/users/anna", 200, "{}");
    Person person({{"New password of anna: ", "sesame\n"}, {"The same again: ", "sesame\n"}});
    EXPECT_EQ(run({"user", "edit", "anna", "--password"}, person.streams), 0);
    EXPECT_EQ(person.see(), "New password of anna: \r\nThe same again: \r\nuser anna changed\r\n");
    EXPECT_EQ(server.received().back().body, R"({"password":"sesame"})");

    Person slipping({{"New password of anna: ", "sesame\n"}, {"The same again: ", "seasme\n"}});
    EXPECT_EQ(run({"user", "create", "anna", "--role", "viewer", "--password"}, slipping.streams), 2);
    const std::string seen = slipping.see();
    EXPECT_NE(seen.find("The two passwords differ; nothing was changed: try once more."), seen.npos) << seen;
    EXPECT_EQ(server.lines(), "PUT /v1/users/anna");
}

TEST_F(TerminalTest, colours_are_for_terminals_and_for_those_who_want_them) {
    server.on("POST /v1/apply", 200, R"({"changes":[{"kind":"task","name":"old","action":"delete"}]})");
    const TextFile file("instances: {}\n");
    Person person(std::vector<Person::Answer>{{"Delete 1 of them? [y/N] ", "n\n"}});
    EXPECT_EQ(run({"apply", "-f", file.path(), "--prune"}, person.streams), 1);
    const std::string seen = person.see();
    EXPECT_NE(seen.find("\x1b[31m- task old\x1b[0m"), std::string::npos) << seen;
    EXPECT_NE(seen.find("Nothing was changed."), std::string::npos) << seen;
    EXPECT_EQ(server.received().size(), 1U);
    ::setenv("NO_COLOR", "1", 1);
    Person other(std::vector<Person::Answer>{});
    EXPECT_EQ(run({"diff", "-f", file.path()}, other.streams), 0);
    ::unsetenv("NO_COLOR");
    EXPECT_EQ(other.see(), "- task old\r\n");
}

TEST_F(TerminalTest, a_deletion_says_that_it_goes_on_until_it_is_done) {
    server.on("DELETE /v1/tasks/a?held=drain", 204, "");
    Person person(std::vector<Person::Answer>{{"Delete the task a? [y/N] ", "y\n"}});
    EXPECT_EQ(run({"task", "delete", "a", "--held", "drain"}, person.streams), 0);
    const std::string seen = person.see();
    EXPECT_TRUE(seen.ends_with("Deleting the task a, for up to 90 s ...\r\x1b[Ktask a deleted\r\n")) << seen;
}

TEST_F(TerminalTest, tasks_are_refreshed_in_place_and_cut_to_the_screen) {
    ::setenv("NO_COLOR", "1", 1);
    server.add_state("a", "STARTING", "this reason is longer than the line of a terminal");
    server.add_state("b", "RUNNING");
    server.events += "event: counters\ndata: {\"tasks\":{\"b\":{\"received\":7,\"delivered\":5,\"in_flight\":2}}}\n\n";
    Person person(std::vector<Person::Answer>{});
    EXPECT_EQ(run({"task", "watch"}, person.streams), 3);
    EXPECT_EQ(person.see(), "a: STARTING  this reason is longer tha…\x1b[K\r\n\x1b[J"
                            "\x1b[1Aa: STARTING  this reason is longer tha…\x1b[K\r\nb: RUNNING\x1b[K\r\n\x1b[J"
                            "\x1b[2Aa: STARTING  this reason is longer tha…\x1b[K\r\n"
                            "b: RUNNING  7 received, 5 delivered, 2…\x1b[K\r\n\x1b[J"
                            "outflow: The server has ended the stream of events.\r\n");
    for (const char* name : {"c", "d", "e"}) server.add_state(name, "READY");
    Person other(std::vector<Person::Answer>{});
    EXPECT_EQ(run({"task", "watch"}, other.streams), 3);
    ::unsetenv("NO_COLOR");
    EXPECT_NE(other.see().find("\x1b[4Aa: STARTING"), std::string::npos);  // of five rows
}

}  // namespace
}  // namespace outflow::cli

#include "platform/log.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "platform/clock.h"
#include "platform/file.h"

namespace outflow::platform {
namespace {

// A logger into a file, with a clock that stands still.
class LogTest : public ::testing::Test {
protected:
    LogTest() : logger({.level = LogLevel::info, .descriptor = file.get(), .clock = [this] { return now; }}) {}
    ~LogTest() override { ::unlink(path.data()); }

    std::string written() const { return *read_file(path, 64 << 20); }
    std::string take() {
        std::string text = written();
        EXPECT_EQ(::ftruncate(file.get(), 0), 0);
        EXPECT_EQ(::lseek(file.get(), 0, SEEK_SET), 0);
        return text;
    }

    std::string path = "/tmp/outflow_log_XXXXXX";
    FileDescriptor file{::mkstemp(path.data())};
    std::int64_t now = 1'795'559'944'123;
    Logger logger;
};

TEST_F(LogTest, a_line_is_a_sentence_and_its_fields) {
    logger.info("Connected to broker.", {{"task", "t1"},
                                         {"attempt", 3},
                                         {"ratio", 0.25},
                                         {"present", true},
                                         {"bytes", std::uint64_t{18'446'744'073'709'551'615U}},
                                         {"lag", -5}});
    EXPECT_EQ(take(), "2026-11-24T22:39:04.123Z INFO Connected to broker. task=t1 attempt=3 ratio=0.25 present=true "
                      "bytes=18446744073709551615 lag=-5\n");
}

TEST_F(LogTest, values_cannot_forge_lines) {
    struct Row {
        std::string_view value;
        std::string_view shown;
    };
    const Row rows[] = {
        {"bare", "bare"},
        {"", "\"\""},
        {"two words", "\"two words\""},
        {"a=b", "\"a=b\""},
        {"say \"hi\"", "\"say \\\"hi\\\"\""},
        {"back\\slash", "\"back\\\\slash\""},
        {"x\n2026 ERROR forged", "\"x\\n2026 ERROR forged\""},
        {"\r\t\x1b[2J\x7f", "\"\\r\\t\\x1b[2J\\x7f\""},
        {std::string_view("\0", 1), "\"\\x00\""},
        {"温度", "温度"},
        {"\xc2\x9b", "\\u009b"},
    };
    for (const Row& row : rows) {
        logger.warn("S.", {{"v", row.value}});
        EXPECT_EQ(take(), "2026-11-24T22:39:04.123Z WARN S. v=" + std::string(row.shown) + "\n");
    }
    logger.error("Two\nlines.");
    EXPECT_EQ(take(), "2026-11-24T22:39:04.123Z ERROR Two\\nlines.\n");
}

TEST_F(LogTest, a_long_value_is_cut) {
    logger.info("S.", {{"v", std::string(100'000, 'x')}});
    EXPECT_LT(take().size(), 5'000U);
}

TEST_F(LogTest, levels_below_the_chosen_one_are_silent) {
    logger.debug("No.");
    logger.trace("No.");
    EXPECT_EQ(take(), "");
    EXPECT_EQ(parse_log_level("Debug"), LogLevel::debug);
    EXPECT_EQ(parse_log_level("warning"), std::nullopt);
}

TEST_F(LogTest, repeats_are_limited_and_counted) {
    for (int i = 0; i < 5; ++i) logger.warn("Broker is away.", {}, "away/b1");
    EXPECT_EQ(take(), "2026-11-24T22:39:04.123Z WARN Broker is away.\n");
    logger.warn("Broker is away.", {}, "away/b2");
    EXPECT_EQ(take(), "2026-11-24T22:39:04.123Z WARN Broker is away. suppressed=4\n");  // of any key
    now += 10'000;
    logger.warn("Broker is away.", {}, "away/b1");
    EXPECT_EQ(take(), "2026-11-24T22:39:14.123Z WARN Broker is away.\n");
    now -= 3'600'000;
    logger.warn("Broker is away.", {}, "away/b1");
    EXPECT_EQ(take(), "2026-11-24T21:39:14.123Z WARN Broker is away.\n");  // the clock was set back
}

// A flood of topics that all fail at once is told by a few lines, and hides no line of another kind.
TEST_F(LogTest, keys_of_one_sentence_are_limited_together) {
    logger.warn("Broker is away.", {}, "away/b1");
    take();
    for (int second = 0; second < 10; ++second, now += 1'000) {
        for (int i = 0; i < 3'000; ++i) logger.warn("No route.", {{"topic", i}}, "route/" + std::to_string(i));
    }
    const std::string flood = take();
    EXPECT_EQ(std::count(flood.begin(), flood.end(), '\n'), 50);
    now -= 1'000;
    logger.warn("Broker is away.", {}, "away/b1");
    EXPECT_EQ(take(), "");  // its key is still known
    now += 10'000;
    logger.warn("No route.", {}, "route/0");
    EXPECT_NE(take().find("suppressed=29950"), std::string::npos);
}

TEST_F(LogTest, the_status_line_stays_below) {
    logger.set_status("12 msg/s");
    EXPECT_EQ(take(), "\r\x1b[K12 msg/s");
    logger.info("S.");
    EXPECT_EQ(take(), "\r\x1b[K2026-11-24T22:39:04.123Z INFO S.\n12 msg/s");
    logger.set_status("12 msg/s");
    EXPECT_EQ(take(), "");
    logger.set_status("");
    EXPECT_EQ(take(), "\r\x1b[K");
}

TEST_F(LogTest, lines_of_several_threads_do_not_mix) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([this] {
            for (int n = 0; n < 500; ++n) logger.info("Sentence.", {{"value", std::string(100, 'x')}});
        });
    }
    for (std::thread& thread : threads) thread.join();
    const std::string text = take();
    const std::string line = "2026-11-24T22:39:04.123Z INFO Sentence. value=" + std::string(100, 'x') + "\n";
    ASSERT_EQ(text.size(), 2'000 * line.size());
    for (std::size_t at = 0; at < text.size(); at += line.size()) ASSERT_EQ(text.compare(at, line.size(), line), 0);
}

// Writes `lines` lines in a thread; false if that takes 10 s, which it does when a write waits for its reader.
bool logs_without_waiting(Logger& logger, int lines, const std::function<void()>& release) {
    std::atomic<bool> is_done = false;
    std::thread writer([&] {
        for (int i = 0; i < lines; ++i) logger.info("Sentence.", {{"value", std::string(100, 'x')}});
        is_done = true;
    });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!is_done && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    const bool was_done = is_done;
    if (!was_done) release();
    writer.join();
    return was_done;
}

TEST(LogReaders, a_pipe_that_nobody_reads_costs_lines_and_no_time) {
    std::signal(SIGPIPE, SIG_IGN);
    int ends[2] = {};
    ASSERT_EQ(::pipe(ends), 0);
    FileDescriptor reader(ends[0]);
    const FileDescriptor writer(ends[1]);
    Logger logger({.level = LogLevel::info, .descriptor = writer.get(), .clock = [] { return 0; }});
    ASSERT_TRUE(logs_without_waiting(logger, 2'000, [&] { reader = FileDescriptor(); }));
    // What was taken are whole lines, and when the reader is back it learns how many it has missed.
    const auto read_all = [&reader] {
        std::string text(1 << 20, '\0');
        std::string all;
        pollfd ready{reader.get(), POLLIN, 0};
        while (::poll(&ready, 1, 0) == 1) {
            const ssize_t got = ::read(reader.get(), text.data(), text.size());
            if (got <= 0) break;
            all.append(text, 0, static_cast<std::size_t>(got));
        }
        return all;
    };
    const std::string line = "1970-01-01T00:00:00.000Z INFO Sentence. value=" + std::string(100, 'x') + "\n";
    const std::string taken = read_all();
    std::size_t lines = 0;
    for (; lines * line.size() < taken.size(); ++lines) ASSERT_EQ(taken.substr(lines * line.size(), line.size()), line);
    logger.info("The next.");
    EXPECT_EQ(read_all(), "1970-01-01T00:00:00.000Z WARN Log lines were dropped, as nobody took them. lines=" +
                              std::to_string(2'000 - lines) + "\n1970-01-01T00:00:00.000Z INFO The next.\n");
}

TEST(LogReaders, a_terminal_that_was_stopped_costs_lines_and_no_time) {
    const FileDescriptor screen(::posix_openpt(O_RDWR | O_NOCTTY));
    ASSERT_GE(screen.get(), 0);
    ASSERT_TRUE(::grantpt(screen.get()) == 0 && ::unlockpt(screen.get()) == 0);
    const FileDescriptor terminal(::open(::ptsname(screen.get()), O_RDWR | O_NOCTTY));
    ASSERT_GE(terminal.get(), 0);
    ASSERT_EQ(::write(screen.get(), "\x13", 1), 1);  // Ctrl-S
    Logger logger({.level = LogLevel::info, .descriptor = terminal.get(), .clock = [] { return 0; }});
    EXPECT_TRUE(logs_without_waiting(logger, 100, [&] { ASSERT_EQ(::write(screen.get(), "\x11", 1), 1); }));
    logger.set_status("12 msg/s");
    ASSERT_EQ(::write(screen.get(), "\x11", 1), 1);  // Ctrl-Q: it is shown again
    logger.info("The next.");
    std::string shown(4'096, '\0');
    shown.resize(static_cast<std::size_t>(::read(screen.get(), shown.data(), shown.size())));
    EXPECT_NE(shown.find("lines=100"), std::string::npos) << shown;
}

TEST(ClockTest, times_have_their_text) {
    EXPECT_EQ(format_rfc3339(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(format_rfc3339(951'782'399'999), "2000-02-28T23:59:59.999Z");
    EXPECT_EQ(format_rfc3339(951'782'400'000), "2000-02-29T00:00:00.000Z");
    EXPECT_EQ(format_rfc3339(-1), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(format_rfc3339(INT64_MIN), "0000-01-01T00:00:00.000Z");
    EXPECT_EQ(format_rfc3339(INT64_MAX), "9999-12-31T23:59:59.999Z");
    EXPECT_GT(unix_ms(), 1'700'000'000'000);
}

}  // namespace
}  // namespace outflow::platform

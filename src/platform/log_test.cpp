#include "platform/log.h"

#include <algorithm>
#include <cstdlib>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
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

    std::string written() const { return *read_file(path, 1 << 20); }
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
    logger.info("Connected to broker.", {{"task", "t1"}, {"attempt", 3}, {"ratio", 0.25}, {"present", true},
                                         {"bytes", std::uint64_t{18'446'744'073'709'551'615U}}, {"lag", -5}});
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
    logger.warn("Broker is away.", {}, "away/b2");
    const std::string first = take();
    EXPECT_EQ(std::count(first.begin(), first.end(), '\n'), 2);
    now += 10'000;
    logger.warn("Broker is away.", {}, "away/b1");
    EXPECT_EQ(take(), "2026-11-24T22:39:14.123Z WARN Broker is away. suppressed=4\n");
    now -= 3'600'000;
    logger.warn("Clock was set back.", {}, "away/b1");
    EXPECT_EQ(take(), "2026-11-24T21:39:14.123Z WARN Clock was set back.\n");
}

TEST_F(LogTest, remembered_keys_are_bounded) {
    for (int i = 0; i < 1'000; ++i, ++now) logger.info("S.", {}, "key" + std::to_string(i));
    take();
    logger.info("S.", {}, "key999");
    EXPECT_EQ(take(), "");
    logger.info("S.", {}, "key0");
    EXPECT_NE(take(), "");
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

#include "base/test_setting.h"

#include <gtest/gtest-spi.h>

namespace outflow {
namespace {

// Sets OUTFLOW_SEED, and puts back what it was.
class Environment {
public:
    explicit Environment(const char* seed) {
        if (const char* const given = std::getenv(name)) before_ = given;
        seed == nullptr ? ::unsetenv(name) : ::setenv(name, seed, 1);
    }
    ~Environment() { before_ ? ::setenv(name, before_->c_str(), 1) : ::unsetenv(name); }

private:
    static constexpr const char* name = "OUTFLOW_SEED";
    std::optional<std::string> before_;
};

TEST(TestSeed, comes_from_the_environment_else_from_the_test_else_by_chance) {
    {
        const Environment set("4294967295");
        EXPECT_EQ(TestSeed().value, 4'294'967'295U);
        EXPECT_EQ(TestSeed(31).value, 4'294'967'295U);
    }
    for (const char* none : {static_cast<const char*>(nullptr), ""}) {
        const Environment unset(none);
        EXPECT_EQ(TestSeed(31).value, 31U);
        EXPECT_FALSE(TestSeed().value == TestSeed().value && TestSeed().value == TestSeed().value);
    }
}

TEST(TestSeed, is_said_by_a_failure) {
    const Environment set("17");
    EXPECT_NONFATAL_FAILURE(
        {
            const TestSeed seed;
            EXPECT_EQ(seed.value, 18U);
        },
        "OUTFLOW_SEED=17 runs it again");
}

}  // namespace
}  // namespace outflow

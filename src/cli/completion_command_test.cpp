#include <cstdio>
#include <string>

#include "cli/command_rig.h"

namespace outflow::cli {
namespace {

// What bash offers behind these words, the last of which is being written.
std::string offered(const std::string& words, int place) {
    const TextFile script(run_command({"completion", "bash"}).out, "completion.bash");
    const std::string command = "bash -c 'source " + script.path() + "; COMP_WORDS=(" + words +
                                "); COMP_CWORD=" + std::to_string(place) + "; _outflow; echo \"${COMPREPLY[*]}\"'";
    std::FILE* pipe = ::popen(command.c_str(), "r");
    EXPECT_NE(pipe, nullptr);
    if (pipe == nullptr) return {};
    std::string text;
    char block[4096];
    while (std::fgets(block, sizeof block, pipe) != nullptr) text += block;
    EXPECT_EQ(::pclose(pipe), 0);
    return text;
}

TEST(CompletionCommand, bash_offers_commands_and_options) {
    EXPECT_EQ(offered("outflow con", 1), "context\n");
    EXPECT_EQ(offered("outflow task en", 2), "enable\n");
    EXPECT_EQ(offered("outflow task enable --to", 3), "--token\n");
    EXPECT_EQ(offered("outflow task enable --server http://127.0.0.1:1 press --wa", 6), "--wait\n");
    EXPECT_EQ(offered("outflow apply -f \"\"", 3), "\n");  // a file
    EXPECT_EQ(offered("outflow nothing x", 2), "\n");
}

TEST(CompletionCommand, every_shell_gets_every_command) {
    for (const std::string shell : {"bash", "zsh", "fish"}) {
        const Ran ran = run_command({"completion", shell});
        EXPECT_EQ(ran.code, 0);
        for (const std::string_view words : {"rocketmq create-topic", "task preview", "instance test", "completion"})
            EXPECT_NE(ran.out.find(words), std::string::npos) << shell << " " << words;
    }
    EXPECT_EQ(run_command({"completion", "cmd"}).code, 2);
}

}  // namespace
}  // namespace outflow::cli

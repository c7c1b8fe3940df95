#include "base/assert.h"
#include "rocketmq/command.h"
#include "rocketmq/frame.h"

// Frames, both kinds of headers, and the search for an extension field.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    using namespace outflow::rocketmq;
    std::string_view rest(reinterpret_cast<const char*>(bytes), size);
    while (true) {
        auto frame = decode_frame(rest);
        if (!frame || !*frame) return 0;
        OUTFLOW_ASSERT((*frame)->size <= rest.size() && (*frame)->size > 0);
        if (auto command = decode_header(**frame)) {
            command->find_ext("topic");
            command->find_ext_integer("queueOffset");
        }
        rest.remove_prefix((*frame)->size);
    }
}

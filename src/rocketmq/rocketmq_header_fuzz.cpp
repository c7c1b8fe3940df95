#include "rocketmq/command.h"

// A header by itself: the first byte says which kind.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    using namespace outflow::rocketmq;
    if (size == 0) return 0;
    Frame frame;
    frame.serialize_type = (bytes[0] & 1) != 0 ? SerializeType::binary : SerializeType::json;
    frame.header = std::string_view(reinterpret_cast<const char*>(bytes), size).substr(1);
    if (auto command = decode_header(frame)) {
        command->find_ext("a");
        command->find_ext_integer("absent");
    }
    return 0;
}

#include "devbroker/list_file.h"

#include <fmt/format.h>

#include "platform/file.h"

namespace outflow::devbroker {

Status read_list_file(const std::string& path, std::string_view list,
                      const std::function<void(rocketmq::JsonReader&)>& read_item, std::string_view advice) {
    constexpr std::size_t file_bytes_max = 128 * 1024 * 1024;
    if (!platform::exists(path)) return {};
    TRY(std::string text, platform::read_file(path, file_bytes_max));
    rocketmq::JsonReader reader(text);
    std::string name;
    reader.enter_object();
    while (reader.next_member(name)) {
        if (name != list) {
            reader.skip();
            continue;
        }
        reader.enter_array();
        while (reader.next_element()) read_item(reader);
    }
    if (reader.finished()) return {};
    return failed(ErrorCode::invalid_argument,
                  fmt::format("{} is not a file of the broker, or damaged; {}", path, advice));
}

}  // namespace outflow::devbroker

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/assert.h"
#include "devbroker/message_store.h"

// A folder whose only segment holds the bytes. It opens, and then works; what it kept can be read and is there again.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    using namespace outflow;
    using namespace outflow::devbroker;
    static const std::string folder = [] {
        std::string name = "/tmp/outflow_store_fuzz_XXXXXX";
        OUTFLOW_ASSERT(::mkdtemp(name.data()) != nullptr);
        return name;
    }();
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder + "/commitlog");
    std::ofstream(folder + "/commitlog/00000000000000000000")
        .write(reinterpret_cast<const char*>(bytes), static_cast<std::streamsize>(size));
    StoreOptions options;
    options.folder = folder;
    std::uint64_t kept = 0;
    std::int64_t end = 0;
    {
        auto store = MessageStore::open(options, 9876);
        OUTFLOW_ASSERT(store);
        kept = (*store)->bytes();
        OUTFLOW_ASSERT(kept <= size);
        for (const auto& [topic, queue_id] : (*store)->topics()) {
            std::string out;
            std::int64_t last = (*store)->max_offset(topic, queue_id) - 1;
            auto entry = (*store)->entry(topic, queue_id, last);
            OUTFLOW_ASSERT(entry && (*store)->read(entry->physical_offset, out) && out.size() == entry->size);
        }
        PutHeader header;
        header.topic = "t";
        const NewMessage message{"body", "TAGS\x01x\x02", 0};
        end = (*store)->max_offset("t", 0);
        const bool is_full = end > MessageStore::queue_offset_max;
        auto put = (*store)->put(header, {&message, 1});
        OUTFLOW_ASSERT(put.has_value() != is_full);
        if (put) {
            OUTFLOW_ASSERT(put->queue_offset == end);
            ++end;
        }
        OUTFLOW_ASSERT(((*store)->bytes() > kept) == put.has_value());
        kept = (*store)->bytes();
    }
    auto store = MessageStore::open(options, 9876);
    OUTFLOW_ASSERT(store && (*store)->bytes() == kept && (*store)->max_offset("t", 0) == end);
    return 0;
}

#include "transform/record.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace outflow::transform {
namespace {

std::string all_of(const Record& record) {
    std::string all;
    for (std::string_view text : {record.destination, record.body, record.keys, record.tags, record.order_key})
        all += std::string(text) + "|";
    for (const event::Property& property : record.properties)
        all += std::string(property.name) + "=" + std::string(property.value) + ";";
    return all;
}

TEST(OwnedRecord, outlives_what_it_was_made_of_and_being_moved) {
    std::optional<OwnedRecord> owned;
    {
        std::string text = "topic body k1 k2 tag order name value 2nd";
        std::string_view view = text;
        const event::Property properties[] = {{view.substr(27, 4), view.substr(32, 5)}, {view.substr(27, 4), ""}};
        owned.emplace(Record{view.substr(0, 5), view.substr(6, 4), view.substr(11, 5), view.substr(17, 3),
                             view.substr(21, 5), properties});
        text.assign(text.size(), 'x');
    }
    std::vector<OwnedRecord> moved;
    moved.push_back(std::move(*owned));
    owned.reset();
    moved.emplace_back(Record{});
    EXPECT_EQ(all_of(moved[0].view()), "topic|body|k1 k2|tag|order|name=value;name=;");
    EXPECT_EQ(all_of(moved[1].view()), "|||||");
}

TEST(OwnedRecord, counts_what_it_holds) {
    const std::string body(1'000, 'b');
    Record record;
    record.body = body;
    EXPECT_GE(OwnedRecord(record).bytes(), 1'000u);
    EXPECT_LT(OwnedRecord(record).bytes(), 1'300u);
}

}  // namespace
}  // namespace outflow::transform

#include "api/restored_copy.h"

#include "store/catalog.h"
#include "store/sessions.h"
#include "store/store_rig.h"

namespace outflow::api {
namespace {

using RestoredCopy = store::StoreTest;

TEST_F(RestoredCopy, has_sessions_of_its_own) {
    store::Catalog catalog(open());
    ASSERT_TRUE(catalog.put_task("chosen", R"({"source":{"mqtt":{"client_id":"mine"}}})"));
    ASSERT_TRUE(catalog.put_task("made", R"({"source":{"mqtt":{}}})"));
    for (const char* name : {"chosen", "made"}) ASSERT_TRUE(catalog.want_task(name, true));
    ASSERT_TRUE(
        store::Sessions(*database).put({.address = "h", .client_id = "mine", .task = "chosen", .definition = "{}"}));
    const std::string id = database->installation_id();
    ASSERT_TRUE(database->copy_to(path("copy.db")));
    EXPECT_FALSE(*database->is_copy());

    store::Database& copy = open("copy.db");
    EXPECT_TRUE(*copy.is_copy());
    EXPECT_EQ(copy.installation_id(), id);
    ASSERT_TRUE(leave_sessions_to_the_original(copy));
    EXPECT_FALSE(*copy.is_copy());
    EXPECT_NE(copy.installation_id(), id);
    EXPECT_TRUE(store::Sessions(copy).all()->empty());
    const auto tasks = *store::Catalog(copy).tasks();
    ASSERT_EQ(tasks.size(), 2U);
    EXPECT_FALSE(tasks[0].is_wanted);
    EXPECT_NE(tasks[0].stopped, "");
    EXPECT_TRUE(tasks[1].is_wanted);
}

TEST_F(RestoredCopy, of_an_original_that_is_gone_takes_its_sessions_over) {
    const std::string id = open().installation_id();
    ASSERT_TRUE(database->copy_to(path("copy.db")));
    store::Database& copy = open("copy.db");
    ASSERT_TRUE(copy.keep_installation_id());
    EXPECT_FALSE(*open("copy.db").is_copy());
    EXPECT_EQ(database->installation_id(), id);
}

}  // namespace
}  // namespace outflow::api

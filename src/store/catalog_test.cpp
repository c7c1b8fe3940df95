#include "store/catalog.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "store/store_rig.h"

namespace outflow::store {
namespace {

using CatalogTest = StoreTest;

TEST_F(CatalogTest, a_new_one_is_empty) {
    Catalog catalog(open());
    EXPECT_TRUE(catalog.instances()->empty());
    EXPECT_TRUE(catalog.tasks()->empty());
}

TEST_F(CatalogTest, what_was_put_is_there_after_reopening) {
    StoredInstance instance;
    StoredTask task;
    {
        Catalog catalog(open());
        instance = *catalog.put_instance("edge", R"({"mqtt":{}})");
        task = *catalog.put_task("press", R"({"sink":{}})");
        EXPECT_TRUE(catalog.want_task("press", true));
    }
    EXPECT_EQ(instance.name, "edge");
    EXPECT_TRUE(is_time(instance.created_at)) << instance.created_at;
    EXPECT_EQ(instance.created_at, instance.changed_at);
    EXPECT_FALSE(task.is_wanted);
    EXPECT_TRUE(is_time(task.created_at)) << task.created_at;

    Catalog catalog(open());
    const auto instances = catalog.instances();
    ASSERT_EQ(instances->size(), 1U);
    EXPECT_EQ(instances->front().definition, R"({"mqtt":{}})");
    EXPECT_EQ(instances->front().revision, instance.revision);
    EXPECT_EQ(instances->front().created_at, instance.created_at);
    const auto tasks = catalog.tasks();
    ASSERT_EQ(tasks->size(), 1U);
    EXPECT_EQ(tasks->front().definition, R"({"sink":{}})");
    EXPECT_TRUE(tasks->front().is_wanted);
    EXPECT_EQ(tasks->front().revision, task.revision) << "the wish is no change of the definition";
}

TEST_F(CatalogTest, a_change_keeps_the_creation_and_the_wish) {
    Catalog catalog(open());
    const StoredTask first = *catalog.put_task("press", "{}");
    ASSERT_TRUE(catalog.want_task("press", false, "RocketMQ refused the topic."));
    const StoredTask second = *catalog.put_task("press", R"({"a":1})");
    EXPECT_EQ(second.created_at, first.created_at);
    EXPECT_GE(second.changed_at, first.changed_at);
    EXPECT_GT(second.revision, first.revision);
    EXPECT_EQ(second.stopped, "RocketMQ refused the topic.");
    ASSERT_TRUE(catalog.want_task("press", true));
    const StoredTask third = *catalog.put_task("press", "{}");
    EXPECT_TRUE(third.is_wanted);
    EXPECT_EQ(third.stopped, "");
    EXPECT_EQ(catalog.tasks()->size(), 1U);
}

TEST_F(CatalogTest, revisions_are_never_given_twice) {
    std::int64_t last = 0;
    const auto expect_newer = [&last](std::int64_t revision) {
        EXPECT_GT(revision, last);
        last = revision;
    };
    for (int round = 0; round < 3; ++round) {
        Catalog catalog(open());
        expect_newer(catalog.put_task("a", "{}")->revision);
        expect_newer(catalog.put_instance("a", "{}")->revision);
        expect_newer(catalog.put_task("a", "{}")->revision);
        EXPECT_TRUE(catalog.remove_task("a"));
        EXPECT_TRUE(catalog.remove_instance("a"));
    }
}

TEST_F(CatalogTest, names_are_any_text_and_sorted_by_bytes) {
    Catalog catalog(open());
    const std::string with_zero("a\0b", 3);
    const std::vector<std::string> names{with_zero, "press'; DROP TABLE tasks; --", "Ünïcode ☃", "\"?1", "%s%n",
                                         "温度计"};
    for (const std::string& name : names) {
        EXPECT_EQ(catalog.put_task(name, name)->name, name);
        EXPECT_TRUE(catalog.want_task(name, true, name));
    }
    std::vector<std::string> sorted = names;
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::string> found;
    const std::vector<StoredTask> tasks = *catalog.tasks();
    for (const StoredTask& task : tasks) {
        found.push_back(task.name);
        EXPECT_EQ(task.definition, task.name);
        EXPECT_EQ(task.stopped, task.name);
    }
    EXPECT_EQ(found, sorted);
    for (const std::string& name : names) EXPECT_TRUE(catalog.remove_task(name));
    EXPECT_TRUE(catalog.tasks()->empty());
}

TEST_F(CatalogTest, what_leaves_is_marked_until_it_is_put_anew) {
    {
        Catalog catalog(open());
        ASSERT_TRUE(catalog.put_instance("edge", "{}"));
        ASSERT_TRUE(catalog.put_instance("other", "{}"));
        const StoredTask task = *catalog.put_task("press", "{}");
        EXPECT_FALSE(task.is_leaving);
        ASSERT_TRUE(catalog.leave_instance("edge", true));
        ASSERT_TRUE(catalog.leave_task("press"));
    }
    Catalog catalog(open());
    EXPECT_TRUE(catalog.instances()->at(0).is_leaving);
    EXPECT_FALSE(catalog.instances()->at(1).is_leaving);
    EXPECT_TRUE(catalog.tasks()->front().is_leaving);
    EXPECT_FALSE(catalog.put_instance("edge", "{}")->is_leaving);
    EXPECT_FALSE(catalog.put_task("press", "{}")->is_leaving);
    ASSERT_TRUE(catalog.leave_instance("other", true));
    ASSERT_TRUE(catalog.leave_instance("other", false));
    EXPECT_FALSE(catalog.instances()->at(1).is_leaving);
}

TEST_F(CatalogTest, what_is_not_there_is_no_error) {
    Catalog catalog(open());
    EXPECT_TRUE(catalog.want_task("none", true));
    EXPECT_TRUE(catalog.remove_task("none"));
    EXPECT_TRUE(catalog.remove_instance("none"));
    EXPECT_TRUE(catalog.tasks()->empty());
}

TEST_F(CatalogTest, large_definitions_are_kept_and_too_large_ones_refused) {
    Catalog catalog(open());
    const std::string large(4 * 1024 * 1024, 'x');
    ASSERT_TRUE(catalog.put_task("large", large));
    EXPECT_EQ(catalog.tasks()->front().definition, large);
    const auto refused = catalog.put_task("large", std::string(65 * 1024 * 1024, 'x'));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().context, "nothing was changed in the database " + path() + ": string or blob too big");
    EXPECT_EQ(catalog.tasks()->front().definition, large);
}

}  // namespace
}  // namespace outflow::store

import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.store.ReadOffsetType;

/** Consumers of one group: they share the queues, and the group's offsets outlive them. */
@SuppressWarnings("deprecation")
final class Groups {
    private Groups() {}

    static void addTo(Map<String, Conformance.Case> cases) {
        cases.put("group_shares_queues", Groups::shares);
        cases.put("group_of_three_with_two_queues", Groups::idle);
        cases.put("group_offsets_continue", Groups::continues);
        cases.put("groups_are_apart", Groups::apart);
    }

    private static DefaultMQPushConsumer start(Kit kit, String group, String topic, Pushing.Seen seen)
            throws Exception {
        DefaultMQPushConsumer consumer = kit.pusher(group);
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener(seen.concurrently());
        consumer.start();
        return consumer;
    }

    private static String shares(Kit kit) throws Exception {
        String topic = kit.topic("shares", 4);
        Pushing.Seen seen = new Pushing.Seen();
        DefaultMQPushConsumer first = start(kit, "shares", topic, seen);
        Kit.until("the first has all", () -> Pushing.assigned(first, topic) == 4);
        long began = System.nanoTime();
        DefaultMQPushConsumer second = start(kit, "shares", topic, seen);
        Kit.until("each has two", () -> Pushing.assigned(first, topic) == 2 && Pushing.assigned(second, topic) == 2);
        kit.sendMany(topic, 4, "m", 8);
        seen.await(8);
        first.shutdown();
        Kit.until("the second has all", () -> Pushing.assigned(second, topic) == 4);
        // Without a word from the broker each change would be found after up to 20 seconds only.
        boolean told = System.nanoTime() - began < 15_000_000_000L;
        kit.sendMany(topic, 4, "n", 8);
        Kit.until("all came", () -> Kit.sorted(java.util.Set.of(seen.bodies().split(" "))).split(" ").length == 16);
        second.shutdown();
        return "4, then 2 + 2, then 4; told by the broker: " + told + "; all messages came";
    }

    private static String idle(Kit kit) throws Exception {
        String topic = kit.topic("idle", 2);
        Pushing.Seen seen = new Pushing.Seen();
        var consumers = new DefaultMQPushConsumer[3];
        for (int i = 0; i < 3; ++i) consumers[i] = start(kit, "idle", topic, seen);
        Kit.until("two have one each", () -> {
            int[] counts = new int[3];
            for (int i = 0; i < 3; ++i) counts[i] = Pushing.assigned(consumers[i], topic);
            return counts[0] <= 1 && counts[1] <= 1 && counts[2] <= 1 && counts[0] + counts[1] + counts[2] == 2;
        });
        for (DefaultMQPushConsumer consumer : consumers) consumer.shutdown();
        return "1 + 1 + 0";
    }

    private static String continues(Kit kit) throws Exception {
        String topic = kit.topic("continues", 2);
        kit.sendMany(topic, 2, "m", 10);
        Pushing.Seen before = new Pushing.Seen();
        DefaultMQPushConsumer first = start(kit, "continues", topic, before);
        before.await(10);
        var offsets = first.getDefaultMQPushConsumerImpl().getOffsetStore();
        Kit.until("all is processed", () ->
            offsets.readOffset(kit.queue(topic, 0), ReadOffsetType.READ_FROM_MEMORY) == 5
            && offsets.readOffset(kit.queue(topic, 1), ReadOffsetType.READ_FROM_MEMORY) == 5);
        // Pulls that are under way may still bring older offsets with them.
        Kit.until("the broker has both offsets", () -> {
            for (int id = 0; id < 2; ++id) offsets.persist(kit.queue(topic, id));
            return kit.holds("continues", topic, 2, 5);
        });
        first.shutdown();
        kit.sendMany(topic, 2, "n", 10);
        Pushing.Seen after = new Pushing.Seen();
        DefaultMQPushConsumer second = start(kit, "continues", topic, after);
        after.await(10);
        second.shutdown();
        return before.bodies() + "; then " + Kit.onlyNew(after.bodies());
    }

    private static String apart(Kit kit) throws Exception {
        String topic = kit.topic("apart", 1);
        kit.sendMany(topic, 1, "m", 5);
        Pushing.Seen one = new Pushing.Seen();
        Pushing.Seen other = new Pushing.Seen();
        DefaultMQPushConsumer first = start(kit, "apart-one", topic, one);
        DefaultMQPushConsumer second = start(kit, "apart-other", topic, other);
        one.await(5);
        other.await(5);
        first.shutdown();
        second.shutdown();
        return one.bodies() + "; " + other.bodies();
    }
}

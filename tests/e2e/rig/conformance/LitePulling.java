import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Lite-pull consumers: assigned by hand, and subscribed with commits. */
@SuppressWarnings("deprecation")
final class LitePulling {
    private LitePulling() {}

    static void addTo(Map<String, Conformance.Case> cases) {
        cases.put("lite_assign_and_seek", LitePulling::seeks);
        cases.put("lite_subscribe_and_commit", LitePulling::commits);
        cases.put("lite_tags", LitePulling::tags);
        cases.put("lite_commits_by_itself", LitePulling::automatic);
    }

    private static DefaultLitePullConsumer consumer(Kit kit, String group) {
        DefaultLitePullConsumer made = new DefaultLitePullConsumer(kit.group(group));
        kit.configure(made);
        made.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        made.setPullThreadNums(2);
        return made;
    }

    /** Polls until so many messages came; in the order of arrival. */
    private static List<String> poll(DefaultLitePullConsumer consumer, int count) throws Exception {
        List<String> bodies = new ArrayList<>();
        Kit.until(count + " messages were polled", () -> {
            for (MessageExt message : consumer.poll(200)) bodies.add(Kit.text(message.getBody()));
            return bodies.size() >= count;
        });
        return bodies;
    }

    private static String seeks(Kit kit) throws Exception {
        String topic = kit.topic("lite-seek", 2);
        kit.sendMany(topic, 1, "m", 10);
        DefaultLitePullConsumer consumer = consumer(kit, "lite-seek");
        consumer.setAutoCommit(false);
        consumer.start();
        Collection<MessageQueue> queues = consumer.fetchMessageQueues(topic);
        MessageQueue queue = kit.queue(topic, 0);
        consumer.assign(List.of(queue));
        String assigned = String.join(" ", poll(consumer, 10));  // a seek during the first pull can get lost
        consumer.seek(queue, 5);
        String fromFive = String.join(" ", poll(consumer, 5));
        consumer.seekToBegin(queue);
        String fromBegin = String.join(" ", poll(consumer, 10));
        consumer.seekToEnd(queue);
        kit.send(topic, 0, "new");
        String fromEnd = String.join(" ", poll(consumer, 1));
        String text = queues.size() + " queues, assigned: " + assigned + "; from 5: " + fromFive
            + "; from the beginning: " + fromBegin
            + "; from the end: " + fromEnd + "; past the end: " + Kit.outcome(() -> {
                consumer.seek(queue, 99);
                return "taken";
            }) + "; at time 0: " + consumer.offsetForTimestamp(queue, 0L) + "; committed " + consumer.committed(queue);
        consumer.shutdown();
        return text;
    }

    private static String commits(Kit kit) throws Exception {
        String topic = kit.topic("lite-commit", 2);
        kit.sendMany(topic, 2, "m", 10);
        DefaultLitePullConsumer first = consumer(kit, "lite-commit");
        first.setAutoCommit(false);
        first.subscribe(topic, "*");
        first.start();
        String before = Kit.sorted(poll(first, 10));
        first.commitSync();
        // That is for the client's memory; it tells the broker now and then, or when asked to.
        Kit.until("the broker has both offsets", () -> {
            first.commit(Set.of(kit.queue(topic, 0), kit.queue(topic, 1)), true);
            return kit.holds("lite-commit", topic, 2, 5);
        });
        first.shutdown();
        kit.sendMany(topic, 2, "n", 4);
        DefaultLitePullConsumer second = consumer(kit, "lite-commit");
        second.subscribe(topic, "*");
        second.start();
        String after = Kit.onlyNew(Kit.sorted(poll(second, 4)));
        second.shutdown();
        return before + "; the next consumer: " + after;
    }

    private static String tags(Kit kit) throws Exception {
        String topic = kit.topic("lite-tags", 1);
        kit.sendMany(topic, 1, "m", 9);
        DefaultLitePullConsumer consumer = consumer(kit, "lite-tags");
        consumer.subscribe(topic, "b");
        consumer.start();
        String text = String.join(" ", poll(consumer, 3));
        consumer.shutdown();
        return text;
    }

    private static String automatic(Kit kit) throws Exception {
        String topic = kit.topic("lite-automatic", 1);
        kit.sendMany(topic, 1, "m", 6);
        DefaultLitePullConsumer first = consumer(kit, "lite-automatic");
        first.setAutoCommitIntervalMillis(1000);
        first.subscribe(topic, "*");
        first.start();
        String text = String.join(" ", poll(first, 6));
        Kit.until("what was polled is committed", () -> {
            first.poll(100);
            return first.committed(kit.queue(topic, 0)) == 6;
        });
        first.shutdown();
        Kit.until("the broker has the offset", () -> kit.holds("lite-automatic", topic, 1, 6));
        DefaultLitePullConsumer second = consumer(kit, "lite-automatic");
        second.setAutoCommit(false);
        second.start();
        long committed = second.committed(kit.queue(topic, 0));
        second.shutdown();
        return text + "; committed " + committed;
    }
}

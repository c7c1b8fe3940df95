import java.text.SimpleDateFormat;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/** Push consumers: concurrently, orderly, filtered, broadcasting, and where they begin. */
@SuppressWarnings("deprecation")
final class Pushing {
    private Pushing() {}

    static void addTo(Map<String, Conformance.Case> cases) {
        cases.put("push_concurrently", Pushing::concurrently);
        cases.put("push_orderly", Pushing::orderly);
        cases.put("push_orderly_suspended_once", Pushing::suspended);
        cases.put("push_tag_filter", Pushing::tags);
        cases.put("push_broadcasting", Pushing::broadcasting);
        cases.put("push_is_woken_by_a_send", Pushing::woken);
        cases.put("push_from_last_of_a_young_topic", Pushing::fromLast);
        cases.put("push_broadcasting_from_last", Pushing::broadcastingFromLast);
        cases.put("push_broadcasting_from_a_time", Pushing::broadcastingFromTime);
    }

    /** A listener that keeps what came. */
    static final class Seen extends ConcurrentLinkedQueue<MessageExt> {
        MessageListenerConcurrently concurrently() {
            return (messages, context) -> {
                addAll(messages);
                return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            };
        }

        MessageListenerOrderly orderly() {
            return (messages, context) -> {
                addAll(messages);
                return ConsumeOrderlyStatus.SUCCESS;
            };
        }

        String bodies() {
            List<String> bodies = new ArrayList<>();
            for (MessageExt message : this) bodies.add(Kit.text(message.getBody()));
            return Kit.sorted(bodies);
        }

        void await(int count) throws Exception {
            Kit.until(count + " messages came, now: " + bodies(), () -> size() >= count);
        }
    }

    /** How many queues of the topic the consumer has got in the rebalance; it knows then where to begin in them. */
    static int assigned(DefaultMQPushConsumer consumer, String topic) {
        int count = 0;
        for (var entry : consumer.getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable().entrySet()) {
            if (entry.getKey().getTopic().equals(topic) && !entry.getValue().isDropped()) ++count;
        }
        return count;
    }

    static void broadcast(DefaultMQPushConsumer consumer) {
        // The enumeration lives in different packages in 4.9 and 5.x.
        consumer.setMessageModel(Enum.valueOf(consumer.getMessageModel().getDeclaringClass(), "BROADCASTING"));
    }

    private static String concurrently(Kit kit) throws Exception {
        String topic = kit.topic("concurrently", 4);
        Map<String, String> sent = new ConcurrentHashMap<>();
        for (int i = 0; i < 40; ++i) {
            var result = kit.send(topic, i % 4, "m" + i);
            sent.put(result.getMsgId(), result.getMessageQueue().getQueueId() + " " + result.getQueueOffset() + " m"
                + i);
        }
        Seen seen = new Seen();
        DefaultMQPushConsumer consumer = kit.pusher("concurrently");
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener(seen.concurrently());
        consumer.start();
        seen.await(40);
        int same = 0;
        for (MessageExt m : seen) {
            String said = m.getQueueId() + " " + m.getQueueOffset() + " " + Kit.text(m.getBody());
            if (said.equals(sent.get(m.getMsgId()))) ++same;
        }
        consumer.shutdown();
        return seen.size() + " came, " + same + " with the queue and offset that the producer was told: "
            + seen.bodies()
            + ", " + Kit.properties(seen.peek());
    }

    private static String byQueue(Seen seen) {
        Map<Integer, List<String>> queues = new TreeMap<>();
        for (MessageExt m : seen) {
            queues.computeIfAbsent(m.getQueueId(), id -> new ArrayList<>()).add(Kit.text(m.getBody()));
        }
        StringBuilder text = new StringBuilder();
        queues.forEach((id, bodies) -> text.append(id).append(": ").append(String.join(" ", bodies)).append("; "));
        return text.toString();
    }

    private static String orderly(Kit kit) throws Exception {
        String topic = kit.topic("orderly", 3);
        kit.sendMany(topic, 3, "m", 30);
        Seen seen = new Seen();
        DefaultMQPushConsumer consumer = kit.pusher("orderly");
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener(seen.orderly());
        consumer.start();
        seen.await(30);
        kit.sendMany(topic, 3, "n", 6);
        seen.await(36);
        consumer.shutdown();
        return byQueue(seen);
    }

    private static String suspended(Kit kit) throws Exception {
        String topic = kit.topic("suspended", 1);
        kit.sendMany(topic, 1, "m", 4);
        Seen seen = new Seen();
        AtomicBoolean refused = new AtomicBoolean();
        DefaultMQPushConsumer consumer = kit.pusher("suspended");
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
            seen.addAll(messages);
            boolean refuse = Kit.text(messages.get(0).getBody()).equals("m1") && refused.compareAndSet(false, true);
            return refuse ? ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT : ConsumeOrderlyStatus.SUCCESS;
        });
        consumer.start();
        seen.await(5);
        consumer.shutdown();
        return byQueue(seen);
    }

    private static String tags(Kit kit) throws Exception {
        String topic = kit.topic("tags", 2);
        kit.sendMany(topic, 2, "m", 12);
        Seen seen = new Seen();
        DefaultMQPushConsumer consumer = kit.pusher("tags");
        consumer.subscribe(topic, "a || c");
        consumer.registerMessageListener(seen.concurrently());
        consumer.start();
        seen.await(8);
        kit.sendMany(topic, 2, "n", 3);
        seen.await(10);
        consumer.shutdown();
        return seen.bodies();
    }

    private static String broadcasting(Kit kit) throws Exception {
        String topic = kit.topic("broadcasting", 4);
        kit.sendMany(topic, 4, "m", 8);
        List<Seen> all = List.of(new Seen(), new Seen());
        List<DefaultMQPushConsumer> consumers = new ArrayList<>();
        for (Seen seen : all) {
            DefaultMQPushConsumer consumer = kit.pusher("broadcasting");
            broadcast(consumer);
            consumer.subscribe(topic, "*");
            consumer.registerMessageListener(seen.concurrently());
            consumer.start();
            consumers.add(consumer);
        }
        for (Seen seen : all) seen.await(8);
        for (DefaultMQPushConsumer consumer : consumers) consumer.shutdown();
        return "one: " + all.get(0).bodies() + "; other: " + all.get(1).bodies();
    }

    /** A consumer that waits in a long poll gets what is sent then, long before the poll would end (15 seconds). */
    private static String woken(Kit kit) throws Exception {
        String topic = kit.topic("woken", 1);
        Seen seen = new Seen();
        DefaultMQPushConsumer consumer = kit.pusher("woken");
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener(seen.concurrently());
        consumer.start();
        Kit.until("the queue is assigned", () -> assigned(consumer, topic) == 1);
        long slowest = 0;
        for (int i = 0; i < 10; ++i) {
            long began = System.nanoTime();
            kit.send(topic, 0, "m" + i);
            seen.await(i + 1);
            slowest = Math.max(slowest, (System.nanoTime() - began) / 1_000_000);
        }
        consumer.shutdown();
        return seen.bodies() + ", each within 5 seconds: " + (slowest < 5000);
    }

    private static String consume(DefaultMQPushConsumer consumer, String topic, int queues, Kit kit) throws Exception {
        Seen seen = new Seen();
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener(seen.concurrently());
        consumer.start();
        Kit.until("the queues are assigned", () -> assigned(consumer, topic) == queues);
        kit.send(topic, 0, "last");
        Kit.until("the last message came", () -> seen.bodies().contains("last"));
        consumer.shutdown();
        return seen.bodies();
    }

    /** A group without an offset begins at the first message as long as the topic has lost none. */
    private static String fromLast(Kit kit) throws Exception {
        String topic = kit.topic("from-last", 1);
        kit.sendMany(topic, 1, "m", 3);
        DefaultMQPushConsumer consumer = kit.pusher("from-last");
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET);
        return consume(consumer, topic, 1, kit);
    }

    private static String broadcastingFromLast(Kit kit) throws Exception {
        String topic = kit.topic("broadcasting-from-last", 1);
        kit.sendMany(topic, 1, "m", 3);
        DefaultMQPushConsumer consumer = kit.pusher("broadcasting-from-last");
        broadcast(consumer);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET);
        return consume(consumer, topic, 1, kit);
    }

    private static String broadcastingFromTime(Kit kit) throws Exception {
        String topic = kit.topic("broadcasting-from-a-time", 1);
        kit.sendMany(topic, 1, "early", 3);
        // The consumer's setting counts whole seconds. 4.9 looks for the nearest message: the early are farther.
        long second = (System.currentTimeMillis() + 400) / 1000 + 1;
        Kit.until("the next second has begun", () -> System.currentTimeMillis() / 1000 >= second);
        kit.sendMany(topic, 1, "late", 3);
        DefaultMQPushConsumer consumer = kit.pusher("broadcasting-from-a-time");
        broadcast(consumer);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_TIMESTAMP);
        consumer.setConsumeTimestamp(new SimpleDateFormat("yyyyMMddHHmmss").format(new Date(second * 1000)));
        return consume(consumer, topic, 1, kit);
    }
}

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.message.MessageExt;

/** Messages that a consumer gives back. */
@SuppressWarnings("deprecation")
final class Retrying {
    private Retrying() {}

    static void addTo(Map<String, Conformance.Case> cases) {
        cases.put("push_reconsume_later", kit -> reconsume(kit, "reconsume-later", 0));
        cases.put("push_reconsume_in_a_second", kit -> reconsume(kit, "reconsume-in-a-second", 1));
        cases.put("push_dead_letter", Retrying::deadLetter);
    }

    /** The queue of retries comes into being with the group; the client looks for its route now and then. */
    private static void awaitRetryQueue(DefaultMQPushConsumer consumer, String group) throws Exception {
        Kit.until("the retry queue is assigned", () -> {
            consumer.getDefaultMQPushConsumerImpl().doRebalance();
            return Pushing.assigned(consumer, "%RETRY%" + group) == 1;
        });
    }

    private static String reconsume(Kit kit, String name, int level) throws Exception {
        String topic = kit.topic(name, 1);
        Pushing.Seen seen = new Pushing.Seen();
        List<Long> times = new ArrayList<>();
        DefaultMQPushConsumer consumer = kit.pusher(name);
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            synchronized (times) {
                times.add(System.nanoTime() / 1_000_000);
            }
            seen.addAll(messages);
            context.setDelayLevelWhenNextConsume(level);
            return messages.get(0).getReconsumeTimes() == 0 ? ConsumeConcurrentlyStatus.RECONSUME_LATER
                : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        awaitRetryQueue(consumer, kit.group(name));
        String id = kit.send(topic, 0, "twice").getMsgId();
        seen.await(2);
        consumer.shutdown();
        StringBuilder text = new StringBuilder();
        for (MessageExt m : seen) {
            text.append(Kit.text(m.getBody())).append(" of the topic: ").append(m.getTopic().equals(topic))
                .append(", id the same: ").append(m.getMsgId().equals(id))
                .append(", reconsumed ").append(m.getReconsumeTimes()).append(", ")
                .append(Kit.properties(m)).append("; ");
        }
        long expected = level == 0 ? 10_000 : 1_000;
        long later = times.get(1) - times.get(0);
        return text + "after " + expected + " ms: " + (later >= expected - 20 && later < expected + 6_000);
    }

    private static String deadLetter(Kit kit) throws Exception {
        String topic = kit.topic("dead-letter", 1);
        String group = kit.group("dead-letter");
        Pushing.Seen seen = new Pushing.Seen();
        DefaultMQPushConsumer consumer = kit.pusher("dead-letter");
        consumer.setMaxReconsumeTimes(0);
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            seen.addAll(messages);
            return ConsumeConcurrentlyStatus.RECONSUME_LATER;
        });
        consumer.start();
        kit.send(topic, 0, "never");
        String dead = "%DLQ%" + group;
        Kit.until("the message is in the dead letter topic", () -> Kit.outcome(() -> kit.held(dead, 1)).equals("1"));
        consumer.shutdown();
        MessageExt read = Producing.readAll(kit, dead, 0).get(0);
        return seen.bodies() + ", then in the dead letter topic: " + Kit.text(read.getBody()) + ", reconsumed "
            + read.getReconsumeTimes() + ", " + Kit.properties(read);
    }
}

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.consumer.store.ReadOffsetType;
import org.apache.rocketmq.common.message.MessageQueue;

/** Pull consumers: offsets, statuses, filters, long polling. */
@SuppressWarnings("deprecation")
final class Pulling {
    private Pulling() {}

    static void addTo(Map<String, Conformance.Case> cases) {
        cases.put("pull_offsets", Pulling::offsets);
        cases.put("pull_statuses", Pulling::statuses);
        cases.put("pull_filtered", Pulling::filtered);
        cases.put("pull_long_poll_is_woken", Pulling::woken);
        cases.put("pull_long_poll_ends", Pulling::ends);
        cases.put("pull_unknown_topic", Pulling::unknown);
        cases.put("pull_commits_offsets", Pulling::commits);
        cases.put("view_message_by_id", Pulling::view);
    }

    private static String render(PullResult result) {
        boolean some = result.getPullStatus() == PullStatus.FOUND;
        String found = some ? " [" + Producing.bodies(result.getMsgFoundList()) + "]" : "";
        return result.getPullStatus() + found + " next " + result.getNextBeginOffset() + " min " + result.getMinOffset()
            + " max " + result.getMaxOffset();
    }

    private static String offsets(Kit kit) throws Exception {
        String topic = kit.topic("offsets", 2);
        DefaultMQPullConsumer consumer = kit.puller("offsets");
        MessageQueue queue = kit.queue(topic, 0);
        String empty = consumer.minOffset(queue) + " to " + consumer.maxOffset(queue) + ", searched "
            + consumer.searchOffset(queue, System.currentTimeMillis());
        for (int i = 0; i < 3; ++i) kit.send(topic, 0, "early" + i);
        Thread.sleep(20);  // 4.9 looks for the nearest message, not for the next one: here both are the same
        kit.send(topic, 0, "searched");
        Thread.sleep(20);
        for (int i = 0; i < 3; ++i) kit.send(topic, 0, "late" + i);
        long stored = consumer.pull(queue, "*", 3, 1).getMsgFoundList().get(0).getStoreTimestamp();
        String full = consumer.minOffset(queue) + " to " + consumer.maxOffset(queue) + ", searched: from the beginning "
            + consumer.searchOffset(queue, 0) + ", a stored time " + consumer.searchOffset(queue, stored)
            + ", a millisecond before " + consumer.searchOffset(queue, stored - 1) + ", in an hour "
            + consumer.searchOffset(queue, System.currentTimeMillis() + 3_600_000) + ", the other queue "
            + consumer.minOffset(kit.queue(topic, 1)) + " to " + consumer.maxOffset(kit.queue(topic, 1));
        int queues = consumer.fetchSubscribeMessageQueues(topic).size();
        consumer.shutdown();
        return "empty " + empty + "; full " + full + "; " + queues + " queues";
    }

    private static String statuses(Kit kit) throws Exception {
        String topic = kit.topic("statuses", 2);
        kit.sendMany(topic, 1, "m", 40);
        DefaultMQPullConsumer consumer = kit.puller("statuses");
        MessageQueue queue = kit.queue(topic, 0);
        List<String> words = new ArrayList<>();
        words.add("from 0: " + render(consumer.pull(queue, "*", 0, 10)));
        words.add("from 37: " + render(consumer.pull(queue, "*", 37, 32)));
        words.add("at the end: " + render(consumer.pull(queue, "*", 40, 10)));
        words.add("past the end: " + render(consumer.pull(queue, "*", 140, 10)));
        words.add("empty: " + render(consumer.pull(kit.queue(topic, 1), "*", 0, 10)));
        words.add("past the empty end: " + render(consumer.pull(kit.queue(topic, 1), "*", 7, 10)));
        words.add("no such queue: " + Kit.outcome(() -> render(consumer.pull(kit.queue(topic, 2), "*", 0, 10))));
        consumer.shutdown();
        return String.join("; ", words);
    }

    private static String filtered(Kit kit) throws Exception {
        String topic = kit.topic("filtered", 1);
        kit.sendMany(topic, 1, "m", 9);
        DefaultMQPullConsumer consumer = kit.puller("filtered");
        MessageQueue queue = kit.queue(topic, 0);
        String text = "b: " + render(consumer.pull(queue, "b", 0, 10)) + "; a || c, three: "
            + render(consumer.pull(queue, "a || c", 0, 3)) + "; no such tag: "
            + render(consumer.pull(queue, "z", 0, 10));
        consumer.shutdown();
        return text;
    }

    private static String woken(Kit kit) throws Exception {
        String topic = kit.topic("poll-woken", 1);
        DefaultMQPullConsumer consumer = kit.puller("poll-woken");
        var pool = Executors.newSingleThreadExecutor();
        var polled = pool.submit(() -> consumer.pullBlockIfNotFound(kit.queue(topic, 0), "*", 0, 10));
        boolean early;
        try {
            polled.get(300, TimeUnit.MILLISECONDS);
            early = true;
        } catch (java.util.concurrent.TimeoutException e) {
            early = false;
        }
        kit.send(topic, 0, "wake");
        String text = "answered before the send: " + early + ", then " + render(polled.get(10, TimeUnit.SECONDS));
        consumer.shutdown();
        pool.shutdown();
        return text;
    }

    private static String ends(Kit kit) throws Exception {
        String topic = kit.topic("poll-ends", 1);
        DefaultMQPullConsumer consumer = new DefaultMQPullConsumer(kit.group("poll-ends"));
        kit.configure(consumer);
        consumer.setBrokerSuspendMaxTimeMillis(2_000);
        consumer.start();
        long began = System.nanoTime();
        String text = render(consumer.pullBlockIfNotFound(kit.queue(topic, 0), "*", 0, 10));
        long took = (System.nanoTime() - began) / 1_000_000;
        consumer.shutdown();
        return text + ", after 2 to 15 seconds: " + (took >= 1_900 && took < 15_000);
    }

    private static String unknown(Kit kit) throws Exception {
        String topic = kit.prefix + "-nobody-made-this";
        DefaultMQPullConsumer consumer = kit.puller("unknown");
        consumer.pull(kit.queue(kit.topic("known", 1), 0), "*", 0, 1);  // the client then knows the broker's address
        String text = Kit.outcome(() -> consumer.fetchSubscribeMessageQueues(topic)) + ", pull "
            + Kit.outcome(() -> render(consumer.pull(kit.queue(topic, 0), "*", 0, 10)));
        consumer.shutdown();
        return text;
    }

    private static String commits(Kit kit) throws Exception {
        String topic = kit.topic("commits", 1);
        kit.sendMany(topic, 1, "m", 10);
        MessageQueue queue = kit.queue(topic, 0);
        DefaultMQPullConsumer consumer = kit.puller("commits");
        consumer.pull(queue, "*", 0, 1);  // a group comes into being by its first pull or heartbeat
        String before = Kit.outcome(() -> consumer.fetchConsumeOffset(queue, true));
        var store = consumer.getDefaultMQPullConsumerImpl().getOffsetStore();
        store.updateOffset(queue, 7, false);
        store.updateConsumeOffsetToBroker(queue, 7, false);
        DefaultMQPullConsumer other = kit.puller("commits");
        long after = other.getDefaultMQPullConsumerImpl().getOffsetStore()
            .readOffset(queue, ReadOffsetType.READ_FROM_STORE);
        consumer.shutdown();
        other.shutdown();
        return "before " + before + ", after " + after;
    }

    private static String view(Kit kit) throws Exception {
        String topic = kit.topic("view", 2);
        kit.send(topic, 1, "other");
        String id = kit.send(topic, 1, "seen").getOffsetMsgId();
        var message = kit.admin.viewMessage(topic, id);
        return Kit.text(message.getBody()) + ", topic " + message.getTopic().equals(topic) + ", queue "
            + message.getQueueId()
            + " offset " + message.getQueueOffset();
    }
}

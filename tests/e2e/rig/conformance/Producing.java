import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Sends of every kind, and what a consumer then reads. */
@SuppressWarnings("deprecation")
final class Producing {
    private Producing() {}

    static void addTo(Map<String, Conformance.Case> cases) {
        cases.put("send_one", Producing::one);
        cases.put("send_in_turn_uses_every_queue", Producing::inTurn);
        cases.put("send_batch", Producing::batch);
        cases.put("send_ordered_by_a_selector", Producing::ordered);
        cases.put("send_async", Producing::async);
        cases.put("send_one_way", Producing::oneWay);
        cases.put("send_keys_tags_properties", Producing::properties);
        cases.put("send_compressed", Producing::compressed);
        cases.put("send_delayed", Producing::delayed);
        cases.put("send_too_large", Producing::tooLarge);
        cases.put("send_batch_too_large", Producing::batchTooLarge);
        cases.put("send_to_an_illegal_queue", Producing::illegalQueue);
        cases.put("send_creates_a_topic", Producing::createsTopic);
        cases.put("send_to_an_unknown_topic", Producing::unknownTopic);
        cases.put("send_empty_body", Producing::emptyBody);
    }

    static String render(SendResult result) {
        return result.getSendStatus() + " queue " + result.getMessageQueue().getQueueId() + " offset "
            + result.getQueueOffset();
    }

    /** Every message of a queue, read by pulling. */
    static List<MessageExt> readAll(Kit kit, String topic, int queueId) throws Exception {
        DefaultMQPullConsumer consumer = kit.puller("read-all");
        try {
            List<MessageExt> messages = new ArrayList<>();
            long end = consumer.maxOffset(kit.queue(topic, queueId));
            while (messages.size() < end) {
                var result = consumer.pull(kit.queue(topic, queueId), "*", messages.size(), 32);
                if (result.getPullStatus() == PullStatus.FOUND) messages.addAll(result.getMsgFoundList());
            }
            return messages;
        } finally {
            consumer.shutdown();
        }
    }

    static String bodies(List<MessageExt> messages) {
        List<String> bodies = new ArrayList<>();
        for (MessageExt message : messages) bodies.add(Kit.text(message.getBody()));
        return String.join(" ", bodies);
    }

    private static String one(Kit kit) throws Exception {
        String topic = kit.topic("one", 1);
        SendResult first = kit.send(Kit.message(topic, "hello"));
        SendResult second = kit.send(Kit.message(topic, "again"));
        List<MessageExt> read = readAll(kit, topic, 0);
        return render(first) + ", " + render(second) + ", ids of " + first.getMsgId().length() + " and "
            + first.getOffsetMsgId().length() + " characters, read " + bodies(read)
            + ", the consumer's id is the producer's: "
            + read.get(0).getMsgId().equals(first.getMsgId()) + ", born before stored: "
            + (read.get(0).getBornTimestamp() <= read.get(0).getStoreTimestamp()) + ", CRC " + read.get(0).getBodyCRC();
    }

    private static String inTurn(Kit kit) throws Exception {
        String topic = kit.topic("in-turn", 3);
        for (int i = 0; i < 12; ++i) kit.send(Kit.message(topic, "m" + i));
        return kit.producer.fetchPublishMessageQueues(topic).size() + " queues, offsets " + kit.producer.maxOffset(
            kit.queue(topic, 0)) + " " + kit.producer.maxOffset(kit.queue(topic, 1)) + " "
            + kit.producer.maxOffset(kit.queue(topic, 2));
    }

    private static String batch(Kit kit) throws Exception {
        String topic = kit.topic("batch", 1);
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < 40; ++i) {
            Message message = Kit.message(topic, "m" + i);
            message.setTags("t" + i % 2);
            message.setKeys("k" + i);
            message.putUserProperty("n", String.valueOf(i));
            messages.add(message);
        }
        SendResult first = Kit.patiently(() -> kit.producer.send(messages.subList(0, 3)));
        SendResult second = Kit.patiently(() -> kit.producer.send(messages.subList(3, 40), kit.queue(topic, 0)));
        kit.held(topic, 1, 40);
        List<MessageExt> read = readAll(kit, topic, 0);
        MessageExt last = read.get(39);
        return render(first) + " ids " + first.getOffsetMsgId().split(",").length + ", " + render(second) + ", read "
            + bodies(read) + ", the last at " + last.getQueueOffset() + " " + last.getTags() + " " + last.getKeys()
            + " "
            + last.getUserProperty("n") + ", " + Kit.properties(last);
    }

    private static String ordered(Kit kit) throws Exception {
        String topic = kit.topic("ordered", 4);
        for (int i = 0; i < 20; ++i) {
            Message one = Kit.message(topic, "k" + i % 5 + "-" + i / 5);
            int key = i % 5;
            Kit.patiently(() -> kit.producer.send(one,
                (queues, message, k) -> queues.get((int) k % queues.size()), key));
        }
        kit.held(topic, 4, 20);
        StringBuilder text = new StringBuilder();
        for (int id = 0; id < 4; ++id) {
            text.append(id).append(": ").append(bodies(readAll(kit, topic, id))).append("; ");
        }
        return text.toString();
    }

    private static void sendAsync(Kit kit, Message message, AtomicInteger good, CountDownLatch answers)
            throws Exception {
        kit.producer.send(message, new SendCallback() {
            @Override
            public void onSuccess(SendResult result) {
                if (result.getSendStatus() == SendStatus.SEND_OK) good.incrementAndGet();
                answers.countDown();
            }

            @Override
            public void onException(Throwable e) {
                if (!(e instanceof MQBrokerException) || ((MQBrokerException) e).getResponseCode() != 2) {
                    answers.countDown();
                    return;
                }
                try {
                    Thread.sleep(50);
                    sendAsync(kit, message, good, answers);
                } catch (Exception again) {
                    answers.countDown();
                }
            }
        });
    }

    private static String async(Kit kit) throws Exception {
        String topic = kit.topic("async", 4);
        AtomicInteger good = new AtomicInteger();
        CountDownLatch answers = new CountDownLatch(200);
        for (int i = 0; i < 200; ++i) {
            sendAsync(kit, Kit.message(topic, "m" + i), good, answers);
        }
        boolean all = answers.await(30, TimeUnit.SECONDS);
        kit.held(topic, 4, good.get());
        Set<String> bodies = new HashSet<>();  // the client sends again by itself when a real broker is slow
        for (int id = 0; id < 4; ++id) {
            for (MessageExt message : readAll(kit, topic, id)) bodies.add(Kit.text(message.getBody()));
        }
        return "answered " + all + ", " + good + " SEND_OK, the topic holds " + bodies.size();
    }

    private static String oneWay(Kit kit) throws Exception {
        String topic = kit.topic("one-way", 2);
        for (int i = 0; i < 6; ++i) kit.producer.sendOneway(Kit.message(topic, "m" + i), kit.queue(topic, i % 2));
        Kit.until("six messages are there", () -> {
            Thread.sleep(200);
            if (kit.held(topic, 2) >= 6) return true;
            kit.producer.sendOneway(Kit.message(topic, "more"), kit.queue(topic, 0));  // a busy broker drops some
            return false;
        });
        return "six are there";
    }

    private static String properties(Kit kit) throws Exception {
        String topic = kit.topic("properties", 1);
        Message message = new Message(topic, "tag", "key1 key2", 77, "käse".getBytes(StandardCharsets.UTF_8), true);
        message.putUserProperty("plant", "hz=1");
        message.putUserProperty("größe", "zwölf \"Meter\"");
        kit.send(message);
        MessageExt read = readAll(kit, topic, 0).get(0);
        return Kit.text(read.getBody()) + ", tag " + read.getTags() + ", keys " + read.getKeys() + ", flag "
            + read.getFlag()
            + ", plant " + read.getUserProperty("plant") + ", größe " + read.getUserProperty("größe") + ", queue "
            + read.getQueueId() + " offset " + read.getQueueOffset() + ", reconsumed " + read.getReconsumeTimes()
            + ", sysFlag " + read.getSysFlag() + ", " + Kit.properties(read);
    }

    private static String compressed(Kit kit) throws Exception {
        String topic = kit.topic("compressed", 1);
        byte[] body = new byte[100_000];
        for (int i = 0; i < body.length; ++i) body[i] = (byte) (i / 100);
        kit.send(new Message(topic, body));
        MessageExt read = readAll(kit, topic, 0).get(0);
        return "read the same: " + Arrays.equals(body, read.getBody()) + ", stored smaller: "
            + (read.getStoreSize() < 50_000);
    }

    private static String delayed(Kit kit) throws Exception {
        String topic = kit.topic("delayed", 2);
        Message message = Kit.message(topic, "late");
        message.setDelayTimeLevel(1);
        message.setKeys("k");
        SendResult result = kit.send(message, 1);
        Kit.until("the message is there", () -> kit.held(topic, 2) == 1);
        MessageExt read = readAll(kit, topic, 1).get(0);
        long late = read.getStoreTimestamp() - read.getBornTimestamp();
        return result.getSendStatus() + ", then " + Kit.text(read.getBody()) + " in queue "
            + read.getQueueId() + ", late by a second: " + (late >= 990 && late < 5000) + ", keys " + read.getKeys()
            + ", " + Kit.properties(read);
    }

    private static byte[] noise(int size) {
        byte[] body = new byte[size];
        new Random(1).nextBytes(body);
        return body;
    }

    /** A client that itself has no limit, so that the broker's counts; it tries once. */
    private static DefaultMQProducer unlimited(Kit kit, String name) throws Exception {
        DefaultMQProducer producer = kit.producer(name);
        producer.setMaxMessageSize(16 * 1024 * 1024);
        producer.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
        producer.setRetryTimesWhenSendFailed(0);
        producer.start();
        return producer;
    }

    private static String tooLarge(Kit kit) throws Exception {
        String topic = kit.topic("too-large", 1);
        DefaultMQProducer producer = unlimited(kit, "too-large");
        String fits = Kit.outcome(() -> render(producer.send(new Message(topic, noise(4 * 1024 * 1024)))));
        String over = Kit.outcome(() -> render(producer.send(new Message(topic, noise(4 * 1024 * 1024 + 1)))));
        String propertiesOver = Kit.outcome(() -> {
            Message message = Kit.message(topic, "m");
            message.putUserProperty("p", "x".repeat(32_768));
            return render(producer.send(message));
        });
        producer.shutdown();
        return "4 MiB: " + fits + ", a byte more: " + over + ", properties over 32767 bytes: " + propertiesOver
            + ", the topic holds " + kit.held(topic, 1, 1);
    }

    private static String batchTooLarge(Kit kit) throws Exception {
        String topic = kit.topic("batch-too-large", 1);
        DefaultMQProducer producer = unlimited(kit, "batch-too-large");
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < 5; ++i) messages.add(new Message(topic, noise(1024 * 1024)));
        String all = Kit.outcome(() -> render(producer.send(messages)));
        String three = Kit.outcome(() -> render(producer.send(messages.subList(0, 3))));
        producer.shutdown();
        return "5 MiB: " + all + ", 3 MiB: " + three + ", the topic holds " + kit.held(topic, 1, 3);
    }

    private static String illegalQueue(Kit kit) throws Exception {
        String topic = kit.topic("illegal-queue", 2);
        return Kit.outcome(() -> render(kit.send(topic, 1, "m"))) + ", "
            + Kit.outcome(() -> render(kit.send(topic, 2, "m")))
            + ", " + Kit.outcome(() -> render(kit.send(topic, 99, "m")));
    }

    private static String createsTopic(Kit kit) throws Exception {
        String topic = kit.prefix + "-created-by-a-send";
        String before = Kit.outcome(() -> kit.admin.examineTopicRouteInfo(topic));
        String sent = Kit.outcome(() -> kit.producer.send(Kit.message(topic, "m")).getSendStatus());
        Kit.until("a route", () -> !Kit.outcome(() -> kit.admin.examineTopicRouteInfo(topic)).startsWith("MQClient"));
        var queues = kit.admin.examineTopicRouteInfo(topic).getQueueDatas().get(0);
        return "before " + before + ", " + sent + ", queues to read " + queues.getReadQueueNums() + " and to write "
            + queues.getWriteQueueNums() + ", perm " + queues.getPerm();
    }

    private static String unknownTopic(Kit kit) throws Exception {
        // The pattern of a topic that does not exist is a topic that nothing may be made from.
        DefaultMQProducer producer = kit.producer("unknown-topic");
        producer.setCreateTopicKey(kit.topic("no-pattern", 1));
        producer.setRetryTimesWhenSendFailed(0);
        producer.start();
        String outcome = Kit.outcome(() -> producer.send(Kit.message(kit.prefix + "-unknown", "m")).getSendStatus());
        producer.shutdown();
        return outcome + ", route afterwards " + Kit.outcome(() -> kit.admin.examineTopicRouteInfo(kit.prefix
            + "-unknown"));
    }

    private static String emptyBody(Kit kit) throws Exception {
        String topic = kit.topic("empty", 1);
        return Kit.outcome(() -> render(kit.producer.send(new Message(topic, new byte[0])))) + ", the topic holds "
            + kit.held(topic, 1);
    }
}

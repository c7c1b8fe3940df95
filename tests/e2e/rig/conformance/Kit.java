import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** What every case needs: a producer, the tools, topics of its own, consumers, and waiting for a condition. */
@SuppressWarnings("deprecation")
final class Kit {
    static final long WAIT_MS = 40_000;

    final String nameServers;
    final String prefix;
    final DefaultMQProducer producer;
    final DefaultMQAdminExt admin;
    final String brokerAddress;
    final String brokerName;
    private final AtomicInteger instances = new AtomicInteger();

    Kit(String nameServers, String prefix) throws Exception {
        this.nameServers = nameServers;
        this.prefix = prefix;
        producer = producer("shared");
        producer.start();
        admin = new DefaultMQAdminExt(10_000);
        configure(admin);
        admin.start();
        var cluster = admin.examineBrokerClusterInfo().getBrokerAddrTable();
        brokerName = cluster.keySet().iterator().next();
        brokerAddress = cluster.get(brokerName).getBrokerAddrs().get(0L);
    }

    /** The same clients, other topics and groups. */
    Kit(Kit other) {
        nameServers = other.nameServers;
        prefix = other.prefix + "-again";
        producer = other.producer;
        admin = other.admin;
        brokerAddress = other.brokerAddress;
        brokerName = other.brokerName;
    }

    /** A client of its own: the client library shares connections and threads between equal instance names. */
    void configure(ClientConfig client) {
        client.setNamesrvAddr(nameServers);
        client.setVipChannelEnabled(false);
        // A starting client may skip its first heartbeat or route question; by default it repeats them after 30 s.
        client.setHeartbeatBrokerInterval(1_000);
        client.setPollNameServerInterval(1_000);
        client.setInstanceName(prefix + "-" + instances.incrementAndGet());
    }

    DefaultMQProducer producer(String name) {
        DefaultMQProducer made = new DefaultMQProducer(prefix + "-producer-" + name);
        configure(made);
        made.setSendMsgTimeout(10_000);
        return made;
    }

    DefaultMQPullConsumer puller(String group) throws MQClientException {
        DefaultMQPullConsumer made = new DefaultMQPullConsumer(group(group));
        configure(made);
        made.start();
        return made;
    }

    /** From the first message on; not started. */
    DefaultMQPushConsumer pusher(String group) {
        DefaultMQPushConsumer made = new DefaultMQPushConsumer(group(group));
        configure(made);
        made.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        made.setConsumeThreadMin(2);
        made.setConsumeThreadMax(2);
        return made;
    }

    String group(String name) {
        return prefix + "-group-" + name;
    }

    /** A new topic, known to the name server when this returns. */
    String topic(String name, int queues) throws Exception {
        String topic = prefix + "-" + name;
        createTopic(topic, queues, queues);
        return topic;
    }

    void createTopic(String topic, int readQueues, int writeQueues) throws Exception {
        admin.createAndUpdateTopicConfig(brokerAddress, new TopicConfig(topic, readQueues, writeQueues, 6));
        until("a route for the topic", () -> {
            try {
                var queues = admin.examineTopicRouteInfo(topic).getQueueDatas();
                return queues.size() == 1 && queues.get(0).getReadQueueNums() == readQueues
                    && queues.get(0).getWriteQueueNums() == writeQueues;
            } catch (MQClientException e) {
                return false;
            }
        });
    }

    MessageQueue queue(String topic, int id) {
        return new MessageQueue(topic, brokerName, id);
    }

    static Message message(String topic, String body) {
        return new Message(topic, body.getBytes(StandardCharsets.UTF_8));
    }

    /** A broker that has just started, or a slow machine, answers SYSTEM_BUSY (2): not stored, so it is sent again. */
    static <T> T patiently(Callable<T> call) throws Exception {
        for (int tries = 1; ; ++tries) {
            try {
                return call.call();
            } catch (MQBrokerException e) {
                if (e.getResponseCode() != 2 || tries == 50) throw e;
                Thread.sleep(50);
            }
        }
    }

    SendResult send(String topic, int queueId, String body) throws Exception {
        return send(message(topic, body), queueId);
    }

    SendResult send(Message message, int queueId) throws Exception {
        MessageQueue queue = queue(message.getTopic(), queueId);
        return visible(patiently(() -> producer.send(message, queue)), message.getDelayTimeLevel());
    }

    /** The client chooses the queue. */
    SendResult send(Message message) throws Exception {
        return visible(patiently(() -> producer.send(message)), message.getDelayTimeLevel());
    }

    /** A real broker answers a send a few milliseconds before consumers can see the message. */
    private SendResult visible(SendResult result, int delayLevel) throws Exception {
        if (delayLevel == 0) {
            MessageQueue queue = result.getMessageQueue();
            until("the message is visible", () -> producer.maxOffset(queue) > result.getQueueOffset());
        }
        return result;
    }

    /** Bodies PREFIX0, PREFIX1, ... in turn into the queues 0 to queues - 1; tags a, b, c in turn. */
    void sendMany(String topic, int queues, String bodyPrefix, int count) throws Exception {
        for (int i = 0; i < count; ++i) {
            Message message = message(topic, bodyPrefix + i);
            message.setTags(String.valueOf((char) ('a' + i % 3)));
            send(message, i % queues);
        }
    }

    long held(String topic, int queues) throws Exception {
        long sum = 0;
        for (int id = 0; id < queues; ++id) {
            sum += producer.maxOffset(queue(topic, id)) - producer.minOffset(queue(topic, id));
        }
        return sum;
    }

    /** How many the topic holds, once it holds `expected`; and then no more, if nothing is wrong. */
    long held(String topic, int queues, long expected) throws Exception {
        until(expected + " messages are visible", () -> held(topic, queues) >= expected);
        return held(topic, queues);
    }

    /**
     * Whether the broker itself has this offset of a group for each of the queues. A consumer that has committed knows
     * what it has sent at most: commits go one way, and a real broker loses one of a group's first two when they come
     * at the same time (two threads each make the group's table).
     */
    boolean holds(String group, String topic, int queues, long offset) throws Exception {
        try {
            var held = patiently(() -> admin.examineConsumeStats(group(group), topic)).getOffsetTable();
            for (int id = 0; id < queues; ++id) {
                var one = held.get(queue(topic, id));
                if (one == null || one.getConsumerOffset() != offset) return false;
            }
            return true;
        } catch (MQClientException e) {
            if (e.getResponseCode() == 206) return false;  // of no queue
            throw e;
        }
    }

    /**
     * For a consumer that begins when the broker has the offsets of its group. The client of 4.9 reads from the
     * beginning if the broker refuses (busy) to tell it the offset: then the case is run again. A case of the embedded
     * broker may not be run again, so it is forgiven nothing.
     */
    static String onlyNew(String bodies) {
        if (bodies.contains("m")) throw new IllegalStateException("read again though committed: " + bodies);
        return bodies;
    }

    static void until(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + WAIT_MS * 1_000_000;
        while (!condition.call()) {
            if (System.nanoTime() > end) throw new IllegalStateException("not within " + WAIT_MS + " ms: " + what);
            Thread.sleep(10);
        }
    }

    static String text(byte[] body) {
        return new String(body, StandardCharsets.UTF_8);
    }

    /** The names of all properties that the consumer sees. */
    static String properties(MessageExt message) {
        return "properties " + String.join(" ", message.getProperties().keySet().stream().sorted().toList());
    }

    /** In order, so that what came in any order reads the same each time. */
    static String sorted(Collection<String> words) {
        List<String> list = new ArrayList<>(words);
        list.sort((a, b) -> a.length() != b.length() ? a.length() - b.length() : a.compareTo(b));
        return String.join(" ", list);
    }

    /** What a call gives, or the kind and code of its exception; remarks are free text and no part of the protocol. */
    static String outcome(Callable<?> call) {
        try {
            return String.valueOf(patiently(call));
        } catch (MQBrokerException e) {
            return "MQBrokerException " + e.getResponseCode();
        } catch (MQClientException e) {
            return "MQClientException " + e.getResponseCode();
        } catch (Exception e) {
            return e.getClass().getSimpleName();
        }
    }
}

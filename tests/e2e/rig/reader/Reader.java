import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.acl.common.AclClientRPCHook;
import org.apache.rocketmq.acl.common.SessionCredentials;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.RPCHook;

/**
 * Reads topics back with the official client. Commands come as lines on stdin, words separated by tabs; each is answered
 * by one line on stdout, "ok ..." or "error ...":
 *   read NAME_SERVERS TOPIC FILE ACCESS_KEY SECRET_KEY   every message of every queue, as JSON lines into FILE
 *   count NAME_SERVERS TOPIC ACCESS_KEY SECRET_KEY       the sum of (max - min offset) over the queues
 *   topic NAME_SERVERS BROKER_ADDRESS TOPIC READ_QUEUES WRITE_QUEUES ACCESS_KEY SECRET_KEY   creates or changes it
 * An access key "-" means no credentials.
 */
@SuppressWarnings("deprecation")
public final class Reader {
    private static int consumers = 0;

    static RPCHook hook(String accessKey, String secretKey) {
        return accessKey.equals("-") ? null : new AclClientRPCHook(new SessionCredentials(accessKey, secretKey));
    }

    private static DefaultMQPullConsumer consumer(String nameServers, RPCHook hook) throws Exception {
        DefaultMQPullConsumer consumer = new DefaultMQPullConsumer("outflow_rig_reader", hook);
        consumer.setNamesrvAddr(nameServers);
        consumer.setInstanceName("reader-" + consumers++);  // a fresh client, so a fresh route, each time
        consumer.setVipChannelEnabled(false);
        consumer.start();
        return consumer;
    }

    private static List<MessageQueue> queues(DefaultMQPullConsumer consumer, String topic) throws Exception {
        List<MessageQueue> queues = new ArrayList<>(consumer.fetchSubscribeMessageQueues(topic));
        queues.sort(Comparator.naturalOrder());
        return queues;
    }

    private static String read(String nameServers, String topic, Path file, RPCHook hook) throws Exception {
        DefaultMQPullConsumer consumer = consumer(nameServers, hook);
        long count = 0;
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (MessageQueue queue : queues(consumer, topic)) {
                long end = consumer.maxOffset(queue);
                long at = consumer.minOffset(queue);
                while (at < end) {
                    PullResult result = consumer.pull(queue, "*", at, 1000);
                    if (result.getPullStatus() == PullStatus.FOUND) {
                        for (MessageExt message : result.getMsgFoundList()) {
                            write(out, queue, message);
                            ++count;
                        }
                    } else if (result.getNextBeginOffset() <= at) {
                        throw new IOException("no progress: " + queue + " at " + at + " of " + end + ": "
                            + result.getPullStatus());
                    }
                    at = result.getNextBeginOffset();
                }
            }
        } finally {
            consumer.shutdown();
        }
        return "ok " + count;
    }

    private static String count(String nameServers, String topic, RPCHook hook) throws Exception {
        DefaultMQPullConsumer consumer = consumer(nameServers, hook);
        try {
            long count = 0;
            for (MessageQueue queue : queues(consumer, topic)) {
                count += consumer.maxOffset(queue) - consumer.minOffset(queue);
            }
            return "ok " + count;
        } finally {
            consumer.shutdown();
        }
    }

    private static void write(BufferedWriter out, MessageQueue queue, MessageExt message) throws IOException {
        StringBuilder line = new StringBuilder(512);
        line.append("{\"broker\":");
        quote(line, queue.getBrokerName());
        line.append(",\"queue\":").append(message.getQueueId()).append(",\"offset\":").append(message.getQueueOffset());
        line.append(",\"msgId\":");
        quote(line, message.getMsgId());
        line.append(",\"keys\":");
        quote(line, message.getKeys());
        line.append(",\"tags\":");
        quote(line, message.getTags());
        line.append(",\"storeTimestamp\":").append(message.getStoreTimestamp());
        line.append(",\"bornTimestamp\":").append(message.getBornTimestamp());
        line.append(",\"properties\":{");
        boolean first = true;
        for (Map.Entry<String, String> property : message.getProperties().entrySet()) {
            if (!first) line.append(',');
            first = false;
            quote(line, property.getKey());
            line.append(':');
            quote(line, property.getValue());
        }
        byte[] body = message.getBody() == null ? new byte[0] : message.getBody();
        line.append("},\"body\":\"").append(Base64.getEncoder().encodeToString(body)).append("\"}\n");
        out.append(line);
    }

    private static void quote(StringBuilder out, String text) {
        if (text == null) {
            out.append("null");
            return;
        }
        out.append('"');
        for (int i = 0; i < text.length(); ++i) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20 || c > 0x7e) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    private static String answer(String[] words) throws Exception {
        switch (words[0]) {
            case "read":
                return read(words[1], words[2], Path.of(words[3]), hook(words[4], words[5]));
            case "count":
                return count(words[1], words[2], hook(words[3], words[4]));
            case "topic":
                return Admin.changeTopic(words[1], words[2], words[3], Integer.parseInt(words[4]),
                    Integer.parseInt(words[5]), hook(words[6], words[7]));
            default:
                return "error unknown command " + words[0];
        }
    }

    public static void main(String[] arguments) throws IOException {
        java.io.PrintStream answers = System.out;
        System.setOut(System.err);  // what the client's libraries print is no answer
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String result;
            try {
                result = answer(line.split("\t", -1));
            } catch (Exception e) {
                e.printStackTrace();
                result = "error " + e;
            }
            answers.println(result.replace('\n', ' '));
            answers.flush();
        }
        System.exit(0);  // the client leaves threads
    }
}

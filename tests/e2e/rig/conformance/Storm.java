import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * Sends without end while the test kills the broker, each thread its own numbers in turn into its own queue, and one
 * thread commits ascending offsets of a group. Says what it was told, a line each, until its input ends:
 *   sent THREAD NUMBER OFFSET     SEND_OK
 *   failed THREAD NUMBER          no answer, or a bad one; the same number is sent again
 *   committed OFFSET              the broker answered
 *
 * Usage: Storm NAME_SERVERS TOPIC THREADS GROUP     the topic has a queue for each thread
 */
@SuppressWarnings("deprecation")
public final class Storm {
    private static final AtomicBoolean STOPPED = new AtomicBoolean();

    private static final PrintStream ANSWERS = System.out;

    private static synchronized void say(String line) {
        ANSWERS.println(line);
        ANSWERS.flush();
    }

    private static void send(DefaultMQProducer producer, MessageQueue queue, int thread) {
        for (int number = 0; !STOPPED.get(); ) {
            try {
                Message message = new Message(queue.getTopic(), (thread + " " + number).getBytes());
                SendResult result = producer.send(message, queue, 10_000);
                if (result.getSendStatus() == SendStatus.SEND_OK) {
                    say("sent " + thread + " " + number++ + " " + result.getQueueOffset());
                    continue;
                }
            } catch (Exception e) {
                // told below
            }
            say("failed " + thread + " " + number);
            pause();
        }
    }

    private static void commit(DefaultMQPullConsumer consumer, MessageQueue queue) {
        var store = consumer.getDefaultMQPullConsumerImpl().getOffsetStore();
        for (long offset = 1; !STOPPED.get(); ++offset) {
            try {
                store.updateConsumeOffsetToBroker(queue, offset, false);
                say("committed " + offset);
            } catch (Exception e) {
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public static void main(String[] arguments) throws Exception {
        System.setOut(System.err);  // what the client's libraries print is no answer
        DefaultMQProducer producer = new DefaultMQProducer("storm");
        producer.setNamesrvAddr(arguments[0]);
        producer.setRetryTimesWhenSendFailed(0);
        producer.start();
        DefaultMQPullConsumer consumer = new DefaultMQPullConsumer(arguments[3]);
        consumer.setNamesrvAddr(arguments[0]);
        consumer.setInstanceName("storm-commits");
        consumer.start();
        var queues = new ArrayList<>(producer.fetchPublishMessageQueues(arguments[1]));
        queues.sort(null);
        consumer.pull(queues.get(0), "*", 0, 1);  // the group comes into being
        List<Thread> threads = new ArrayList<>();
        for (int index = 0; index < Integer.parseInt(arguments[2]); ++index) {
            int thread = index;
            threads.add(new Thread(() -> send(producer, queues.get(thread), thread)));
        }
        threads.add(new Thread(() -> commit(consumer, queues.get(0))));
        threads.forEach(Thread::start);
        while (System.in.read() >= 0) continue;
        STOPPED.set(true);
        for (Thread thread : threads) thread.join(10_000);
        Runtime.getRuntime().halt(0);
    }
}

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.concurrent.Executors;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.Main;
import org.apache.camel.main.MainListenerSupport;

/**
 * The bridge MQTT -> RocketMQ with Apache Camel, as a peer for bench/run: safe (manual acknowledgement when the route
 * is done, waiting for RocketMQ's answer, redelivery until it is stored) and otherwise as quick as Camel allows.
 * Arguments: MQTT_HOST:PORT TOPIC_FILTER NAME_SERVER ROCKETMQ_TOPIC CLIENT_ID
 */
public final class Bridge extends RouteBuilder {
    private static final String KEY = "CamelRockerMQOverrideMessageKey";  // spelled so by camel-rocketmq 4.16
    private static final String TAG = "CamelRockerMQOverrideTag";
    private static final JsonFactory JSON = new JsonFactory();
    private final String source;
    private final String sink;

    // All messages in flight go to RocketMQ at once, each with 3 seconds for its answer: with tens of thousands a slow
    // moment makes them time out, and the repetitions make it slower still. Two thousand keep RocketMQ busy.
    private static final int IN_FLIGHT = 2000;

    private Bridge(String[] arguments) {
        source = "paho-mqtt5:" + arguments[1] + "?brokerUrl=tcp://" + arguments[0] + "&clientId=" + arguments[4]
            + "&qos=1&cleanStart=false&sessionExpiryInterval=3600&manualAcksEnabled=true&receiveMaximum=" + IN_FLIGHT;
        sink = "rocketmq:" + arguments[3] + "?namesrvAddr=" + arguments[2] + "&producerGroup=" + arguments[4]
            + "&waitForSendResult=true";
    }

    @Override
    public void configure() {
        // Without an end to the redeliveries nothing is lost. Delayed ones must not sleep on the few threads that bring
        // RocketMQ's answers; the price is that later messages may overtake. Camel's own pool refuses more than 1,000
        // waiting redeliveries, and a refused message would stay unacknowledged until the next connection.
        errorHandler(defaultErrorHandler().maximumRedeliveries(-1).redeliveryDelay(500).asyncDelayedRedelivery()
            .executorService(Executors.newScheduledThreadPool(2)).logRetryAttempted(false).logStackTrace(false));
        from(source).filter(Bridge::passes).to(sink);
    }

    /** Reads no more of the payload than it needs, token by token; leaves the key and the tag in headers. */
    private static boolean passes(Exchange exchange) {
        byte[] payload = exchange.getMessage().getBody(byte[].class);
        String id = null;
        String alarm = null;
        double temperature = Double.NEGATIVE_INFINITY;
        try (JsonParser parser = JSON.createParser(payload)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) return false;
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                JsonToken token = parser.nextToken();
                switch (name) {
                    case "id":
                        id = parser.getText();
                        break;
                    case "alarm":
                        alarm = parser.getText();
                        break;
                    case "temperature":
                        if (!token.isNumeric()) return false;
                        temperature = parser.getDoubleValue();
                        if (temperature <= 50) return false;
                        break;
                    default:
                        parser.skipChildren();
                }
            }
        } catch (IOException e) {
            return false;  // no JSON: will never pass
        }
        exchange.getMessage().setHeader(KEY, id);
        exchange.getMessage().setHeader(TAG, alarm);
        return temperature > 50;
    }

    public static void main(String[] arguments) throws Exception {
        Main main = new Main();
        main.configure().addRoutesBuilder(new Bridge(arguments));
        main.addMainListener(new MainListenerSupport() {
            @Override
            public void afterStart(BaseMainSupport started) {
                System.out.println("READY");
            }
        });
        main.run();
    }
}

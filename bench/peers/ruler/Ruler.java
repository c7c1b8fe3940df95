import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import software.amazon.event.ruler.Machine;

/**
 * AWS's event-ruler on rule sets, as the reference of bench/run: how fast, and how many events match.
 * Arguments: EVENTS RULES PASSES. Both files have a JSON text a line; of RULES {"rule_set": NAME, "rules": [RULE, ...]}.
 * Prints for each rule set {"rule_set": .., "events": .., "matched": .., "rules": [matched by each], "seconds": [a pass]}:
 * processor time of this thread, so neither of the compiler's nor of the collector's.
 */
public final class Ruler {
    private static final int WARM_UP_PASSES = 2;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final Machine machine = Machine.builder().build();
    private final int rules;

    private Ruler(JsonNode ruleSet) throws Exception {
        int number = 0;
        for (JsonNode rule : ruleSet.get("rules")) machine.addRule(String.valueOf(number++), rule.toString());
        rules = number;
    }

    /** How many events each rule matches. */
    private long[] countByRule(List<String> events) throws Exception {
        long[] matched = new long[rules];
        for (String event : events) {
            for (String rule : machine.rulesForJSONEvent(event)) ++matched[Integer.parseInt(rule)];
        }
        return matched;
    }

    /** How many events any rule matches. */
    private long count(List<String> events) throws Exception {
        long matched = 0;
        for (String event : events) {
            if (!machine.rulesForJSONEvent(event).isEmpty()) ++matched;
        }
        return matched;
    }

    private static String measure(JsonNode ruleSet, List<String> events, int passes) throws Exception {
        Ruler ruler = new Ruler(ruleSet);
        long[] byRule = ruler.countByRule(events);
        long matched = 0;
        for (int pass = 0; pass < WARM_UP_PASSES; ++pass) matched = ruler.count(events);
        double[] seconds = new double[passes];
        for (int pass = 0; pass < passes; ++pass) {
            long began = THREADS.getCurrentThreadCpuTime();
            if (ruler.count(events) != matched) throw new IllegalStateException("matches differ from pass to pass");
            seconds[pass] = (THREADS.getCurrentThreadCpuTime() - began) / 1e9;
        }
        return JSON.writeValueAsString(JSON.createObjectNode().put("rule_set", ruleSet.get("rule_set").asText())
            .put("events", events.size()).put("matched", matched).putPOJO("rules", byRule).putPOJO("seconds", seconds));
    }

    public static void main(String[] arguments) throws Exception {
        List<String> events = Files.readAllLines(Path.of(arguments[0]));
        List<JsonNode> ruleSets = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of(arguments[1]))) ruleSets.add(JSON.readTree(line));
        for (JsonNode ruleSet : ruleSets) {
            System.out.println(measure(ruleSet, events, Integer.parseInt(arguments[2])));
            System.out.flush();
        }
    }
}

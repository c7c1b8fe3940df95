import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * What RocketMQ's own client sees of a cluster, one line a case: "CASE name: outcome". Nothing in an outcome depends on
 * addresses, ids or times, so that the lines of two clusters can be compared.
 *
 * Usage: Conformance NAME_SERVERS PREFIX [CASE...]     topics and groups begin with PREFIX, which must be new
 */
public final class Conformance {
    interface Case {
        String run(Kit kit) throws Exception;
    }

    private static String run(String name, Case one, Kit kit) {
        long began = System.nanoTime();
        String outcome;
        try {
            try {
                outcome = one.run(kit);
            } catch (Exception e) {  // a real broker that has just started on a busy machine times out now and then
                System.err.println("AGAIN " + name + ": " + e);
                e.printStackTrace();
                outcome = one.run(new Kit(kit));
            }
        } catch (Exception | LinkageError e) {
            e.printStackTrace();
            outcome = "failed: " + e;
        }
        System.err.printf("%s took %d ms%n", name, (System.nanoTime() - began) / 1_000_000);
        return "CASE " + name + ": " + outcome.replace('\n', ' ');
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream out = System.out;
        System.setOut(System.err);  // what the client's libraries print is no outcome
        Map<String, Case> cases = new LinkedHashMap<>();
        Retrying.addTo(cases);  // the longest first
        Producing.addTo(cases);
        Pushing.addTo(cases);
        Pulling.addTo(cases);
        LitePulling.addTo(cases);
        Groups.addTo(cases);
        Administration.addTo(cases);
        if (arguments.length > 2) cases.keySet().retainAll(List.of(arguments));

        Kit kit = new Kit(arguments[0], arguments[1]);
        ExecutorService pool = Executors.newFixedThreadPool(10);
        Map<String, Future<String>> lines = new TreeMap<>();
        for (var one : cases.entrySet()) {
            lines.put(one.getKey(), pool.submit(() -> run(one.getKey(), one.getValue(), kit)));
        }
        for (var line : lines.entrySet()) {
            String text;
            try {
                text = line.getValue().get(80, TimeUnit.SECONDS);
            } catch (java.util.concurrent.TimeoutException e) {
                text = "CASE " + line.getKey() + ": failed: no outcome in time";
            }
            out.println(text);
        }
        out.flush();
        Runtime.getRuntime().halt(0);  // the client leaves threads, and a tidy end of forty clients takes seconds
    }
}

import java.util.Map;
import java.util.TreeMap;

/** What the tools see. */
final class Administration {
    private Administration() {}

    static void addTo(Map<String, Conformance.Case> cases) {
        cases.put("admin_creates_and_changes_a_topic", Administration::topic);
        cases.put("admin_topic_stats", Administration::stats);
        cases.put("admin_lists_topics", Administration::list);
        cases.put("admin_cluster", Administration::cluster);
        cases.put("admin_unknown_topic", Administration::unknown);
    }

    private static String route(Kit kit, String topic) throws Exception {
        var route = kit.admin.examineTopicRouteInfo(topic);
        var queues = route.getQueueDatas().get(0);
        var broker = route.getBrokerDatas().get(0);
        return route.getQueueDatas().size() + " broker with " + queues.getReadQueueNums() + " queues to read and "
            + queues.getWriteQueueNums() + " to write, perm " + queues.getPerm() + ", flag " + queues.getTopicSysFlag()
            + ", name as in the broker: " + broker.getBrokerName().equals(queues.getBrokerName()) + ", "
            + broker.getCluster()
            + ", ids " + broker.getBrokerAddrs().keySet() + ", at the broker's address: "
            + broker.getBrokerAddrs().get(0L).equals(kit.brokerAddress) + ", order " + route.getOrderTopicConf();
    }

    private static String topic(Kit kit) throws Exception {
        String topic = kit.prefix + "-admin-topic";
        kit.createTopic(topic, 3, 2);
        String made = route(kit, topic);
        kit.createTopic(topic, 5, 5);
        return made + "; changed: " + route(kit, topic) + "; " + kit.producer.fetchPublishMessageQueues(topic).size()
            + " queues for a producer";
    }

    private static String stats(Kit kit) throws Exception {
        String topic = kit.topic("stats", 3);
        long before = System.currentTimeMillis();
        for (int i = 0; i < 5; ++i) kit.send(topic, i % 2, "m" + i);
        StringBuilder text = new StringBuilder();
        new TreeMap<>(kit.admin.examineTopicStats(topic).getOffsetTable()).forEach((queue, offsets) -> text
            .append(queue.getBrokerName().equals(kit.brokerName) && queue.getTopic().equals(topic)).append(' ')
            .append(queue.getQueueId()).append(": ").append(offsets.getMinOffset()).append(" to ")
            .append(offsets.getMaxOffset())
            .append(offsets.getLastUpdateTimestamp() >= before ? " just now; " : " never; "));
        return text.toString();
    }

    private static String list(Kit kit) throws Exception {
        String topic = kit.topic("listed", 1);
        var topics = kit.admin.fetchAllTopicList().getTopicList();
        return "the new one: " + topics.contains(topic) + ", TBW102: " + topics.contains("TBW102") + ", another: "
            + topics.contains(kit.prefix + "-not-listed");
    }

    private static String cluster(Kit kit) throws Exception {
        var cluster = kit.admin.examineBrokerClusterInfo();
        return "brokers " + cluster.getBrokerAddrTable().keySet() + " in " + cluster.getClusterAddrTable();
    }

    private static String unknown(Kit kit) {
        String topic = kit.prefix + "-unknown-to-admin";
        return "route " + Kit.outcome(() -> kit.admin.examineTopicRouteInfo(topic)) + ", stats "
            + Kit.outcome(() -> kit.admin.examineTopicStats(topic));
    }
}

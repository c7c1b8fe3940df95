import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.remoting.RPCHook;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** Topics of one broker, by the official tools. One client per name server list and credentials is kept. */
final class Admin {
    private static DefaultMQAdminExt admin;
    private static String adminOf = "";

    private Admin() {}

    static String changeTopic(String nameServers, String broker, String topic, int readQueues, int writeQueues,
                              RPCHook hook) throws Exception {
        String wanted = nameServers + (hook == null ? "" : " with credentials");
        if (!adminOf.equals(wanted)) {
            if (admin != null) admin.shutdown();
            admin = new DefaultMQAdminExt(hook, 10_000);
            admin.setNamesrvAddr(nameServers);
            admin.setVipChannelEnabled(false);
            admin.setInstanceName("admin-" + System.nanoTime());
            admin.start();
            adminOf = wanted;
        }
        admin.createAndUpdateTopicConfig(broker, new TopicConfig(topic, readQueues, writeQueues, 6));
        return "ok";
    }
}

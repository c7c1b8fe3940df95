"""A real RocketMQ: a name server and one or more master brokers on free loopback ports, small enough for two cores."""

import ssl
import time
from dataclasses import dataclass

from .frames import CREATE_TOPIC, Connection, get_route
from .java import Reader, java
from .process import Child, free_port, wait_until

ADMIN_KEY, ADMIN_SECRET = "rocketmq-admin", "rig-admin-secret"
PUBLISH_KEY, PUBLISH_SECRET = "outflow-writer", "rig-writer-secret"


@dataclass
class Tls:
    """What name server, brokers and clients of one cluster are told about TLS; by default they take both."""
    options: list           # of Java
    context: ssl.SSLContext  # for the rig's own connections

    @classmethod
    def enforced(cls, folder, server, trusted, client=None):
        """Nothing but TLS. All show the Certificate `server` and trust the file `trusted`; with `client`, a Certificate,
        everybody has to show one."""
        folder.mkdir(parents=True, exist_ok=True)
        values = {"tls.test.mode.enable": "false", "tls.server.certPath": server.cert, "tls.server.keyPath": server.key,
                  "tls.client.authServer": "true", "tls.client.trustCertPath": trusted}
        context = ssl.create_default_context(cafile=trusted)
        if client is not None:
            values |= {"tls.server.need.client.auth": "require", "tls.server.authClient": "true",
                       "tls.server.trustCertPath": trusted, "tls.client.certPath": client.cert,
                       "tls.client.keyPath": client.key}
            context.load_cert_chain(client.cert, client.key)
        file = folder / "tls.properties"
        file.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
        return cls(["-Dtls.server.mode=enforcing", "-Dtls.enable=true", f"-Dtls.config.file={file}"], context)

    @classmethod
    def disabled(cls):
        return cls(["-Dtls.server.mode=disabled"], None)


AS_SHIPPED = Tls([], None)


class NameServer:
    def __init__(self, folder, version, tls=AS_SHIPPED):
        self.folder, self.version, self.tls = folder, version, tls
        self.port = free_port()
        self.config = folder / "namesrv.conf"
        self.config.write_text(f"listenPort={self.port}\nbindAddress=127.0.0.1\n")
        _write_logging(folder)
        self.start()

    def start(self):
        options = ["-Xms64m", "-Xmx128m", f"-Drocketmq.home.dir={self.folder}", f"-Duser.home={self.folder}",
                   *self.tls.options]
        self.child = Child(f"namesrv {self.version}",
                           java(self.version, options, "org.apache.rocketmq.namesrv.NamesrvStartup", "-c", self.config),
                           self.folder / "namesrv.out")
        self.child.wait_log("boot success", 60)


class Broker:
    """A master. Takes three ports: port - 2, port and port + 1."""

    def __init__(self, folder, version, name, name_server_port, acl=False, settings=None, tls=AS_SHIPPED):
        self.folder, self.version, self.name, self.tls = folder, version, name, tls
        self.name_server_port = name_server_port
        self.port = free_port(before=2, after=1)
        values = {
            "brokerClusterName": "DefaultCluster", "brokerName": name, "brokerId": 0, "brokerIP1": "127.0.0.1",
            "bindAddress": "127.0.0.1", "listenPort": self.port, "namesrvAddr": f"127.0.0.1:{name_server_port}",
            "storePathRootDir": folder / "store", "storePathCommitLog": folder / "store/commitlog",
            "mappedFileSizeCommitLog": 67108864, "mappedFileSizeConsumeQueue": 600000, "maxHashSlotNum": 50000,
            "maxIndexNum": 200000, "mappedFileSizeTimerLog": 10485760, "flushDiskType": "ASYNC_FLUSH",
            "brokerRole": "ASYNC_MASTER", "autoCreateTopicEnable": "true", "deleteWhen": "04", "fileReservedTime": 1,
            "diskMaxUsedSpaceRatio": 95, "traceTopicEnable": "false",
            # Reading back 100,000 messages is quick when a pull may bring more than 32.
            "maxTransferCountOnMessageInMemory": 1000, "maxTransferBytesOnMessageInMemory": 1048576,
            "maxTransferCountOnMessageInDisk": 1000, "maxTransferBytesOnMessageInDisk": 1048576,
        } | (settings or {})
        if acl:
            values["aclEnable"] = "true"
            _write_acl(folder)
        self.config = folder / "broker.conf"
        self.config.write_text("".join(f"{key}={value}\n" for key, value in values.items()))
        _write_logging(folder)
        self.start()

    def start(self, wait=True):
        options = ["-Xms256m", "-Xmx512m", "-XX:MaxDirectMemorySize=512m", f"-Drocketmq.home.dir={self.folder}",
                   f"-Duser.home={self.folder}", "-Drocketmq.broker.diskSpaceWarningLevelRatio=0.99",
                   "-Drocketmq.broker.diskSpaceCleanForciblyRatio=0.98", *self.tls.options]
        self.child = Child(f"{self.name} {self.version}",
                           java(self.version, options, "org.apache.rocketmq.broker.BrokerStartup", "-c", self.config),
                           self.folder / "broker.out")
        if wait:
            self.wait_ready()

    def wait_ready(self, seconds=90):
        """Ready is: it said so, and the name server gives its address for TBW102."""
        self.child.wait_log("boot success", seconds)
        wait_until(lambda: self.port in _route_ports(self.name_server_port, "TBW102", self.tls), seconds,
                   f"{self.name} is registered at the name server", 0.1, self.child)

    def restart(self, wait=True):
        """Stops (SIGTERM) when it runs, and starts on the same store."""
        self.child.terminate(30)
        self.start(wait)


class Cluster:
    """A name server and masters named broker-a, broker-b, ... Starts at once; `stop` ends all."""

    def __init__(self, folder, version, masters=1, acl=False, settings=None, tls=AS_SHIPPED):
        self.folder, self.version, self.tls = folder, version, tls
        self.credentials = (ADMIN_KEY, ADMIN_SECRET) if acl else ("-", "-")
        self._make(folder, "namesrv")
        self.name_server = NameServer(folder / "namesrv", version, tls)
        self.brokers = []
        for index in range(masters):
            self.add_broker(f"broker-{'abcdef'[index]}", acl, settings)
        self._reader = None

    @staticmethod
    def _make(folder, name):
        (folder / name).mkdir(parents=True, exist_ok=True)
        return folder / name

    def add_broker(self, name, acl=False, settings=None):
        self.brokers.append(
            Broker(self._make(self.folder, name), self.version, name, self.name_server.port, acl, settings,
                   self.tls))
        return self.brokers[-1]

    @property
    def address(self):
        return f"127.0.0.1:{self.name_server.port}"

    @property
    def reader(self):
        if self._reader is None:
            self._reader = Reader(self.version, self._make(self.folder, "reader"), self.tls.options)
        return self._reader

    def create_topic(self, topic, queues=4, read_queues=None, brokers=None):
        """On every master (or those given), and known to the name server when this returns."""
        for broker in brokers or self.brokers:
            if self.credentials[0] != "-":
                self.reader.ask("topic", self.address, f"127.0.0.1:{broker.port}", topic, read_queues or queues, queues,
                                *self.credentials)
                continue
            ext = {"topic": topic, "defaultTopic": "TBW102", "readQueueNums": str(read_queues or queues),
                   "writeQueueNums": str(queues), "perm": "6", "topicFilterType": "SINGLE_TAG", "topicSysFlag": "0",
                   "order": "false"}
            with Connection(("127.0.0.1", broker.port), tls=self.tls.context) as connection:
                answer = connection.call(CREATE_TOPIC, ext)
                assert answer.code == 0, (answer.code, answer.remark)
        wanted = {broker.port for broker in brokers or self.brokers}
        wait_until(lambda: wanted <= _route_ports(self.name_server.port, topic, self.tls), 30, f"a route for {topic}")

    def read(self, topic):
        return self.reader.read(self.address, topic, self.credentials)

    def wait_count(self, topic, count, seconds):
        return self.reader.wait_count(self.address, topic, count, seconds, self.credentials)

    def read_settled(self, topic, at_least, seconds=30, quiet=1.5):
        """Reads when the topic holds `at_least` messages (copies count too) and has not grown for `quiet` seconds; after
        `seconds` reads what there is, for the oracle to say what is missing."""
        last, end = [None, time.monotonic()], time.monotonic() + seconds

        def settled():
            try:
                held = self.reader.count(self.address, topic, self.credentials)
            except AssertionError:
                held = 0  # no such topic yet, or no broker
            if held != last[0]:
                last[:] = [held, time.monotonic()]
            now = time.monotonic()
            return (held >= at_least and now - last[1] >= quiet) or now > end
        wait_until(settled, seconds + 60, f"{topic} stops growing", 0.2)
        return self.read(topic)

    def stop(self):
        if self._reader is not None:
            self._reader.stop()
        for broker in self.brokers:  # nobody needs the store any more: a clean stop would take 10 seconds
            broker.child.kill()
        self.name_server.child.kill()


def _route_ports(name_server_port, topic, tls):
    """Ports of the masters in a topic's route; empty when there is none."""
    try:
        _, route = get_route(name_server_port, topic, tls.context)
    except OSError:
        return set()
    addresses = [broker["brokerAddrs"].get("0", "") for broker in (route or {}).get("brokerDatas", [])]
    return {int(address.rsplit(":", 1)[1]) for address in addresses if address}


def _write_logging(folder):
    """4.x parses these files at start; 5.x has its own in the jars."""
    (folder / "conf").mkdir(exist_ok=True)
    for program in ("namesrv", "broker", "tools"):
        (folder / "conf" / f"logback_{program}.xml").write_text(
            '<configuration><root level="WARN"/></configuration>\n')


def _write_acl(folder):
    (folder / "conf").mkdir(exist_ok=True)
    (folder / "conf" / "plain_acl.yml").write_text(f"""globalWhiteRemoteAddresses: []
accounts:
  - accessKey: {ADMIN_KEY}
    secretKey: {ADMIN_SECRET}
    whiteRemoteAddress:
    admin: true
  - accessKey: {PUBLISH_KEY}
    secretKey: {PUBLISH_SECRET}
    whiteRemoteAddress:
    admin: false
    defaultTopicPerm: PUB
    defaultGroupPerm: SUB
    topicPerms:
      - forbidden=DENY
""")

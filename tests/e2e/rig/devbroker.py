"""The embedded RocketMQ, `outflow devbroker`: one process in the place of a name server and a broker."""

from .frames import CREATE_TOPIC, Connection
from .java import Reader
from .outflow import program
from .process import Child, can_connect, free_port, wait_until


class DevBroker:
    """Starts at once. Another start() after kill() or stop() is on the same port and folder."""

    def __init__(self, folder, *options, binary=None):
        self.folder, self.binary, self.options = folder, binary or program(), options
        self.port = free_port()
        self.runs = 0
        self._reader = None
        self.start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def start(self):
        self.runs += 1
        command = [self.binary, "devbroker", "--listen", self.address, "--data", self.folder / "data", *self.options]
        self.child = Child("devbroker", command, self.folder / f"devbroker-{self.runs}.log")
        wait_until(lambda: can_connect(self.port), 20, "the embedded broker listens", 0.01, self.child)

    @property
    def reader(self):
        if self._reader is None:
            (self.folder / "reader").mkdir(exist_ok=True)
            self._reader = Reader("5.3.3", self.folder / "reader")
        return self._reader

    def create_topic(self, topic, queues=4):
        ext = {"topic": topic, "defaultTopic": "TBW102", "readQueueNums": str(queues), "writeQueueNums": str(queues),
               "perm": "6", "topicFilterType": "SINGLE_TAG", "topicSysFlag": "0", "order": "false"}
        answer = self.call(CREATE_TOPIC, ext)
        assert answer.code == 0, (answer.code, answer.remark)

    def call(self, code, ext, body=b""):
        with Connection(("127.0.0.1", self.port)) as connection:
            return connection.call(code, ext, body)

    def read(self, topic):
        return self.reader.read(self.address, topic)

    def wait_count(self, topic, count, seconds):
        return self.reader.wait_count(self.address, topic, count, seconds)

    def kill(self):
        """kill -9."""
        self.child.kill()

    def stop(self, seconds=20):
        """SIGTERM; the exit code must be 0."""
        if self._reader is not None:
            self._reader.stop()
            self._reader = None
        code = self.child.terminate(seconds)
        assert code == 0, f"the embedded broker ended with {code}:\n{self.child.log_tail()}"

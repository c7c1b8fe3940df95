"""The JDK, the RocketMQ jars and the helper program that reads topics back with the official client."""

import glob
import hashlib
import json
import os
import subprocess
import threading
from base64 import b64decode
from pathlib import Path

from .process import wait_until

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "outflow" / "rocketmq"
SOURCES = Path(__file__).parent / "reader"
CONFORMANCE = Path(__file__).parent / "conformance"
# RocketMQ restarts on an existing store only with these on JDK 17.
OPENS = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in ("java.nio", "sun.nio.ch", "jdk.internal.ref")]


class Missing(Exception):
    """Something that a test needs is not on this machine; the text says what and how to get it."""


def java_home():
    homes = sorted(glob.glob("/usr/lib/jvm/java-17-openjdk-*"))
    if os.environ.get("JAVA_HOME", "").find("17") >= 0:
        homes.insert(0, os.environ["JAVA_HOME"])
    for home in homes:
        if os.access(f"{home}/bin/javac", os.X_OK):
            return home
    raise Missing("no JDK 17 found (tools/install test)")


def jars(version):
    lib = CACHE / version / "lib"
    if not (CACHE / version / "complete").exists():
        raise Missing(f"the jars of RocketMQ {version} are missing (tools/rocketmq {version})")
    return lib


def java(version, options, main, *arguments):
    """A command that runs a class of RocketMQ, lean: the machine's two cores are shared."""
    return [f"{java_home()}/bin/java", "-XX:+UseSerialGC", "-XX:-UsePerfData", *OPENS, *options, "-cp",
            f"{jars(version)}/*", main, *arguments]


def compiled(version, sources):
    """The folder with the classes of a folder of sources, compiled with that version's jars; kept in the cache."""
    files = sorted(sources.glob("*.java"))
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
    target = CACHE / version / f"{sources.name}-{digest}"
    if not (target / "complete").exists():
        target.mkdir(parents=True, exist_ok=True)
        done = subprocess.run([f"{java_home()}/bin/javac", "-nowarn", "-d", target, "-cp", f"{jars(version)}/*",
                               *files], capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"javac failed:\n{done.stdout}{done.stderr}")
        (target / "complete").touch()
    return target


def client(version, sources, folder, main, *arguments):
    """A command that runs a class of `sources` with RocketMQ's client; its logs and files go to `folder`."""
    return [f"{java_home()}/bin/java", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-XX:TieredStopAtLevel=1", "-Xmx512m",
            *OPENS, f"-Drocketmq.client.logRoot={folder}", f"-Duser.home={folder}", "-Drocketmq.client.logLevel=ERROR",
            f"-Drocketmq.client.localOffsetStoreDir={folder}/offsets", "-cp",
            f"{compiled(version, sources)}:{jars(version)}/*", main, *arguments]


class Reader:
    """The long-lived helper; start-up (about a second) is paid once. `log` takes what it prints on stderr."""

    def __init__(self, version, folder, options=()):
        self.version = version
        self.folder = folder
        classes = compiled(version, SOURCES)
        command = [f"{java_home()}/bin/java", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xmx512m", *OPENS,
                   f"-Drocketmq.client.logRoot={folder}", f"-Duser.home={folder}", "-Drocketmq.client.logLevel=WARN",
                   *options, "-cp", f"{classes}:{jars(version)}/*", "Reader"]
        self.log = open(folder / "reader.log", "ab")
        self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *command], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.log, text=True, start_new_session=True)
        self.lock = threading.Lock()
        self.reads = 0

    def ask(self, *words):
        with self.lock:
            self.process.stdin.write("\t".join(str(word) for word in words) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline().rstrip("\n")
        if not answer.startswith("ok"):
            raise AssertionError(f"reader: {words[0]} {words[2]}: {answer or 'the helper ended; see ' + self.log.name}")
        return answer[3:]

    def count(self, name_servers, topic, credentials=("-", "-")):
        return int(self.ask("count", name_servers, topic, *credentials))

    def read(self, name_servers, topic, credentials=("-", "-")):
        """Every message of the topic as dictionaries; `body` is bytes. In order of broker, queue, offset."""
        self.reads += 1
        path = self.folder / f"read-{self.reads}.jsonl"
        self.ask("read", name_servers, topic, path, *credentials)
        with open(path) as lines:
            messages = [json.loads(line) for line in lines]
        path.unlink()
        for message in messages:
            message["body"] = b64decode(message["body"])
        return messages

    def wait_count(self, name_servers, topic, count, seconds, credentials=("-", "-")):
        """Waits until the topic holds at least `count` messages; returns how many."""
        def enough():
            try:
                held = self.count(name_servers, topic, credentials)
            except AssertionError:
                return None  # no such topic yet, or no broker
            return held if held >= count else None
        return wait_until(enough, seconds, f"{count} messages in {topic}", 0.2)

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()

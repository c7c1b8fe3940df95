"""Everything that has to be there before the first measurement: packages, programs, jars; and what it all is."""

import os
import platform
import subprocess
import sys
from pathlib import Path

from bridges import BUILD, ROOT
from load import version_line
from rig.java import java_home
from scene import ROCKETMQ

PEERS = ROOT / "bench" / "peers"
TEST = ROOT / "build" / "test"


class Failed(Exception):
    """A step did not succeed; the text says which and shows the end of its output."""


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def step(name, command, log, **how):
    """Runs one command; its output goes to a log, and what is wrong to the user."""
    say(f"{name} ...")
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "wb") as out:
        done = subprocess.run([str(word) for word in command], stdout=out, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, check=False, **how)
    if done.returncode != 0:
        raise Failed(f"{name} failed with {done.returncode}; {log} ends:\n{log.read_text(errors='replace')[-3000:]}")


def install():
    step("installing packages", [ROOT / "tools" / "install", "bench"], BUILD / "install.log")
    step("fetching RocketMQ", [ROOT / "tools" / "rocketmq", ROCKETMQ], BUILD / "rocketmq.log")


def build():
    """The product as it is released, the tools and micro benchmarks as they are tested, and the peers."""
    for preset in ("release", "test"):
        step(f"configuring ({preset})", ["cmake", "--preset", preset], BUILD / f"configure-{preset}.log", cwd=ROOT)
    step("building outflow", ["cmake", "--build", "--preset", "release"], BUILD / "build-release.log", cwd=ROOT)
    step("building the benchmark programs",
         ["cmake", "--build", TEST, "--target", "bench_tool", "citylots_bench", *micro_targets()],
         BUILD / "build-test.log", cwd=ROOT)
    build_go()
    build_java("camel", "Bridge.java")
    build_java("ruler", "Ruler.java")


def micro_targets():
    beside_the_code, across = (ROOT / "src").glob("*/*_bench.cpp"), (ROOT / "bench" / "engine").glob("*_bench.cpp")
    return sorted(path.stem for path in [*beside_the_code, *across])


def micro_programs():
    return [TEST / name for name in micro_targets()]


def find_tool():
    """bench_tool, wherever CMake puts it."""
    for path in (TEST / "bench" / "bench_tool", TEST / "bench_tool"):
        if os.access(path, os.X_OK):
            return path
    raise Failed("there is no bench_tool in build/test; run bench/run without --no-build.")


def build_go():
    """With the Go on the PATH, or Debian's."""
    step("building the Go bridge", ["go", "build", "-o", BUILD / "go-bridge", "."], BUILD / "go.log", cwd=PEERS / "go",
         env=os.environ | {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly"})


def build_java(peer, source):
    """Fetches the jars of a peer's pom once, and compiles its source; both into a folder of its name."""
    pom, target, log = PEERS / peer / "pom.xml", BUILD / peer, BUILD / f"{peer}.log"
    marker = target / "pom.xml"
    if not marker.exists() or marker.read_bytes() != pom.read_bytes():
        fetch = ["mvn", "-q", "-B", "-f", pom, "dependency:copy-dependencies", "-DincludeScope=runtime",
                 f"-DoutputDirectory={target / 'lib'}"]
        step(f"fetching the jars of {peer} with Maven", fetch, log)
        marker.write_bytes(pom.read_bytes())
    step(f"building {peer}", [f"{java_home()}/bin/javac", "-nowarn", "-d", target / "classes", "-cp",
                              f"{target / 'lib'}/*", PEERS / peer / source], log)


def machine():
    cpu = [line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
           if line.startswith("model name")]
    memory = int(Path("/proc/meminfo").read_text().split()[1])
    return {"processor": cpu[0] if cpu else "?", "cores": len(os.sched_getaffinity(0)),
            "memory_gib": round(memory / 1024 / 1024, 1), "kernel": platform.release(),
            "system": _os_name(), "load_before": os.getloadavg()[0]}


def _os_name():
    lines = Path("/etc/os-release").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)["PRETTY_NAME"].strip('"')


def versions(outflow):
    return {"outflow": version_line([outflow, "version"]), "compiler": version_line(["g++", "--version"]),
            "RocketMQ": ROCKETMQ,
            "Mosquitto": _package("mosquitto"), "Java": version_line([f"{java_home()}/bin/java", "-version"]),
            "Go": version_line(["go", "version"]),
            "Apache Camel": _pinned(PEERS / "camel" / "pom.xml", "camel.version>"),
            "event-ruler": _pinned(PEERS / "ruler" / "pom.xml", "ruler.version>"),
            "paho.mqtt.golang": _pinned(PEERS / "go" / "go.mod", "paho.mqtt.golang "),
            "rocketmq-client-go": _pinned(PEERS / "go" / "go.mod", "rocketmq-client-go/v2 "),
            "commit": version_line(["git", "-C", ROOT, "describe", "--always", "--dirty"])}


def _package(name):
    return version_line(["dpkg-query", "-W", "-f", "${Version}", name])


def _pinned(path, mark):
    """What follows `mark` in a file that pins a version."""
    return path.read_text().split(mark, 1)[1].split("<", 1)[0].split()[0]

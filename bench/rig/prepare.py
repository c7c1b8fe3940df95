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
CAMEL = BUILD / "camel"


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
         ["cmake", "--build", ROOT / "build" / "test", "--target", "bench_tool", *micro_targets()],
         BUILD / "build-test.log", cwd=ROOT)
    build_go()
    build_camel()


def micro_targets():
    return sorted(path.stem for path in (ROOT / "src").glob("*/*_bench.cpp"))


def micro_programs():
    return [ROOT / "build" / "test" / name for name in micro_targets()]


def find_tool():
    """bench_tool, wherever CMake puts it."""
    for path in (ROOT / "build" / "test" / "bench" / "bench_tool", ROOT / "build" / "test" / "bench_tool"):
        if os.access(path, os.X_OK):
            return path
    raise Failed("there is no bench_tool in build/test; run bench/run without --no-build.")


def build_go():
    """With the Go on the PATH, or Debian's."""
    step("building the Go bridge", ["go", "build", "-o", BUILD / "go-bridge", "."], BUILD / "go.log", cwd=PEERS / "go",
         env=os.environ | {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly"})


def build_camel():
    pom, marker = PEERS / "camel" / "pom.xml", CAMEL / "pom.xml"
    if not marker.exists() or marker.read_bytes() != pom.read_bytes():
        step("fetching Apache Camel with Maven", ["mvn", "-q", "-B", "-f", pom, "dependency:copy-dependencies",
                                                  "-DincludeScope=runtime", f"-DoutputDirectory={CAMEL / 'lib'}"],
             BUILD / "camel.log")
        marker.write_bytes(pom.read_bytes())
    step("building the Camel bridge", [f"{java_home()}/bin/javac", "-nowarn", "-d", CAMEL / "classes", "-cp",
                                       f"{CAMEL / 'lib'}/*", PEERS / "camel" / "Bridge.java"], BUILD / "camel.log")


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
            "paho.mqtt.golang": _pinned(PEERS / "go" / "go.mod", "paho.mqtt.golang "),
            "rocketmq-client-go": _pinned(PEERS / "go" / "go.mod", "rocketmq-client-go/v2 "),
            "commit": version_line(["git", "-C", ROOT, "describe", "--always", "--dirty"])}


def _package(name):
    return version_line(["dpkg-query", "-W", "-f", "${Version}", name])


def _pinned(path, mark):
    """What follows `mark` in a file that pins a version."""
    return path.read_text().split(mark, 1)[1].split("<", 1)[0].split()[0]

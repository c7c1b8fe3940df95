"""A real RabbitMQ with its MQTT plugin (3.1.1) as a durable MQTT broker, without systemd and all on loopback.

Everything that could collide with another node is its own: home (and so the Erlang cookie), node name, configuration,
data, logs, list of plugins, distribution port, and epmd (the Erlang port mapper) with its own port, which ends with it.
A QoS 1 message published to a persistent session is on disk when it is acknowledged. A CONNECT of MQTT 5 is closed
without an answer.
"""

import os
import socket

from . import mqtt_packets as packets
from .process import Child, can_connect, find_program, free_port, wait_until

SERVER_FOLDER = "/usr/lib/rabbitmq/bin"  # the plain script; the one in /usr/sbin changes the user


class RabbitMQ:
    def __init__(self, folder, prefetch=1000):
        server = find_program("rabbitmq-server", SERVER_FOLDER)
        self.epmd_program = find_program("epmd")
        if server is None or self.epmd_program is None:
            raise FileNotFoundError("rabbitmq-server is not installed (tools/install test)")
        self.folder = folder
        self.port = free_port()
        self.epmd_port = free_port()
        self.command = [server]
        (folder / "rabbitmq.conf").write_text("\n".join([
            "listeners.tcp = none", f"mqtt.listeners.tcp.1 = 127.0.0.1:{self.port}", "mqtt.allow_anonymous = true",
            "mqtt.default_user = guest", "mqtt.default_pass = guest", f"mqtt.prefetch = {prefetch}",
            "mqtt.subscription_ttl = 86400000", "mqtt.tcp_listen_options.nodelay = true",
            "vm_memory_high_watermark.absolute = 2GB", "disk_free_limit.absolute = 50MB", "log.file.level = warning",
        ]) + "\n")
        (folder / "enabled_plugins").write_text("[rabbitmq_mqtt].\n")
        (folder / "env.conf").write_text("")  # instead of the machine's own
        keep = ("PATH", "LANG", "TERM")
        self.env = {name: os.environ[name] for name in keep if name in os.environ} | {
            "HOME": str(folder), "RABBITMQ_NODENAME": f"outflow-{self.port}@localhost",
            "RABBITMQ_CONF_ENV_FILE": str(folder / "env.conf"), "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"), "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_DIST_PORT": str(free_port()), "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            # No busy waiting of the schedulers: two cores are shared with all the rest.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS":
                "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none",
        }
        self.epmd = Child("epmd", [self.epmd_program, "-port", self.epmd_port, "-address", "127.0.0.1"],
                          folder / "epmd.log", env=self.env)
        wait_until(lambda: can_connect(self.epmd_port), 10, "epmd listens", alive=self.epmd)
        self.start()

    def start(self):
        self.child = Child("rabbitmq", self.command, self.folder / "rabbitmq.out", env=self.env, cwd=self.folder)
        wait_until(self._answers, 90, "RabbitMQ answers MQTT", 0.2, self.child)

    def _answers(self):
        """A whole CONNECT: it listens before it serves."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as sock:
                sock.sendall(packets.connect("outflow-rig-ready", 4))
                return sock.recv(4)[3:] == b"\0"
        except OSError:
            return False

    def kill(self):
        """kill -9 of the node; the data stays."""
        self.child.kill()

    def stop(self):
        self.child.kill()
        self.epmd.kill()

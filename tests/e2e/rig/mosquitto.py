"""A real Mosquitto on a free loopback port, and on more of them with TLS."""

import os

from .process import Child, can_connect, find_program, free_port, wait_until


class Mosquitto:
    """Starts at once. `limits` false keeps Mosquitto's default limits: 20 in flight, 1,000 queued.

    `tls` adds listeners: {name: (Certificate, {further setting: value})}; `tls_ports` has their ports by name. A
    Certificate of None leaves all to the settings.
    """

    def __init__(self, folder, limits=True, persistence=False, port=None, tls=None, environment=None):
        program = find_program("mosquitto")
        if program is None:
            raise FileNotFoundError("mosquitto is not installed (tools/install test)")
        self.folder = folder
        self.port = port or free_port()
        lines = [f"listener {self.port} 127.0.0.1", "allow_anonymous true", "user root", "set_tcp_nodelay true",
                 f"persistence {'true' if persistence else 'false'}", f"persistence_location {folder}/",
                 "autosave_interval 1", "log_dest stdout", "log_type error", "log_type warning", "log_type notice"]
        if limits:
            lines += ["max_queued_messages 0", "max_inflight_messages 20000"]
        self.tls_ports = {}
        for name, (certificate, settings) in (tls or {}).items():
            self.tls_ports[name] = free_port()
            if certificate is not None:
                settings = {"certfile": certificate.cert, "keyfile": certificate.key} | settings
            lines.append(f"listener {self.tls_ports[name]} 127.0.0.1")
            lines += [f"{setting} {value}" for setting, value in settings.items()]
        self.environment = os.environ | (environment or {})
        self.config = folder / "mosquitto.conf"
        self.config.write_text("\n".join(lines) + "\n")
        self.command = [program, "-c", self.config]
        self.start()

    def start(self):
        self.child = Child("mosquitto", self.command, self.folder / "mosquitto.log", self.environment)
        for port in (self.port, *self.tls_ports.values()):
            wait_until(lambda port=port: can_connect(port), 10, "mosquitto listens", alive=self.child)

    def stop(self):
        self.child.terminate()

    def kill(self):
        self.child.kill()

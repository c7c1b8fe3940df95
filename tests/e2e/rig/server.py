"""`outflow server` and its API, as a program that uses it sees them."""

import json
import os
import re
import subprocess
import urllib.error
import urllib.request

from .outflow import by_task, check_identity, parse_metrics, program
from .process import Child, wait_until

KEY = "root:0123456789abcdef0123"


class Refused(AssertionError):
    def __init__(self, status, document):
        super().__init__(f"{status}: {document}")
        self.status, self.document = status, document


class Server:
    """A server with a data folder of its own; start it again after kill() with start()."""

    def __init__(self, folder, name="server", options=(), data=None, environment=None, binary=None):
        self.folder, self.name, self.options, self.binary = folder, name, list(options), binary or program()
        self.data = data or folder / f"{name}-data"
        self.environment = os.environ | {"OUTFLOW_BOOTSTRAP_KEY": KEY} | (environment or {})
        self.child, self.starts = None, 0
        self.start()

    def start(self):
        self.starts += 1
        log = self.folder / f"{self.name}-{self.starts}.log"
        self.child = Child(self.name, [self.binary, "server", "--data", self.data, "--listen", "127.0.0.1:0", *self.options], log,
                           env=self.environment, cwd=self.folder)
        line = self.child.wait_log(r"Listening on (https?://\S+)", 20)
        self.url = re.search(r"https?://\S+", line if isinstance(line, str) else self.child.log_text()).group()
        wait_until(lambda: self.status("GET", "/readyz") == 200, 20, "the server is ready", alive=self.child)

    def call(self, method, path, body=None, headers=None):
        """(status, document, headers); a status over 399 is no error here."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Authorization": f"Bearer {KEY}"} | (headers or {}), method=method)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=90) as answer:
                status, text, fields = answer.status, answer.read(), dict(answer.headers)
        except urllib.error.HTTPError as error:
            status, text, fields = error.code, error.read(), dict(error.headers)
        is_json = text and "json" in fields.get("Content-Type", "")
        return status, json.loads(text) if is_json else text, fields

    def status(self, method, path, body=None, headers=None):
        try:
            return self.call(method, path, body, headers)[0]
        except OSError:
            return 0

    def do(self, method, path, body=None, headers=None):
        """The document of an answer that must be good."""
        status, document, _ = self.call(method, path, body, headers)
        if status >= 400:
            raise Refused(status, document)
        return document

    def apply(self, content, **flags):
        return self.do("POST", "/v1/apply", content | flags)["changes"]

    def task(self, name):
        return self.do("GET", f"/v1/tasks/{name}")

    def wait_task(self, name, condition, seconds, what="the task is as wanted"):
        last = {}

        def reached():
            last.update(self.task(name))
            return condition(last)
        try:
            wait_until(reached, seconds, what, alive=self.child)
        except AssertionError as error:
            raise AssertionError(f"{error}; last: {last}") from error
        return last

    def wait_state(self, name, state, seconds=30):
        return self.wait_task(name, lambda task: task["status"]["state"] == state, seconds, f"{name} is {state}")

    def wait_delivered(self, name, count, seconds=60):
        return self.wait_task(name, lambda task: task["status"]["counts"]["delivered"] >= count, seconds,
                              f"{name} has delivered {count}")

    def value(self, metric, task):
        _, text, _ = self.call("GET", "/metrics")
        metrics = parse_metrics(text.decode())
        check_identity(metrics)
        return by_task(metrics, metric).get(task)

    def command(self, *words, check=True, stdin=None):
        """`outflow WORDS` against this server; its standard output."""
        done = subprocess.run([self.binary, *map(str, words)], env=os.environ | {"OUTFLOW_SERVER": self.url, "OUTFLOW_TOKEN": KEY},
                              cwd=self.folder, capture_output=True, text=True, input=stdin, timeout=120)
        assert not check or done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout if check else done

    def kill(self):
        self.child.kill()

    def stop(self):
        """SIGTERM; its exit code."""
        return self.child.terminate()

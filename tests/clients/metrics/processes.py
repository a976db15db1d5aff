"""A Sharehold server and a Prometheus that scrapes it, each in a folder of its own, on loopback; and requests to them."""

import contextlib
import http.client
import json
import queue
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse

START_S = 30
STOP_S = 20
ANSWER_S = 10
ISSUER = "https://as.example"
AUDIENCE = "http://127.0.0.1:8700"
# Nobody listens there: the keys of this one are never fetched.
AWAY = "https://away.example"

CONFIGURATION = f"""
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"
public_url = "{AUDIENCE}"
[database]
url = "sqlite://sharehold.db"
[blobs]
url = "file://blobs"
[keys]
decryption = ["keys/private.pem"]
[server]
drain_wait_s = 0
[[authorization_servers]]
issuer = "{ISSUER}"
certificate = "authority/certificate.pem"
[[authorization_servers]]
issuer = "{AWAY}"
jwks_uri = "http://127.0.0.1:9/jwks"
"""

PROMETHEUS = """
global: {{ scrape_interval: 1s, evaluation_interval: 1s }}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: sharehold
    static_configs: [{{ targets: ["{target}"] }}]
"""


def tool(*command):
    """What a program prints; an error if it fails or hangs."""
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=START_S).stdout.strip()


def send(address, method, path, headers=(), body=None):
    """Status, headers and text of the answer, on a connection of its own."""
    connection = http.client.HTTPConnection(address, timeout=ANSWER_S)
    try:
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


@contextlib.contextmanager
def running(name, command, folder):
    """Runs a program; gives the lines that it prints, as they come. Ended whatever happens; then what it printed is a file."""
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, env={"PATH": "/usr/bin:/bin", "HOME": str(folder)})
    lines = queue.Queue()

    def pump():
        with open(f"{folder}/{name}.log", "w", encoding="utf-8") as log:
            for line in process.stdout:
                log.write(line)
                lines.put(line)
        lines.put("")

    reader = threading.Thread(target=pump, daemon=True)
    reader.start()
    try:
        yield lines
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(STOP_S)


def wanted(lines, *patterns):
    """The first group of each pattern, from the lines up to the last of them."""
    found, seen, deadline = {}, [], time.monotonic() + START_S
    while len(found) < len(patterns):
        line = lines.get(timeout=max(0.01, deadline - time.monotonic()))
        if not line:
            raise RuntimeError("it ended: " + "".join(seen))
        seen.append(line)
        found |= {pattern: match[1] for pattern in patterns if (match := re.search(pattern, line))}
    return [found[pattern] for pattern in patterns]


class Sharehold:
    """The server: `api` and `admin` are its addresses."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        for keys in ("keys", "authority"):
            tool(binary, "keys", "new", f"{folder}/{keys}")
        with open(f"{folder}/sharehold.toml", "w", encoding="utf-8") as file:
            file.write(CONFIGURATION)

    @contextlib.contextmanager
    def serving(self):
        command = [self.binary, "serve", "--config", "sharehold.toml"]
        with running("sharehold", command, self.folder) as lines:
            self.admin, self.api = wanted(lines, r"admin address: http://([0-9.:]+)", r"^ready http://(\S+)")
            yield self

    def token(self, scope, *more):
        keys = ["--authority", f"{self.folder}/authority", "--for", f"{self.folder}/keys/certificate.pem"]
        names = ["--issuer", ISSUER, "--audience", AUDIENCE, "--sub", "ann", "--client", "canary-client", "--scope", scope]
        return tool(self.binary, "token", "mint", *keys, *names, *more)

    def metrics(self):
        return send(self.admin, "GET", "/metrics")


class Prometheus:
    """A Prometheus that scrapes `target` every second and evaluates `rules`."""

    def __init__(self, folder, target, rules):
        self.folder = folder
        with open(f"{folder}/prometheus.yml", "w", encoding="utf-8") as file:
            file.write(PROMETHEUS.format(target=target, rules=rules))

    @contextlib.contextmanager
    def serving(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = "%s:%d" % probe.getsockname()
        command = [shutil.which("prometheus"), "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb",
                   f"--web.listen-address={self.address}"]
        with running("prometheus", command, self.folder) as lines:
            wanted(lines, r"(ready to receive web requests)")
            yield self

    def ask(self, path, **parameters):
        status, _, text = send(self.address, "GET", f"/api/v1/{path}?{urllib.parse.urlencode(parameters)}")
        answer = json.loads(text)
        if status != 200 or answer["status"] != "success":
            raise RuntimeError(f"{path} {parameters}: {text[:500]}")
        return answer["data"]

    def value(self, expression):
        """All series that an expression yields."""
        return self.ask("query", query=expression)["result"]

    def until(self, expression):
        """Waits until an expression yields something."""
        deadline = time.monotonic() + START_S
        while not self.value(expression):
            if time.monotonic() > deadline:
                raise RuntimeError(f"never: {expression}")
            time.sleep(0.2)

"""A server of a script's own: keys, an authority, a configuration and `sharehold serve`, in a folder that goes with it."""

import contextlib
import os
import pathlib
import queue
import shutil
import socket
import subprocess
import tempfile
import threading
import time

COMMAND_S = 60
START_S = 60
STOP_S = 20
ISSUER = "https://authority.example"

CONFIGURATION = """
listen = "127.0.0.1:{port}"
admin_listen = "127.0.0.1:{admin_port}"
public_url = "{url}"
data_dir = "data"

[database]
url = "{database}"

[blobs]
url = "file://data/blobs"

[keys]
decryption = ["keys/private.pem"]

[[authorization_servers]]
issuer = "{issuer}"
certificate = "authority/certificate.pem"

[server]
drain_wait_s = 0

[rate]
enabled = false
"""

TLS = """
[tls]
certificate = "chain.pem"
private_key = "key.pem"
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class House:
    """The folder and what is in it."""

    def __init__(self, binary, folder, database, tls):
        self.binary, self.folder, port = binary, pathlib.Path(folder), free_port()
        # Nothing of the caller's environment may configure the server.
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        self.log, self.server = self.folder / "log", None
        self.call(binary, "keys", "new", "keys")
        self.call(binary, "keys", "new", "authority")
        if tls:
            self.certify()
        values = {"port": port, "admin_port": free_port(), "url": self.url, "database": database, "issuer": ISSUER}
        text = CONFIGURATION.format(**values) + (TLS if tls else "")
        with open(self.folder / "sharehold.toml", "w", opener=lambda path, flags: os.open(path, flags, 0o600), encoding="utf-8") as file:
            file.write(text)

    def call(self, *command):
        return subprocess.run(command, cwd=self.folder, env=self.environment, check=True, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=COMMAND_S).stdout

    def certify(self):
        new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]
        self.call(*new, "-subj", "/CN=A certificate authority", "-keyout", "ca.key", "-out", "ca.pem")
        self.call(*new, "-CA", "ca.pem", "-CAkey", "ca.key", "-subj", "/CN=Sharehold", "-addext", "subjectAltName=IP:127.0.0.1",
                  "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", "key.pem", "-out", "chain.pem")
        (self.folder / "key.pem").chmod(0o600)

    def mint(self, subject, scope, *more, client="client-test"):
        return self.call(self.binary, "token", "mint", "--authority", "authority", "--issuer", ISSUER, "--audience", self.url,
                         "--for", "keys/certificate.pem", "--sub", subject, "--client", client, "--scope", scope, *more).strip()

    def begin(self):
        """Starts the server, and waits until it answers."""
        with open(self.log, "a", encoding="utf-8") as log:
            self.server = subprocess.Popen([self.binary, "serve", "--config", "sharehold.toml"], cwd=self.folder, env=self.environment,
                                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True)
        _until_ready(self.server, self)

    def kill(self):
        """As a power cut would."""
        self.server.kill()
        self.server.wait()

    def stop(self):
        self.server.terminate()
        try:
            self.server.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()


@contextlib.contextmanager
def serving(binary, database="sqlite://data/sharehold.db", tls=False):
    """A House whose server answers; it is stopped and swept away however this ends."""
    folder = tempfile.mkdtemp(prefix="sharehold-client-")
    house = None
    try:
        house = House(binary, folder, database, tls)
        house.begin()
        yield house
    finally:
        if house is not None and house.server is not None:
            house.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _until_ready(server, house):
    lines = queue.Queue()

    def pump():
        for line in server.stdout:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=pump, daemon=True).start()
    deadline = time.monotonic() + START_S
    while True:
        line = lines.get(timeout=max(0.01, deadline - time.monotonic()))
        if line is None:
            raise RuntimeError("the server ended before it was ready:\n" + house.log.read_text(encoding="utf-8"))
        if line.startswith("ready "):
            return

"""Starts the server under test with a configuration of its own in a temporary folder, and asks it things."""

import json
import os
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from guide import Running, free_ports

START_S = 30
ANSWER_S = 10


def sharehold(*arguments, folder=None):
    """Runs a command of the binary; what it printed."""
    done = subprocess.run([os.environ["SHAREHOLD"], *arguments], cwd=folder, check=True, capture_output=True, text=True,
                          timeout=START_S, stdin=subprocess.DEVNULL, env={"PATH": os.environ["PATH"]})
    return done.stdout


class Answer:
    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text

    def __str__(self):
        return f"{self.status} {self.text[:300]}"


def ask(url, token=None, method="GET", body=None, headers=(), context=None):
    """One request, through no proxy, whatever the environment says."""
    headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **dict(headers)}
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    handlers = [urllib.request.ProxyHandler({})] + ([urllib.request.HTTPSHandler(context=context)] if context else [])
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=ANSWER_S) as answer:
            return Answer(answer.status, answer.headers, answer.read().decode())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read().decode())


class Server:
    """`sharehold serve` of `configuration`, whose relative paths begin at `folder`. Used with `with`."""

    def __init__(self, folder, configuration):
        api, admin = free_ports(2)
        self.url = f"http://127.0.0.1:{api}"
        self.config = Path(folder) / f"sharehold-{api}.toml"
        data = tempfile.mkdtemp(dir=folder)
        head = f'listen = "127.0.0.1:{api}"\nadmin_listen = "127.0.0.1:{admin}"\ndata_dir = "{data}"\n'
        tail = f'[database]\nurl = "sqlite://{data}/sharehold.db"\n[blobs]\nurl = "file://{data}/blobs"\n[server]\ndrain_wait_s = 0\n'
        self.config.write_text(head + configuration + "\n" + tail)
        command = [os.environ["SHAREHOLD"], "serve", "--config", str(self.config)]
        self.running = Running(command, folder, {"PATH": os.environ["PATH"]})

    def __enter__(self):
        if not self.running.shows(f"ready {self.url}", START_S):
            self.running.stop()
            raise RuntimeError(f"the server did not start:\n{self.config.read_text()}\n{self.running.text()}")
        return self

    def __exit__(self, *_):
        self.running.stop()

    def statuses(self):
        """Of every request for the profile, in the order of the log."""
        return [json.loads(line)["status"] for line in list(self.running.lines) if '"route":"/v1.0/me"' in line]

    def logged(self, answer):
        """The line of the log about that answer's request."""
        until = time.monotonic() + ANSWER_S
        while time.monotonic() < until:
            for line in list(self.running.lines):
                entry = json.loads(line) if line.startswith("{") else {}
                if entry.get("req_id") == answer.headers["request-id"]:
                    return entry
            time.sleep(0.02)
        return {}

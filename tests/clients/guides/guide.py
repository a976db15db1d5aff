"""A guide in docs/ as a test: what it shows is what is there, and what it tells to type gives what it promises.

Fenced blocks say what they are, in words behind the language that Markdown does not show:

    ```js file=provider.mjs     is that file beside the guide, byte for byte
    ```sh run                   is typed into one shell, in the guide's folder, and must succeed
    ```sh run=background        is typed into a terminal of its own and left running; its `expect` is waited for
    ```text expect              is what the block before printed; … stands for anything within it

Ports and folders of the guide are replaced by free ones, so that nothing of this machine is in the way.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
STEP_S = 60
STOP_S = 20
FENCE = re.compile(r"^```(\w+)(?: +([^\n]*))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)

results = []


def holds(what, truth, otherwise=""):
    """Notes and prints whether something held."""
    results.append(bool(truth))
    print(f"ok   {what}" if truth else f"FAIL {what} ({str(otherwise)[:1500]})", flush=True)
    return bool(truth)


def finish():
    """The closing line; the exit status."""
    passed = sum(results)
    print(f"{passed} passed, {len(results) - passed} failed")
    return 0 if results and all(results) else 1


def free_ports(count):
    """Ports of loopback that are free now, all different."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def matches(expected, printed):
    """Whether `printed` is what `expected` says, … standing for anything; blank space at line ends is not looked at."""
    tidy = lambda text: "\n".join(line.rstrip() for line in text.strip().splitlines())
    pattern = ".*?".join(re.escape(part) for part in tidy(expected).split("…"))
    return re.fullmatch(pattern, tidy(printed), re.DOTALL) is not None


class Running:
    """A process in a group of its own, whose output is collected."""

    def __init__(self, command, folder, environment):
        self.process = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        self.lines = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)

    def text(self):
        return "".join(self.lines)

    def shows(self, expected, limit=STEP_S):
        """Waits until some lines of the output are what `expected` says."""
        lines = expected.strip().splitlines()
        until = time.monotonic() + limit
        while time.monotonic() < until:
            seen = list(self.lines)
            if any(matches(expected, "".join(seen[at:at + len(lines)])) for at in range(len(seen))):
                return True
            if self.process.poll() is not None and not self.reader.is_alive():
                return False
            time.sleep(0.05)
        return False

    def stop(self):
        """SIGTERM to the whole group, SIGKILL if that is not enough; the exit status."""
        for name, limit in ((signal.SIGTERM, STOP_S), (signal.SIGKILL, STOP_S)):
            try:
                os.killpg(self.process.pid, name)
            except ProcessLookupError:
                pass
            try:
                return self.process.wait(limit)
            except subprocess.TimeoutExpired:
                continue
        return None


class Guide:
    """A guide copied to a folder of its own, to be followed there."""

    def __init__(self, page, beside=None, shows=None, swaps=(), environment=()):
        """`beside`: the folder in docs/ to follow it in, else an empty one; `shows`: the folder whose files it shows, if another;
        `swaps`: (text, other text), done everywhere."""
        self.page, self.swaps, self.label = DOCS / page, list(swaps), page
        self.source = DOCS / (shows or beside or "")
        self.home = Path(tempfile.mkdtemp(prefix="sharehold-guide-"))
        self.background, self.last = [], None
        (self.home / "bin").mkdir()
        (self.home / "bin" / "sharehold").symlink_to(Path(os.environ["SHAREHOLD"]).resolve())
        # Nothing of the caller's environment may configure what runs.
        self.environment = {"PATH": f"{self.home}/bin:{os.environ['PATH']}", "HOME": str(self.home), "NO_PROXY": "*",
                            "LANG": "C.UTF-8", **dict(environment)}
        self.folder = self.home / "docs" / beside if beside else self.home / "empty"
        if beside:
            self._copy()
        else:
            self.folder.mkdir()

    def _copy(self):
        """The whole of docs/, so that paths between its folders hold."""
        left_out = shutil.ignore_patterns("node_modules", "keys", "data", "images", "*.jwk.json")
        shutil.copytree(DOCS, self.home / "docs", ignore=left_out)
        for path in (path for path in (self.home / "docs").rglob("*") if path.is_file()):
            path.write_text(self.swap(path.read_text()))

    def swap(self, text):
        for old, new in self.swaps:
            text = text.replace(str(old), str(new))
        return text

    def follow(self, only=None):
        """Types every block in order; stops at the first that does not hold. `only`: blocks whose words have it."""
        for language, words, text in FENCE.findall(self.page.read_text()):
            words = dict(word.partition("=")[::2] for word in words.split())
            if only is not None and only not in words and "file" not in words:
                continue
            if not self._block(language, words, text):
                return False
        return True

    def _block(self, language, words, text):
        first = text.strip().splitlines()[0][:70]
        if "file" in words:
            shown = (self.source / words["file"]).read_text()
            return holds(f"{self.label}: shows {words['file']} as it is", shown == text, f"{self.source}/{words['file']}")
        if words.get("run") == "background":
            self.last = Running(["bash", "-c", f"exec {self.swap(text).strip()}"], self.folder, self.environment)
            self.background.append(self.last)
            return True
        if "run" in words:
            self.last, status = self.type(text)
            return holds(f"{self.label}: {first}", status == 0, f"status {status}: {self.last}")
        if "expect" in words:
            expected = self.swap(text)
            held = self.last.shows(expected) if isinstance(self.last, Running) else matches(expected, self.last)
            seen = self.last.text() if isinstance(self.last, Running) else self.last
            return holds(f"{self.label}:   prints {first}", held, f"instead: {seen}")
        return True

    def type(self, text, limit=STEP_S):
        """Types into the guide's shell: what was printed, and the status. What it sets (variables, folder) stays set."""
        state = self.home / "state"
        before = f". {state}; " if state.exists() else ""
        after = f"; status=$?; {{ declare -p | grep -v '^declare -[a-zA-Z]*r'; declare -f; printf 'cd %q\\n' \"$PWD\"; }} >{state}; exit $status"
        script = f"{before}{{ {self.swap(text).strip()}\n}}{after}"
        done = subprocess.run(["bash", "-c", script], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit, check=False)
        return done.stdout, done.returncode

    def close(self):
        """Stops what was left running; its output, if something did not hold."""
        for running in reversed(self.background):
            running.stop()
            if not all(results):
                print(f"--- {running.process.args[-1]}\n{running.text()[-4000:]}---")
        shutil.rmtree(self.home, ignore_errors=True)


def run(check, limit=120):
    """Runs `check`, bounded; ends the process with its status."""
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        signal.signal(name, lambda number, _: sys.exit(f"FAIL stopped by signal {number}"))
    signal.alarm(limit)
    try:
        check()
    except subprocess.TimeoutExpired as late:
        holds("in time", False, late)
    sys.exit(finish())

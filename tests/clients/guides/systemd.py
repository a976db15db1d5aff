"""docs/operations/sharehold.service: what systemd itself says of it, and the server under the restrictions that it names: a user of its
own, no capability, no way to one, a root that is read-only, one folder to write to. The same is what the container gives it."""

import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

from guide import DOCS, FENCE, STEP_S, Running, free_ports, holds, run
from server import START_S, ask, sharehold

UNIT = DOCS / "operations/sharehold.service"
WORST = 2.0
UID = "65532"


def systemd_says(folder):
    # There is no /usr/local/bin/sharehold here: the one under test in its place.
    unit = folder / UNIT.name
    unit.write_text(UNIT.read_text().replace("/usr/local/bin/sharehold", os.environ["SHAREHOLD"]))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, timeout=STEP_S, check=False)
    holds("systemd-analyze verify: nothing to say", done.returncode == 0 and not done.stderr, done.stderr)
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", str(unit)], capture_output=True, text=True, timeout=STEP_S, check=False)
    exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    holds(f"systemd-analyze security: {exposure and exposure[1]}, {WORST} at most", exposure and float(exposure[1]) <= WORST, done.stdout[-800:])
    text = (DOCS / "operations/systemd.md").read_text()
    holds("systemd.md shows the unit as it is", [block for _, words, block in FENCE.findall(text) if words == f"file={UNIT.name}"] == [UNIT.read_text()])
    toml = [block for language, words, block in FENCE.findall(text) if (language, words) == ("toml", "try")]
    holds("systemd.md has one configuration to try", len(toml) == 1)
    return toml[0]


def restricted(folder, configuration):
    """Runs the server as the unit would, with what the guide tells to write into /etc/sharehold."""
    etc, state = folder / "etc", folder / "state"
    for made in (etc, state, etc / "trust"):
        made.mkdir()
    for keys in ("keys", "authority"):
        sharehold("keys", "new", keys, "--bits", "2048", folder=etc)
    api, admin = free_ports(2)
    trust = re.sub(r"^jwks_uri = .*$", 'certificate = "authority/certificate.pem"', configuration, flags=re.MULTILINE)
    (etc / "sharehold.toml").write_text(trust.replace(":8700", f":{api}").replace(":8701", f":{admin}"))
    binary = os.environ["SHAREHOLD"]
    command = ["bwrap", "--unshare-all", "--share-net", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--uid", UID, "--gid", UID]
    for system in ("/usr", "/lib", "/lib64"):
        command += ["--ro-bind-try", system, system]
    command += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--ro-bind", str(etc), "/etc/sharehold", "--bind", str(state), "/var/lib/sharehold"]
    command += ["--ro-bind", binary, "/usr-local-bin-sharehold", "--remount-ro", "/", "--chdir", "/"]
    command += ["/usr-local-bin-sharehold", "serve", "--config", "/etc/sharehold/sharehold.toml"]
    running = Running(command, folder, {"PATH": os.environ["PATH"]})
    try:
        started = running.shows(f"ready http://127.0.0.1:{api}", START_S)
        holds("restricted: it starts", started, running.text())
        if started:
            served(etc, api, admin)
            confined(running)
    finally:
        running.stop()
    holds("restricted: what it wrote is in its own folder", (state / "sharehold.db").exists(), list(state.iterdir()))


def served(etc, api, admin):
    token = sharehold("token", "mint", "--authority", "authority", "--issuer", "https://as.example", "--audience", "https://people.example", "--for",
                      "keys/certificate.pem", "--sub", "ann", "--client", "unit", "--scope", "User.ReadWrite", folder=etc).strip()
    holds("restricted: it is ready", ask(f"http://127.0.0.1:{admin}/readyz").status == 200)
    changed = ask(f"http://127.0.0.1:{api}/v1.0/me", token, "PATCH", b'{"city": "Lisbon"}', {"Content-Type": "application/json"})
    holds("restricted: it reads and writes", changed.status == 200 and '"city":"Lisbon"' in changed.text, changed)


def confined(running):
    """What the kernel says of the process."""
    [status] = [text for text in map(status_of, Path("/proc").glob("[0-9]*")) if text and is_ours(text, running.process.pid)]
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    held = [fields[name].strip() for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")]
    holds("restricted: it has no capability, nor can it get one", set(held) == {"0" * 16}, held)
    holds("restricted: no new privileges", fields["NoNewPrivs"].strip() == "1", fields["NoNewPrivs"])


def status_of(process):
    try:
        return (process / "status").read_text()
    except OSError:
        return None


def is_ours(status, ancestor):
    """Whether it is the server itself, below the sandbox that we started."""
    if not status.startswith("Name:\tusr-local-bin-s"):
        return False
    while pid := int(re.search(r"^PPid:\t(\d+)$", status, re.MULTILINE)[1]):
        if pid == ancestor:
            return True
        status = status_of(Path("/proc", str(pid))) or "PPid:\t0\n"
    return False


def check():
    with tempfile.TemporaryDirectory(prefix="sharehold-unit-") as folder:
        restricted(Path(folder), systemd_says(Path(folder)))


run(check)

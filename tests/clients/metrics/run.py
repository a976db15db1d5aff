"""run.py PATH_TO_SHAREHOLD OPERATIONS_FOLDER: see metrics.sh. Exit status 1 if anything did not hold."""

import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import expressions
import traffic
from processes import AWAY, Prometheus, Sharehold, send

results = []


def holds(what, truth, otherwise=""):
    results.append(bool(truth))
    print(f"ok   {what}" if truth else f"FAIL {what} ({str(otherwise)[:2000]})", flush=True)


def promtool(what, *arguments, given=None):
    """promtool must be content and have nothing to say on its error channel, where it puts what it would rather see."""
    done = subprocess.run(["promtool", *arguments], input=given, capture_output=True, text=True, timeout=60)
    holds(f"promtool {arguments[0]} {arguments[1]}: {what}", done.returncode == 0 and not done.stderr, done.stdout + done.stderr)


def series(text):
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, value in lines}


def check_counts(server):
    requests = list(traffic.requests(server))
    # The one that `requests` sent by itself.
    sent = [(1, "getMe", 200, "", "", {}, None, "opened")]
    for request in requests:
        times, op, expected, method, path, headers, body, _ = request
        statuses = [send(server.api, method, path, headers, body)[0] for _ in range(times)]
        holds(f"{method} {path[:20]}: {expected}, {times} times", statuses == [expected] * times, statuses)
        sent.append(request)
    wanted = traffic.expected(sent)
    # A connection is closed, and so counted off, a moment after its answer.
    deadline = time.monotonic() + 10
    while True:
        status, headers, text = server.metrics()
        everything = series(text)
        counted = {name: value for name, value in everything.items() if value and name.startswith(traffic.FAMILIES)}
        # How often what was read is written into the access log is a matter of time.
        logged = everything.get('sharehold_db_query_seconds_count{name="log"}', 0)
        counted["sharehold_commit_batch_size_sum"] -= logged
        if counted == wanted and logged or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    holds("/metrics: 200 in the text format", status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4"), headers)
    for name in sorted(wanted.keys() | counted.keys()):
        holds(f"counted: {name} {wanted[name]}", counted.get(name) == wanted[name], counted.get(name))
    holds("what was read is written into the access log", logged >= 1 and everything["sharehold_access_log_lag_seconds"] < 5, logged)
    commits, alone = everything["sharehold_commit_batch_size_count"], traffic.STARTED + traffic.CHANGED
    holds("each commit is a sync of the disk", commits == everything["sharehold_fsync_seconds_count"] and alone <= commits <= alone + logged, commits)
    holds("nothing that a client sent is named", "canary" not in text and "ann" not in text.split(), "")
    holds("keys that were never fetched are infinitely old", f'sharehold_jwks_age_seconds{{issuer="{AWAY}"}} inf' in text, text[:500])
    promtool("the output of /metrics", "check", "metrics", given=text)
    return set(name.split("{")[0] for name in series(text))


def check_rules(prometheus, folder):
    """The rules as Prometheus itself understood them: each is evaluated without a fault, and none is set off by this server."""
    # A server whose keys are away is one that the operator must hear of, though not before five minutes.
    away = {"ShareholdKeysStale", "ShareholdKeysExpiring"}
    deadline = time.monotonic() + 60
    while True:
        rules = [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]
        pending = {rule["name"] for rule in rules if rule.get("state") == "pending"}
        # The first evaluation may have been before the first scrape.
        if all(rule["health"] != "unknown" for rule in rules) and away <= pending or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    for rule in rules:
        holds(f"{rule['name']}: Prometheus evaluates it", rule["health"] == "ok", rule)
    firing = {rule["name"] for rule in rules if rule.get("state") == "firing"}
    holds("no alert is set off", not firing, firing)
    holds("keys that are away will set off theirs", away <= pending, pending)
    alerts = [rule["name"] for rule in rules if rule["type"] == "alerting"]
    tests = (folder / "alerts.test.yml").read_text()
    headings = set(re.findall(r"^#+ (Sharehold\w+)$", (folder / "monitoring.md").read_text(), re.MULTILINE))
    for alert in alerts:
        holds(f"{alert}: has a unit test", f"alertname: {alert}\n" in tests)
    holds("each alert has a paragraph, and each paragraph an alert", headings == set(alerts), headings ^ set(alerts))
    return rules


def check_expressions(prometheus, folder, exported, scratch):
    rules = check_rules(prometheus, folder)
    known = exported | expressions.OWN | {rule["name"] for rule in rules if rule["type"] == "recording"}
    panels = list(expressions.of_dashboard(folder / "grafana-dashboard.json"))
    for title, expression in [(rule["name"], rule["query"]) for rule in rules] + panels:
        names = expressions.names(expression)
        holds(f"{title}: names what is exported", names and names <= known, names - known)
    for title, expression in panels:
        data = prometheus.value(expression)
        # Where nothing is the good news, nothing is what there is to see.
        holds(f"{title}: Prometheus has data for it", data or "> 0" in expression, expression)
    wrapped = [{"record": f"panel:{at}", "expr": expression} for at, (_, expression) in enumerate(panels)]
    file = scratch / "panels.yml"
    file.write_text(json.dumps({"groups": [{"name": "panels", "rules": wrapped}]}))
    promtool(f"{len(panels)} expressions of the dashboard", "check", "rules", str(file))


def check_documents(folder, exported):
    text = (folder / "monitoring.md").read_text()
    named = set(re.findall(r"^\| `((?:sharehold|process)_\w+)", text, re.MULTILINE))
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in exported}
    holds("monitoring.md lists what is exported", named == families, named ^ families)
    done = subprocess.run(["node", "dashboard.mjs", str(folder / "grafana-dashboard.json")], capture_output=True, text=True, timeout=60)
    holds("the dashboard fits Grafana's schema", done.returncode == 0, done.stdout + done.stderr)


def main(binary, operations):
    folder = pathlib.Path(operations).resolve()
    promtool("the alert rules", "check", "rules", str(folder / "alerts.yml"))
    promtool("the alert rules' unit tests", "test", "rules", str(folder / "alerts.test.yml"))
    with tempfile.TemporaryDirectory(prefix="sharehold-metrics-") as name:
        scratch = pathlib.Path(name)
        try:
            with Sharehold(binary, name).serving() as server:
                exported = check_counts(server)
                with Prometheus(name, server.admin, folder / "alerts.yml").serving() as prometheus:
                    prometheus.until("count_over_time(sharehold_build_info[1m]) >= 3")
                    check_expressions(prometheus, folder, exported, scratch)
                check_documents(folder, exported)
        finally:
            if not all(results) or sys.exc_info()[0]:
                for log in scratch.glob("*.log"):
                    print(f"--- {log.name}\n{log.read_text()[-5000:]}---")
    passed = sum(results)
    print(f"{passed} passed, {len(results) - passed} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    # Stopped from outside, it takes what it started along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1], sys.argv[2]))

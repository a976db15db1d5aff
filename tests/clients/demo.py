"""demo.py PATH_TO_SHAREHOLD: what `sharehold demo` prints must work as printed. Exit status 1 if anything did not hold."""

import json
import os
import queue
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

START_S = 60
STOP_S = 20
ANSWER_S = 10

results = []


def holds(what, truth, otherwise=""):
    results.append(bool(truth))
    print(f"ok   {what}" if truth else f"FAIL {what} ({otherwise})", flush=True)


def get(url, token=None):
    """Status, headers and text of the answer; no proxy, whatever the environment says."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=ANSWER_S) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def photo(url, token):
    """Media type and first bytes of the person's photo, or the status if there is none."""
    request = urllib.request.Request(f"{url}/photo/$value", headers={"Authorization": f"Bearer {token}"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=ANSWER_S) as answer:
            return answer.headers["Content-Type"], answer.read(3)
    except urllib.error.HTTPError as error:
        return error.code


def until_ready(server):
    """The lines up to `ready http://…`, and that address."""
    lines = queue.Queue()

    def pump():
        for line in server.stdout:
            lines.put(line.rstrip("\n"))
        lines.put(None)

    threading.Thread(target=pump, daemon=True).start()
    printed, deadline = [], time.monotonic() + START_S
    while True:
        line = lines.get(timeout=max(0.01, deadline - time.monotonic()))
        if line is None:
            raise RuntimeError("the demo ended before it was ready: " + "\n".join(printed))
        if line.startswith("ready "):
            return printed, line.split(" ", 1)[1]
        printed.append(line)


def curl_lines(printed):
    """(token, url) of each printed `curl -H 'Authorization: Bearer …' URL`."""
    for line in printed:
        words = shlex.split(line) if line.startswith("curl ") else []
        if len(words) == 4 and words[1] == "-H" and words[2].startswith("Authorization: Bearer "):
            yield words[2].removeprefix("Authorization: Bearer "), words[3]


def altered(token):
    """Another letter in the middle of the ciphertext."""
    parts = token.split(".")
    at = len(parts[3]) // 2
    parts[3] = parts[3][:at] + ("B" if parts[3][at] == "A" else "A") + parts[3][at + 1 :]
    return ".".join(parts)


def mint(binary, data, address, scope):
    """A token as the demo's own authority would make it."""
    metadata = json.loads(get(f"{address}/.well-known/oauth-protected-resource")[2])
    command = [binary, "token", "mint", "--authority", f"{data}/authority", "--for", f"{data}/keys/certificate.pem"]
    command += ["--issuer", metadata["authorization_servers"][0], "--audience", metadata["resource"]]
    command += ["--sub", "ann", "--client", "demo-check", "--scope", scope]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=ANSWER_S).stdout.strip()


def taken(printed):
    """The curl line of Ann's photos."""
    lines = [(token, url) for token, url in curl_lines(printed) if "/photos?" in url]
    holds("and one for the photos of one of them", len(lines) == 1, lines)
    for token, url in lines:
        status, _, text = get(url, token)
        found = {photo["name"]: photo for photo in json.loads(text).get("value", [])}
        holds("who has ten", status == 200 and len(found) == 10, f"{status} {text[:300]}")
        canal = found.get("corinth-canal.jpg", {})
        holds("which tell when and where they were taken", canal.get("takenLocalDateTime", "").startswith("2026-11-17T10:42:51")
              and round(canal.get("location", {}).get("latitude", 0), 2) == 37.94, canal)
        status, _, text = get(f"{url.partition('/photos?')[0]}/albums", token)
        albums = {album["name"]: album["photoCount"] for album in json.loads(text).get("value", [])}
        holds("in two albums", albums == {"Greece, November 2026": 7, "Family": 2}, f"{status} {text[:300]}")


def check(binary, data, printed, address):
    taken(printed)
    lines = [(token, url) for token, url in curl_lines(printed) if url.endswith("/me")]
    holds("prints a curl line for each of several people", len(lines) >= 2, "\n".join(printed)[:500])
    names = set()
    for token, url in lines:
        status, headers, text = get(url, token)
        person = json.loads(text)
        names.add(person.get("displayName"))
        holds(f"the curl line of {person.get('displayName')}: 200 and an ETag", status == 200 and headers["ETag"], f"{status} {text[:300]}")
    holds("each line is of another person", None not in names and len(names) == len(lines), names)

    photos = [photo(url, token) for token, url in lines]
    holds("two of them have a photo, a JPEG", sorted(map(str, photos)) == sorted(
        map(str, [("image/jpeg", b"\xff\xd8\xff"), ("image/jpeg", b"\xff\xd8\xff"), 404, 404])), photos)

    links = [line.rsplit(" ", 1)[1] for line in printed if line.startswith("# Who has access to it: ")]
    tokens = {link.partition("#client=sharehold-owner&token=")[2] for link in links}
    holds("and a link to each person's page, with a token of its own where no server sees it",
          len(links) == len(tokens) == len(lines) and not tokens & {token for token, _ in lines}
          and all(link.startswith(f"{address}/me#") for link in links), links)
    holds("whose token shows the name alone", [set(json.loads(get(lines[0][1], token)[2])) & {"displayName", "mail"} for token in tokens]
          == [{"displayName"}] * len(tokens), links)

    token, url = lines[0]
    holds("the address of the lines is the one that is ready", url.startswith(address), f"{url} {address}")
    status, headers, text = get(url, altered(token))
    challenges = " ".join(headers.get_all("WWW-Authenticate", []))
    holds("one changed letter: 401 invalid_token", status == 401 and 'error="invalid_token"' in challenges, f"{status} {challenges}")
    status, headers, text = get(url, mint(binary, data, address, "Contacts.Read"))
    challenges = " ".join(headers.get_all("WWW-Authenticate", []))
    holds("without the scope: 403 naming one that would do",
          status == 403 and 'error="insufficient_scope"' in challenges and "User.Read" in challenges, f"{status} {challenges}")
    status, _, text = get(url, mint(binary, data, address, "User.Read"))
    holds("a token of `token mint` with the scope: 200", status == 200, f"{status} {text[:300]}")


def run(binary, folder, ending, look):
    """A demo from its start to `ending`, a signal, and what `look` holds against it meanwhile."""
    data = f"{folder}/data"
    environment = {"PATH": os.environ["PATH"], "HOME": folder}
    command = [binary, "demo", "--data", data, "--listen", "127.0.0.1:0"]
    with open(f"{folder}/log", "w+", encoding="utf-8") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            look(binary, data, *until_ready(server))
            server.send_signal(ending)
            status = server.wait(STOP_S)
            holds(f"{ending.name}: ends with status 0", status == 0, status)
        finally:
            server.kill()
            server.wait()
            if not all(results) or sys.exc_info()[0]:
                log.seek(0)
                print(f"--- what the server printed\n{log.read()}---")


def check_again(_binary, _data, printed, _address):
    token, url = next(curl_lines(printed))
    status, _, text = get(url, token)
    holds("started again over the same data: 200", status == 200, f"{status} {text[:300]}")


def main(binary):
    with tempfile.TemporaryDirectory(prefix="sharehold-demo-") as folder:
        run(binary, folder, signal.SIGTERM, check)
        # What its terminal sends when it is closed.
        run(binary, folder, signal.SIGHUP, check_again)
    passed = sum(results)
    print(f"{passed} passed, {len(results) - passed} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    # Stopped from outside, it takes the server along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1]))

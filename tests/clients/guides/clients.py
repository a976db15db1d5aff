"""docs/clients against real servers: curl.md, photos.md, python.md and javascript.md typed as they stand, and what the clients in them do with
401, 403, 412, 429 and 503. Both clients go through the same scenes; scenes.mjs is the JavaScript one's part."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from guide import DOCS, ROOT, Guide, free_ports, holds, run
from server import Server, sharehold

SCENES_S = 60
sys.path.insert(0, str(DOCS / "clients" / "python"))


def typed(page, beside):
    [api] = free_ports(1)
    guide = Guide(f"clients/{page}.md", beside=beside, swaps=[(":8700", f":{api}")], environment={"SHAREHOLD_LISTEN": f"127.0.0.1:{api}"})
    (guide.home / "venv").symlink_to(Path(sys.prefix))
    guide.environment["PATH"] = f"{guide.home}/venv/bin:{guide.environment['PATH']}"
    try:
        holds(f"{page}.md holds from its first line to its last", guide.follow())
    finally:
        guide.close()


def tokens(folder, url):
    """A token for each scene."""
    def mint(authority, issuer, scope, *more):
        return sharehold("token", "mint", "--authority", authority, "--issuer", issuer, "--audience", url, "--for", "keys/certificate.pem",
                         "--sub", "ann", "--client", "scenes", "--scope", scope, *more, folder=folder).strip()

    known, late = "https://as.example", "https://late.example"
    return {
        "good": mint("authority", known, "User.ReadWrite"),
        "expired": mint("authority", known, "User.ReadWrite", "--claim", "exp=1"),
        "narrow": mint("authority", known, "Contacts.Read"),
        "late": mint("late", late, "User.Read"),
    }


def two_calls(client, url, token):
    """Two calls one after the other by a client; whether both were answered."""
    if client == "python":
        from profile_client import Sharehold

        api = Sharehold(url, lambda fresh: token)
        return [bool(api.me()["id"]), bool(api.me()["id"])]
    module = (DOCS / "clients/javascript/sharehold.js").as_uri()
    script = f"""import {{ Sharehold }} from '{module}';
const api = new Sharehold('{url}', () => process.env.TOKEN);
console.log(JSON.stringify([Boolean((await api.me()).id), Boolean((await api.me()).id)]));"""
    environment = {"PATH": os.environ["PATH"], "TOKEN": token}
    done = subprocess.run(["node", "--input-type=module", "-e", script], capture_output=True, text=True, timeout=SCENES_S, check=True, env=environment)
    return json.loads(done.stdout)


def too_fast(folder):
    """429: the second call is one too many, and waits."""
    for client in ("python", "javascript"):
        with Server(folder, configuration(1) + "[rate]\nclient_rps = 1\nclient_burst = 1\n") as server:
            answered = two_calls(client, server.url, tokens(folder, "https://people.example")["good"])
            statuses = server.statuses()
        holds(f"{client}: 429 waits as long as it is told to, and goes on", answered == [True, True] and 429 in statuses, f"{answered} {statuses}")


def python_scenes(url, token, key_server_up):
    from profile_client import Refused, Sharehold

    seen = {}

    def refused(work):
        try:
            return str(work())
        except Refused as no:
            return f"{no.status} {no.challenge}"

    api = Sharehold(url, lambda fresh: token["good"])
    calls = []

    def decide(profile):
        calls.append(profile["city"])
        if len(calls) == 1:
            api.request("PATCH", "/v1.0/me", json={"city": "Somebody's"})
        return {"surname": f"after {profile['city']}"}

    seen["412"] = [api.change(decide)["surname"], len(calls)]
    asked = []
    seen["401 then 200"] = [bool(Sharehold(url, lambda fresh: asked.append(fresh) or token["good" if fresh else "expired"]).me()["id"]), asked]
    seen["401"] = refused(Sharehold(url, lambda fresh: token["expired"]).me)
    seen["403"] = refused(Sharehold(url, lambda fresh: token["narrow"]).me)
    key_server_up()
    seen["503"] = refused(lambda: bool(Sharehold(url, lambda fresh: token["late"]).me()["id"]))
    return seen


def javascript_scenes(url, token, key_server_up):
    key_server_up()
    done = subprocess.run(["node", str(ROOT / "tests/clients/guides/scenes.mjs"), url], input=json.dumps(token), capture_output=True,
                          text=True, timeout=SCENES_S, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


class KeyServer:
    """Where the second authorization server's keys will be: nobody answers there until `up`, a moment later."""

    def __init__(self, jwks):
        self.port, self.jwks, self.server = free_ports(1)[0], jwks, None

    def up(self):
        threading.Timer(1.0, self._serve).start()

    def _serve(self):
        jwks = self.jwks.encode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(jwks)))
                self.end_headers()
                self.wfile.write(jwks)

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", self.port), Handler)
        self.server.serve_forever()

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()


def scenes(name, play):
    with tempfile.TemporaryDirectory(prefix="sharehold-scenes-") as folder:
        for keys in ("keys", "authority", "late"):
            sharehold("keys", "new", keys, "--bits", "2048", folder=folder)
        late = KeyServer(sharehold("keys", "show", "late/private.pem", "--jwks", "--signing", folder=folder))
        with Server(folder, configuration(late.port)) as server:
            try:
                seen = play(server.url, tokens(folder, "https://people.example"), late.up)
            finally:
                late.stop()
            statuses = server.statuses()
        if name == "javascript":
            too_fast(folder)
    holds(f"{name}: 412 is read again and decided again", seen["412"] == ["after Somebody's", 2] and 412 in statuses, seen["412"])
    holds(f"{name}: 401 gets a new token, once", seen["401 then 200"] == [True, [False, True]], seen["401 then 200"])
    holds(f"{name}: 401 again is the end", seen["401"].startswith("401 ") and statuses.count(401) == 3, f"{seen['401']} {statuses}")
    holds(f"{name}: 403 says which scope would do", seen["403"].startswith("403 ") and "User.Read" in seen["403"], seen["403"])
    holds(f"{name}: 503 waits as long as it is told to, and goes on", seen["503"].lower() == "true" and 503 in statuses, f"{seen['503']} {statuses}")


def configuration(port):
    return f"""public_url = "https://people.example"
[keys]
decryption = ["keys/private.pem"]
[[authorization_servers]]
issuer = "https://as.example"
certificate = "authority/certificate.pem"
[[authorization_servers]]
issuer = "https://late.example"
jwks_uri = "http://127.0.0.1:{port}/jwks"
"""


def check():
    typed("curl", None)
    typed("photos", None)
    typed("python", "clients/python")
    scenes("python", python_scenes)
    scenes("javascript", javascript_scenes)


run(check)

"""docs/operations/nginx.conf and Caddyfile, run for real before a real server, with a certificate of a throw-away authority. What the
server behind gets to see is asked of a second one that answers with what it got."""

import getpass
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import tls
from guide import DOCS, FENCE, Running, free_ports, holds, run
from server import Server, sharehold

HOST = "people.example"
CALL_S = 15
LONGEST_TOKEN = 8192
BODY = 5 << 20


class Mirror(BaseHTTPRequestHandler):
    """Answers with what it got: method, headers, length of the body, and how many requests came before."""

    protocol_version = "HTTP/1.1"
    seen = 0

    def answer(self):
        length = self.length()
        Mirror.seen += 1
        got = {"method": self.command, "headers": [[name.lower(), value] for name, value in self.headers.items()], "body": length, "seen": Mirror.seen}
        body = json.dumps(got).encode()
        self.send_response(200)
        for name, value in (("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("Cache-Control", "no-store"), ("ETag", 'W/"1"')):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def length(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return len(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        total = 0
        while size := int(self.rfile.readline().split(b";")[0], 16):
            total += len(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return total

    do_GET = do_PUT = do_PATCH = do_POST = do_DELETE = answer

    def log_message(self, *_):
        pass


class Proxy:
    """The guide's file in front of `upstream`, listening on a free port of loopback instead of 443. Used with `with`."""

    def __init__(self, folder, upstream, without=()):
        self.port = free_ports(1)[0]
        self.home = Path(tempfile.mkdtemp(dir=folder))
        self.ca = Path(folder, "ca.pem")
        text = (DOCS / "operations" / self.file).read_text().replace("127.0.0.1:8700", f"127.0.0.1:{upstream}")
        kept = [line for line in text.splitlines() if not any(word in line for word in without)]
        self.running = Running(self.command(self.adapted("\n".join(kept), folder)), self.home, self.environment())

    def environment(self):
        return {"PATH": f"{os.environ['PATH']}:/usr/sbin", "HOME": str(self.home), "XDG_DATA_HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home)}

    def __enter__(self):
        until = time.monotonic() + CALL_S
        while self.curl("/").status == 0:
            if time.monotonic() > until or self.running.process.poll() is not None:
                self.running.stop()
                raise RuntimeError(f"{self.file} did not start:\n{self.running.text()}")
            time.sleep(0.1)
        return self

    def __exit__(self, *_):
        self.running.stop()

    def curl(self, path, *more, scheme="https"):
        """One request by curl; status 0 if there was no answer."""
        command = ["curl", "-q", "-s", "-i", "--http1.1", "--noproxy", "*", "--max-time", str(CALL_S), "--cacert", str(self.ca), "--resolve",
                   f"{HOST}:{self.port}:127.0.0.1", *more, f"{scheme}://{HOST}:{self.port}{path}"]
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False)
        head, _, body = done.stdout.decode(errors="replace").rpartition("\r\n\r\n")
        status = next((int(line.split()[1]) for line in head.splitlines()[::-1] if line.startswith("HTTP/")), 0)
        return Got(status, head.lower(), body, done.stderr.decode())


class Got:
    def __init__(self, status, head, body, error):
        self.status, self.head, self.body, self.error = status, head, body, error

    def json(self):
        return json.loads(self.body)

    def named(self, name):
        return [value for key, value in self.json()["headers"] if key == name]

    def __str__(self):
        return f"{self.status} {self.head} {self.body[:300]} {self.error}"


class Nginx(Proxy):
    file = "nginx.conf"

    def adapted(self, text, folder):
        swaps = [("    listen [::]:443 ssl;\n", ""), ("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"), ("/etc/ssl/people.example", str(folder))]
        for old, new in swaps:
            assert old in text, old
            text = text.replace(old, new)
        return text

    def command(self, text):
        (self.home / "site.conf").write_text(text)
        user = f"user {getpass.getuser()};\n" if os.geteuid() == 0 else ""
        temporary = "".join(f"  {kind}_temp_path {self.home}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        main = f"{user}daemon off;\npid {self.home}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n  access_log off;\n{temporary}  include {self.home}/site.conf;\n}}\n"
        (self.home / "main.conf").write_text(main)
        return ["nginx", "-p", str(self.home), "-c", str(self.home / "main.conf"), "-e", "stderr"]


class Caddy(Proxy):
    file = "Caddyfile"

    def adapted(self, text, folder):
        swaps = [("{\n\tauto_https", "{\n\tadmin off\n\tdefault_bind 127.0.0.1\n\tauto_https"),
                 (f"\n{HOST} {{\n", f"\n{HOST}:{self.port} {{\n\ttls {folder}/chain.pem {folder}/key.pem\n")]
        for old, new in swaps:
            assert old in text, old
            text = text.replace(old, new)
        return text

    def command(self, text):
        (self.home / "Caddyfile").write_text(text + "\n")
        return ["caddy", "run", "--config", str(self.home / "Caddyfile"), "--adapter", "caddyfile"]


def configuration():
    return f"""public_url = "https://{HOST}"
trusted_proxies = ["127.0.0.1"]
[keys]
decryption = ["keys/private.pem"]
[[authorization_servers]]
issuer = "https://as.example"
certificate = "authority/certificate.pem"
"""


def mint(folder, *more):
    return sharehold("token", "mint", "--authority", "authority", "--issuer", "https://as.example", "--audience", f"https://{HOST}", "--for",
                     "keys/certificate.pem", "--sub", "ann", "--client", "proxies", "--scope", "User.ReadWrite", *more, folder=folder).strip()


def of_length(folder, length):
    """A token that is `length` bytes long, or the nearest that base64 allows below."""
    pad = length * 9 // 16 - 900
    while len(token := mint(folder, "--claim", f'pad="{"x" * (pad + 1)}"')) <= length:
        pad += 1 if length - len(token) < 16 else (length - len(token)) // 2
    return mint(folder, "--claim", f'pad="{"x" * pad}"'), token


def bearer(token):
    return ("-H", f"Authorization: Bearer {token}")


def before_the_server(kind, folder, server, tokens):
    name, (token, longest, too_long) = kind.file, tokens
    with kind(folder, server.url.rpartition(":")[2]) as proxy:
        got = proxy.curl("/v1.0/me", *bearer(token))
        holds(f"{name}: 200 by TLS, with its ETag and no-store", got.status == 200 and "etag: w/" in got.head and "cache-control: no-store" in got.head, got)
        got = proxy.curl("/v1.0/me", *bearer(longest))
        holds(f"{name}: a token of {len(longest)} bytes: 200", got.status == 200, got)
        got = proxy.curl("/v1.0/me", *bearer(too_long))
        holds(f"{name}: one byte group more: the server's own 431", got.status == 431 and "longer than this server takes" in got.body, got)
        got = proxy.curl("/v1.0/me", *bearer(token), "-X", "PATCH", "-H", "Content-Type: application/json", "-d", '{"city": "Lisbon"}')
        holds(f"{name}: PATCH: 200", got.status == 200 and '"city":"Lisbon"' in got.body, got)
        got = proxy.curl("/v1.0/me")
        holds(f"{name}: no token: the server's own 401 with both challenges", got.status == 401 and got.head.count("www-authenticate:") == 2, got)
        holds(f"{name}: TLS 1.1 is refused", proxy.curl("/", "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0").status == 0)
        plain = proxy.curl("/v1.0/me", scheme="http")
        holds(f"{name}: plain http is not redirected", plain.status not in (200, 301, 302, 307, 308), plain)


def counted(kind, folder):
    """Whom the server counts: the client's own address, which no header of the client's changes, and not the proxy."""
    rate = "[rate]\nanonymous_rps = 1\nanonymous_burst = 3\n"
    with Server(folder, configuration() + rate) as server, kind(folder, server.url.rpartition(":")[2]) as proxy:
        lies = [("-H", f"X-Forwarded-For: 203.0.113.{at}", "-H", f"Forwarded: for=203.0.113.{at}") for at in range(6)]
        statuses = [proxy.curl("/v1.0/me", "--interface", "127.0.0.2", *lie).status for lie in lies]
        holds(f"{kind.file}: one client with many faces is counted as one", 429 in statuses and set(statuses) <= {401, 429}, statuses)
        other = proxy.curl("/v1.0/me", "--interface", "127.0.0.3")
        holds(f"{kind.file}: another client is counted for itself", other.status == 401, other)


def before_the_mirror(kind, folder, mirror):
    name = kind.file
    with kind(folder, mirror) as proxy:
        spoofed = ("-H", "X-Forwarded-For: 203.0.113.9", "-H", "Forwarded: for=203.0.113.9", "--interface", "127.0.0.2")
        got = proxy.curl("/", *spoofed)
        holds(f"{name}: X-Forwarded-For is the client's address alone, whatever the client wrote", got.named("x-forwarded-for") == ["127.0.0.2"], got)
        holds(f"{name}: Forwarded does not come through", got.named("forwarded") == [], got)
        holds(f"{name}: If-Match and Authorization do", proxy.curl("/", "-H", 'If-Match: W/"1"').named("if-match") == ['W/"1"']
              and proxy.curl("/", *bearer("abc")).named("authorization") == ["Bearer abc"])
        seen = [proxy.curl("/").json()["seen"] for _ in range(2)]
        holds(f"{name}: nothing is cached", seen[1] == seen[0] + 1, seen)
        (Path(folder) / "body").write_bytes(os.urandom(BODY))
        for kind_of_body in ((), ("-H", "Transfer-Encoding: chunked")):
            got = proxy.curl("/v1.0/me/photo/$value", "-T", f"{folder}/body", "-H", "Expect:", *kind_of_body)
            whole = got.status == 200 and got.json()["method"] == "PUT" and got.json()["body"] == BODY
            holds(f"{name}: PUT of 5 MiB arrives whole{', chunked' if kind_of_body else ''}", whole, got)


def shown():
    text = (DOCS / "operations/proxies.md").read_text()
    for name in ("nginx.conf", "Caddyfile"):
        blocks = [block for _, words, block in FENCE.findall(text) if words == f"file={name}"]
        holds(f"proxies.md shows {name} as it is", blocks == [(DOCS / "operations" / name).read_text()])


def check():
    shown()
    folder = Path(tempfile.mkdtemp(prefix="sharehold-proxies-"))
    mirror = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    threading.Thread(target=mirror.serve_forever, daemon=True).start()
    try:
        tls.make(folder, HOST)
        for keys in ("keys", "authority"):
            sharehold("keys", "new", keys, "--bits", "2048", folder=folder)
        longest, too_long = of_length(folder, LONGEST_TOKEN)
        with Server(folder, configuration()) as server:
            for kind in (Nginx, Caddy):
                before_the_server(kind, folder, server, (mint(folder), longest, too_long))
                before_the_mirror(kind, folder, mirror.server_address[1])
                counted(kind, folder)
            with Nginx(folder, server.url.rpartition(":")[2], without=["large_client_header_buffers"]) as proxy:
                got = proxy.curl("/v1.0/me", *bearer(longest))
                holds("nginx without large_client_header_buffers: its own 400, as the guide says", got.status == 400 and "too large" in got.body.lower(), got)
    finally:
        mirror.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


run(check)

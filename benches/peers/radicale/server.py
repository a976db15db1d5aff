"""The list of contacts as Radicale's own server gives it: a CardDAV report (RFC 6352 §8.7) of 50 cards, the same contacts as vCard.
DATABASE: the SQLite file whose cards it is given, those of 20 people; TOKENS: one a line, which stand for these people in turns; PORT.
The load asks with GET and a token, so both become the report that a CardDAV client sends. Says `ready` when it serves."""

import hashlib
import os
import sqlite3
import tempfile
import threading
import time
import uuid
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path

import radicale.server
from radicale import Application, config

PEOPLE, PAGE = 20, 50
PORT = os.environ["PORT"]
home = tempfile.TemporaryDirectory()
collections = Path(home.name) / "collection-root"


def fill() -> dict[str, tuple[str, bytes]]:
    """Files as Radicale keeps them; gives each person's path and the report of the first 50."""
    reports = {}
    database = sqlite3.connect(f"file:{os.environ['DATABASE']}?mode=ro", uri=True)
    for at in range(PEOPLE):
        user = f"person-{at:04}"
        cards = database.execute(
            "SELECT c.id, c.card FROM contact_cards c JOIN people p ON p.id = c.person WHERE p.subject = ? ORDER BY c.id", [user])
        folder = collections / user / "contacts"
        folder.mkdir(parents=True)
        (folder / ".Radicale.props").write_text('{"tag": "VADDRESSBOOK"}')
        names = []
        for id, card in cards:
            names.append(f"{uuid.UUID(bytes=id)}.vcf")
            (folder / names[-1]).write_text(card, newline="")
        hrefs = "".join(f"<D:href>/{user}/contacts/{name}</D:href>" for name in names[:PAGE])
        report = ('<C:addressbook-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><D:prop><D:getetag/><C:address-data/>'
                  f"</D:prop>{hrefs}</C:addressbook-multiget>")
        reports[user] = (f"/{user}/contacts/", report.encode())
    return reports


reports = fill()
with open(os.environ["TOKENS"]) as tokens:
    known = {hashlib.sha256(token.strip().encode()).digest(): f"person-{at % PEOPLE:04}" for at, token in enumerate(tokens)}


class Asked(Application):
    """Radicale, asked for the report of whoever the token stands for."""

    def __call__(self, environ, start_response):
        token = environ.get("HTTP_AUTHORIZATION", "")[7:].encode()
        user = known.get(hashlib.sha256(token).digest(), "")
        path, report = reports.get(user, ("/", b""))
        # Any name and password will do; they are the ones of `Basic nobody:`.
        asked = environ | {"REQUEST_METHOD": "REPORT", "PATH_INFO": path, "CONTENT_LENGTH": str(len(report)), "wsgi.input": BytesIO(report),
                           "CONTENT_TYPE": "application/xml", "HTTP_DEPTH": "1", "HTTP_AUTHORIZATION": "Basic bm9ib2R5Og=="}
        return super().__call__(asked, start_response)


def say_when_ready() -> None:
    """Also warms Radicale's cache of what it has read."""
    with open(os.environ["TOKENS"]) as tokens:
        for token in [line.strip() for line in tokens][:PEOPLE]:
            while True:
                try:
                    connection = HTTPConnection("127.0.0.1", int(PORT))
                    connection.request("GET", "/", headers={"Authorization": f"Bearer {token}"})
                    break
                except ConnectionRefusedError:
                    time.sleep(0.1)
            if connection.getresponse().read().count(b"BEGIN:VCARD") != PAGE:
                os._exit(1)
    print("ready", flush=True)


radicale.server.Application = Asked
threading.Thread(target=say_when_ready, daemon=True).start()
settings = config.load()
settings.update({"server": {"hosts": f"127.0.0.1:{PORT}", "max_connections": "100"}, "auth": {"type": "none"},
                 "rights": {"type": "authenticated"}, "storage": {"filesystem_folder": home.name}, "logging": {"level": "error"}},
                "bench", privileged=True)
radicale.server.serve(settings)

"""run.py SHAREHOLD SCHEMATHESIS [--cases N] [--database sqlite|postgres] [--seed N]: see ../schemathesis.sh. Exit status 1 if
anything did not hold."""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import time
import urllib.request
import uuid
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))
from house import serving  # noqa: E402

CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
          "response_headers_conformance"]
# The whole run; each request is bounded by itself.
SECONDS_A_CASE = 4
LEAST_S = 240
SCOPES = "User.ReadWrite Contacts.ReadWrite Calendars.ReadWrite Photos.ReadWrite Photos.Location.Read Privacy.ReadWrite"
# It would end the access of the token that all of the run is made with.
ENDING = "revokeSignInSessions"
# Client sites of hers that may lose theirs.
OTHERS = ["print.example", "photo.example", "mail.example"]
LOG_CHARS = 4000
ANSWER_S = 20
MADE = 40
PICTURED = 4
SERIES = 3
# Sessions that are named, and such as are sent to: together no more than a person may have open.
NAMED = 16
BEGUN = 8
# Real ones, each of another kind: their renditions are made while it runs.
PICTURES = pathlib.Path(__file__).resolve().parents[3] / "fixtures/photos"
KINDS = ["corinth-canal.jpg", "heathrow-gate-b36.jpg", "methana-mountains.webp", "monastiraki-market.png", "last-ferry.gif"]
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
# The least that is taken: a debug build takes seconds for a large one, and it is sent often.
SIDE = 48


def picture(shade=0x80):
    """A PNG, grey all over."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = zlib.compress((b"\0" + bytes([shade]) * SIDE) * SIDE)
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@contextlib.contextmanager
def database(kind):
    """The URL of a database of this run's own."""
    if kind == "sqlite":
        yield "sqlite://data/sharehold.db"
        return
    url, schema = os.environ["TEST_POSTGRES_URL"], f"schemathesis_{uuid.uuid4().hex}"

    def execute(statement):
        subprocess.run(["psql", "--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", url, "-c", statement], check=True, timeout=60,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    execute(f"CREATE SCHEMA {schema}")
    try:
        yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema}"
    finally:
        execute(f"DROP SCHEMA {schema} CASCADE")


def event(number):
    """The first ones are daily series, over the change to summer time."""
    day = 2 if number < SERIES else number % 28 + 1
    time = {name: {"dateTime": f"2026-03-{day:02}T{hour:02}:00:00", "timeZone": "Europe/Berlin"}
            for name, hour in (("start", 9), ("end", 10))}
    daily = {"pattern": {"type": "daily", "interval": 1}, "range": {"type": "noEnd", "startDate": "2026-03-02"}}
    return {"subject": f"Event {number}", **time, "recurrence": daily if number < SERIES else None}


def furnish(house, token):
    """Contacts, folders, events, calendars, photos and a profile photo; their ids are for hooks.py."""
    def send(method, path, body=None, media="application/json"):
        headers = {"Authorization": f"Bearer {token}", "Content-Type": media}
        request = urllib.request.Request(f"{house.url}/v1.0{path}", body, headers, method=method)
        return json.loads(OPENER.open(request, timeout=ANSWER_S).read())

    def make(path, bodies):
        return [send("POST", path, json.dumps(body).encode())["id"] for body in bodies]

    send("PUT", "/me/photo/$value", picture(), "image/png")
    contacts = make("/me/contacts", [{"givenName": f"Given{n}", "surname": "Çelik"} for n in range(MADE)])
    for contact in contacts[:PICTURED]:
        send("PUT", f"/me/contacts/{contact}/photo/$value", picture(), "image/png")
    (house.folder / "picture.png").write_bytes(picture())
    folders = make("/me/contactFolders", [{"displayName": f"Folder {n}"} for n in range(MADE)])
    events = make("/me/events", [event(n) for n in range(MADE)])
    # An occurrence of each series has an id too.
    events[SERIES:SERIES] = [f"{series}_20260309T080000Z" for series in events[:SERIES]]
    calendars = make("/me/calendars", [{"name": f"Calendar {n}"} for n in range(MADE)])
    ids = {"contact": contacts, "folder": folders, "event": events, "calendar": calendars, "grant": others(house, token),
           "default": send("GET", "/me/calendar")["id"], **furnish_photos(house, send, make)}
    (house.folder / "ids.json").write_text(json.dumps(ids), encoding="utf-8")


def furnish_photos(house, send, make):
    """Photos, of which the first are real pictures, albums with one and without, and what is named by an address."""
    (house.folder / "pictures").mkdir()
    for name in KINDS:
        shutil.copy(PICTURES / name, house.folder / "pictures")
    pictures = [*((PICTURES / name).read_bytes() for name in KINDS), *map(picture, range(MADE))]
    photos = [send("POST", "/me/photos", one, "application/octet-stream")["id"] for one in pictures]
    albums, within = (make("/me/albums", [{"name": f"{name} {n}"} for n in range(MADE)]) for name in ("Album", "With a photo"))
    for album in within:
        send("POST", f"/me/albums/{album}/photos", json.dumps({"ids": photos[:1]}).encode())
    sets = [send("GET", f"/me/photos/{photo}/thumbnails/0") for photo in photos[:len(KINDS)]]
    renditions = [size["url"] for one in sets for size in one.values() if isinstance(size, dict)]
    begin = json.dumps({"item": {"name": "a picture"}}).encode()
    sessions = [send("POST", "/me/photos/createUploadSession", begin)["uploadUrl"] for _ in range(NAMED + BEGUN)]
    sealed, renditions = ([url.rsplit("/", 1)[1] for url in urls] for urls in (sessions, renditions))
    return {"photo": photos, "album": albums, "within": within, "rendition": renditions, "sealed": sealed[:NAMED],
            "begun": sealed[NAMED:]}


def others(house, token):
    """The grants of OTHERS, which are there a moment after these came."""
    def get(path, bearer):
        request = urllib.request.Request(f"{house.url}/v1.0{path}", headers={"Authorization": f"Bearer {bearer}"})
        return json.loads(OPENER.open(request, timeout=ANSWER_S).read())

    for client in OTHERS:
        get("/me", house.mint("ann", "User.Read", client=client))
    deadline = time.monotonic() + ANSWER_S
    while True:
        found = [grant["id"] for grant in get("/me/oauth2PermissionGrants", token)["value"] if grant["clientId"] in OTHERS]
        if len(found) == len(OTHERS):
            return found
        if time.monotonic() > deadline:
            raise SystemExit(f"of {len(OTHERS)} clients that came {len(found)} have a grant")
        time.sleep(0.1)


def logged(house):
    return house.log.read_text(encoding="utf-8").splitlines()


def unanswered(house, since):
    """The operations of people's data never answered 2xx after `since` lines of the log: what is only refused shows nothing."""
    document = json.loads(OPENER.open(f"{house.url}/openapi.json", timeout=ANSWER_S).read())
    lines = [json.loads(line) for line in logged(house)[since:] if '"event":"request"' in line]
    answered = {line.get("op") for line in lines if 200 <= line["status"] < 300}
    operations = {one["operationId"] for path, item in document["paths"].items() if path.startswith("/v1.0") for one in item.values()}
    return sorted(operations - answered - {ENDING})


def main():
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("binary")
    words.add_argument("schemathesis")
    words.add_argument("--cases", type=int, default=20, help="cases an operation")
    words.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    words.add_argument("--seed", type=int, help="to see the same cases again")
    given = words.parse_args()
    with database(given.database) as url, serving(given.binary, url) as house:
        token = house.mint("ann", SCOPES, "--lifetime", "43200")
        command = [given.schemathesis, "run", f"{house.url}/openapi.json", "--url", house.url, "--checks", ",".join(CHECKS),
                   "--max-examples", str(given.cases), "--header", f"Authorization: Bearer {token}", "--request-timeout", "20",
                   "--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--suppress-health-check", "all",
                   "--no-color", "--exclude-operation-id", ENDING]
        if given.seed is not None:
            command += ["--seed", str(given.seed)]
        furnish(house, token)
        furnished = len(logged(house))
        limit = max(LEAST_S, given.cases * SECONDS_A_CASE * 10)
        environment = {**house.environment, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONDONTWRITEBYTECODE": "1",
                       "PYTHONPATH": str(pathlib.Path(__file__).resolve().parent)}
        status = subprocess.run(command, cwd=house.folder, env=environment, stdin=subprocess.DEVNULL, timeout=limit).returncode
        if never := unanswered(house, furnished):
            print("FAIL never answered 2xx (mend hooks.py): " + ", ".join(never))
            status = status or 1
        else:
            print("ok   each operation of people's data was answered 2xx")
        if status != 0:
            errors = [line for line in logged(house) if '"level":"ERROR"' in line]
            print("--- what the server logged as an error\n" + "\n".join(errors)[-LOG_CHARS:] + "\n---")
    return 0 if status == 0 else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())

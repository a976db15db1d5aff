"""What schemathesis asks before it sends a case (SCHEMATHESIS_HOOKS): half of the cases name what there is, and carry a body that
is taken where no schema says which that is."""

import hashlib
import json
import pathlib
import random
import urllib.request

import schemathesis

IDS = json.loads(pathlib.Path("ids.json").read_text(encoding="utf-8"))
WINDOW = {"startDateTime": "2026-03-01T00:00:00Z", "endDateTime": "2026-04-01T00:00:00Z"}
PICTURE = pathlib.Path("picture.png").read_bytes()
# Those that are photos already, and one that may be none yet.
PICTURES = [PICTURE, *(path.read_bytes() for path in sorted(pathlib.Path("pictures").iterdir()))]
CARD = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Zoë\r\nEND:VCARD\r\n".encode()
FILE = ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//A//B//EN\r\nBEGIN:VEVENT\r\nUID:of-a-file\r\nDTSTART:20260302T090000Z\r\n"
        "SUMMARY:Zoë\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n").encode()
NAMED = {"/v1.0/me/contactFolders/{folder}": "displayName", "/v1.0/me/calendars/{calendar}": "name"}
# That many of each are never deleted, and the first two may lose their photo.
KEPT = 8
PHOTOLESS = 2
ANSWER_S = 20
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
CONDITIONS = {"if-match", "if-none-match", "prefer"}
# Hypothesis sets the module's own generator to the same state before each case.
RANDOM = random.Random(0)


def existing(name, method, photo):
    """One that there is; none to delete when only those are left that are kept."""
    ids = IDS[name]
    # A grant that is deleted is there all the same, and is deleted again.
    if method == "DELETE" and not photo and name != "grant":
        return ids.pop() if len(ids) > KEPT else None
    # A whole card has no photo: those that may lose theirs keep it until it is deleted as such.
    if method == "PUT" and not photo:
        return RANDOM.choice(ids[PHOTOLESS:KEPT])
    return RANDOM.choice(ids[:PHOTOLESS] if method == "DELETE" and photo else ids[:KEPT])


def name_what_there_is(case, path, method):
    if path == "/v1.0/renditions/{sealed}":
        case.path_parameters = {"sealed": RANDOM.choice(IDS["rendition"])}
    elif path == "/v1.0/uploads/{sealed}" and method == "PUT":
        send_part(case)
    elif path.endswith("/albums/{album}/photos/{photo}"):
        # What leaves an album is in it, and the album is another each time.
        if IDS["within"]:
            case.path_parameters = {"album": IDS["within"].pop(), "photo": IDS["photo"][0]}
    else:
        for name in set(case.path_parameters or ()) & set(IDS):
            case.path_parameters[name] = existing(name, method, "/photo/" in path) or case.path_parameters[name]
    # A size is a square, of which there is one as large as the picture.
    if "/photos/{W}x{H}" in path:
        case.path_parameters = {"W": "48", "H": "48"}
    # Events are in the default calendar; in any other the path finds none.
    if "/calendars/{calendar}/events/{event}" in path:
        case.path_parameters["calendar"] = IDS["default"]


def send_part(case):
    """All of a picture to one session, and the first half of one to another."""
    whole = RANDOM.random() < 0.5
    picture = RANDOM.choice(PICTURES)
    part = picture if whole else picture[:len(picture) // 2]
    case.path_parameters = {"sealed": IDS["begun"][0] if whole else RANDOM.choice(IDS["begun"][1:])}
    send(case, part, "application/octet-stream", {"Content-Range": f"bytes 0-{len(part) - 1}/{len(picture)}"})


def send(case, body, media, headers=()):
    case.body, case.media_type = body, media
    case.headers = {**(case.headers or {}), "Content-Type": media, **dict(headers)}


def send_what_is_taken(case, path, method):
    if method == "PUT" and "/photo/" in path:
        send(case, PICTURE, "image/png")
    elif method == "PUT" and path.endswith("/contacts/{contact}"):
        send(case, CARD, "text/vcard", {"If-Match": "*"})
    elif method == "POST" and path.endswith("/me/photos"):
        send(case, RANDOM.choice(PICTURES), "application/octet-stream")
    # A file beside JSON: half of what is made where events are.
    elif method == "POST" and path.endswith("/events") and RANDOM.random() < 0.5:
        send(case, FILE, "text/calendar")
    elif method == "POST" and path.endswith("/albums/{album}/photos"):
        case.body = {"ids": RANDOM.sample(IDS["photo"][:KEPT], 2)}
    elif method == "POST" and path.endswith("/checkHashes"):
        case.body = {"hashes": [hashlib.sha256(picture).hexdigest() for picture in PICTURES]}
    # A name of its own: most that are made up are another folder's, or none.
    elif method == "PATCH" and (member := NAMED.get(path)) and RANDOM.random() < 0.5:
        case.body = {member: f"Renamed {RANDOM.random()}"}


@schemathesis.hook
def before_call(context, case, kwargs):
    if RANDOM.random() < 0.5:
        return
    path, method = case.operation.path, case.method.upper()
    name_what_there_is(case, path, method)
    send_what_is_taken(case, path, method)
    # As plain as may be: most options and conditions that are made up are refused.
    if method in ("GET", "DELETE") and RANDOM.random() < 0.5:
        case.query = {}
        case.headers = {name: value for name, value in (case.headers or {}).items() if name.lower() not in CONDITIONS}
    if "$expand" in {parameter.name for parameter in case.operation.query} and RANDOM.random() < 0.5:
        case.query = {**(case.query or {}), "$expand": RANDOM.choice(("thumbnails", "thumbnails($select=small,large)"))}
    # A window that has something in it: most that are made up are none, or end before they begin.
    if {"startDateTime", "endDateTime"} <= {parameter.name for parameter in case.operation.query}:
        case.query = {**(case.query or {}), **WINDOW}


@schemathesis.hook
def after_call(context, case, response):
    """Ends the upload session that was begun: only so many may be open, and one more is a 507."""
    if case.operation.path.endswith("/createUploadSession") and response.status_code == 200:
        OPENER.open(urllib.request.Request(response.json()["uploadUrl"], method="DELETE"), timeout=ANSWER_S).close()

"""What schemathesis asks before it sends a case (SCHEMATHESIS_HOOKS): half of the cases name what there is, and carry a body that
is taken where no schema says which that is."""

import json
import pathlib
import random

import schemathesis

IDS = json.loads(pathlib.Path("ids.json").read_text(encoding="utf-8"))
WINDOW = {"startDateTime": "2026-03-01T00:00:00Z", "endDateTime": "2026-04-01T00:00:00Z"}
PICTURE = pathlib.Path("picture.png").read_bytes()
CARD = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Zoë\r\nEND:VCARD\r\n".encode()
FILE = ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//A//B//EN\r\nBEGIN:VEVENT\r\nUID:of-a-file\r\nDTSTART:20260302T090000Z\r\n"
        "SUMMARY:Zoë\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n").encode()
# That many of each are never deleted, and the first two may lose their photo.
KEPT = 8
PHOTOLESS = 2
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


@schemathesis.hook
def before_call(context, case, kwargs):
    if RANDOM.random() < 0.5:
        return
    path, method = case.operation.path, case.method.upper()
    leaves = path.endswith("/albums/{album}/photos/{photo}")
    for name in set(case.path_parameters or ()) & set(IDS) if not leaves else ():
        case.path_parameters[name] = existing(name, method, "/photo/" in path) or case.path_parameters[name]
    # What leaves an album is in it, and the album is another each time.
    if leaves and IDS["within"]:
        case.path_parameters = {"album": IDS["within"].pop(), "photo": IDS["photo"][0]}
    if path.endswith("/albums/{album}/photos") and method == "POST":
        case.body = {"ids": RANDOM.sample(IDS["photo"][:KEPT], 2)}
    # A size is a square, of which there is one as large as the picture.
    if "/photos/{W}x{H}" in path:
        case.path_parameters = {"W": "48", "H": "48"}
    # Events are in the default calendar; in any other the path finds none.
    if "/calendars/{calendar}/events/{event}" in path:
        case.path_parameters["calendar"] = IDS["default"]
    if method == "PUT":
        photo = "/photo/" in path
        case.body, case.media_type = (PICTURE, "image/png") if photo else (CARD, "text/vcard")
        case.headers = {**(case.headers or {}), "Content-Type": case.media_type, **({} if photo else {"If-Match": "*"})}
    if method == "POST" and path.endswith("/me/photos"):
        case.body, case.media_type = PICTURE, "image/png"
        case.headers = {**(case.headers or {}), "Content-Type": case.media_type}
    # A file beside JSON: half of what is made where events are.
    if method == "POST" and path.endswith("/events") and RANDOM.random() < 0.5:
        case.body, case.media_type = FILE, "text/calendar"
        case.headers = {**(case.headers or {}), "Content-Type": case.media_type}
    # As plain as may be: most options and conditions that are made up are refused.
    if method in ("GET", "DELETE") and RANDOM.random() < 0.5:
        case.query = {}
        case.headers = {name: value for name, value in (case.headers or {}).items() if name.lower() not in CONDITIONS}
    # A window that has something in it: most that are made up are none, or end before they begin.
    if {"startDateTime", "endDateTime"} <= {parameter.name for parameter in case.operation.query}:
        case.query = {**(case.query or {}), **WINDOW}
    # A name of its own: most that are made up are another folder's, or none.
    named = {"/contactFolders/{folder}": "displayName", "/calendars/{calendar}": "name"}
    for end, member in named.items():
        if method == "PATCH" and path.endswith(end) and RANDOM.random() < 0.5:
            case.body = {member: f"Renamed {RANDOM.random()}"}

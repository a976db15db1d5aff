"""The cases of written.txt."""

from datetime import timedelta
from pathlib import Path

import reference
from generate import SPANS, stamp

# A zone that names none, as Outlook writes it.
OWN = """BEGIN:VTIMEZONE
TZID:Own
BEGIN:STANDARD
DTSTART:16011104T020000
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
TZOFFSETFROM:-0230
TZOFFSETTO:-0330
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010311T020000
RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
TZOFFSETFROM:-0330
TZOFFSETTO:-0230
END:DAYLIGHT
END:VTIMEZONE"""


def cases():
    lines = (Path(__file__).parent / "written.txt").read_text().splitlines()
    return [case(line.split()) for line in lines if line and not line.startswith("#")]


def case(words):
    start, tzid, *rest = words
    tzid = "" if tzid == "-" else tzid
    value = lambda text: {"value": text, "tzid": "UTC" if text.endswith("Z") else tzid if "T" in text else ""}
    given = lambda name: [word.removeprefix(name) for word in rest if word.startswith(name)]
    rules = [word for word in rest if word.startswith("FREQ=")]
    begins = reference.naive((given("FROM=") or [start])[0]) - timedelta(days=1)
    span = max([SPANS[reference.parts(rule)["FREQ"]] for rule in rules] or [200])
    moves = [word.split(">") for word in given("OVERRIDE=")]
    own = {"vtimezone": OWN} if tzid == "Own" else {}
    return {
        **own,
        "start": start,
        "tzid": tzid,
        "rules": rules,
        "exdates": [value(text) for text in given("EXDATE=")],
        "rdates": [value(text) for text in given("RDATE=")],
        "overrides": [{"original": value(old), "start": value(new)} for old, new in moves],
        "from": stamp(begins) + "Z",
        "to": stamp(begins + timedelta(days=span)) + "Z",
    }

"""read.py FROM TO: what happens in the window by the calendar on standard input, as icalendar and recurring-ical-events (PyPI) have it:
a JSON list of `instant title`. A date, and a time that is nobody's, are written as if they were UTC."""

import datetime
import json
import sys

import icalendar
import recurring_ical_events

UTC = datetime.timezone.utc


def instant(when):
    if not isinstance(when, datetime.datetime):
        when = datetime.datetime(when.year, when.month, when.day)
    when = when.astimezone(UTC) if when.tzinfo else when
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


first, last = (datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) for text in sys.argv[1:3])
calendar = icalendar.Calendar.from_ical(sys.stdin.read())
found = recurring_ical_events.of(calendar).between(first, last)
starts = [(instant(event["DTSTART"].dt), str(event.get("SUMMARY", ""))) for event in found]
print(json.dumps([f"{start} {title}" for start, title in starts if start < instant(last)]))

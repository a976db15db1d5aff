"""witness.py FILE FROM TO ROUNDS: how many instances recurring-ical-events (PyPI) finds in a window of a calendar, and what it takes: the
seconds to read the file, then the median of as many rounds to expand the window. FROM and TO: yyyymmdd, UTC."""

import datetime
import json
import pathlib
import statistics
import sys
import time

import icalendar
import recurring_ical_events


def main(file, begin, end, rounds):
    begin, end = (datetime.datetime.strptime(day, "%Y%m%d").replace(tzinfo=datetime.timezone.utc) for day in (begin, end))
    text = pathlib.Path(file).read_bytes()
    before = time.perf_counter()
    calendar = icalendar.Calendar.from_ical(text)
    read = time.perf_counter() - before
    # What it learns once of the calendar is not counted: a program that keeps it open has that behind it.
    query = recurring_ical_events.of(calendar)
    instances, took = len(query.between(begin, end)), []
    for _ in range(int(rounds)):
        before = time.perf_counter()
        assert len(query.between(begin, end)) == instances
        took.append(time.perf_counter() - before)
    print(json.dumps({"instances": instances, "read": read, "between": statistics.median(took)}))


if __name__ == "__main__":
    main(*sys.argv[1:])

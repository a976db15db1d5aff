"""What python-dateutil and recurring-ical-events make of a case, and what RFC 5545 says where they do otherwise.

`as_meant` and `spelled_out` give them rules that mean to them what the RFC says of the rule; `kept` tells the one disagreement that
is left.

A case is a dictionary: start, tzid, rules, rdates, exdates, overrides, from, to (values as iCalendar writes them).
"""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from dateutil.rrule import rrulestr

DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def parts(rule):
    return dict(part.split("=", 1) for part in rule.split(";"))


def text(of):
    return ";".join(f"{name}={value}" for name, value in of.items())


def naive(value):
    value = value.rstrip("Z")
    return datetime.strptime(value, "%Y%m%dT%H%M%S" if "T" in value else "%Y%m%d")


def line(name, value, tzid):
    first = value.split("/")[0]
    if "T" not in first:
        return f"{name};VALUE=DATE:{value}"
    kind = ";VALUE=PERIOD" if "/" in value else ""
    zone = f";TZID={tzid}" if tzid and tzid != "UTC" else ""
    return f"{name}{kind}{zone}:{value}" + ("Z" if tzid == "UTC" and not value.endswith("Z") and "/" not in value else "")


def calendar(case, rules):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test"]
    if "vtimezone" in case:
        lines += case["vtimezone"].splitlines()
    lines += ["BEGIN:VEVENT", "UID:a", line("DTSTART", case["start"], case["tzid"])]
    lines += [f"RRULE:{rule}" for rule in rules]
    lines += [line("RDATE", one["value"], one["tzid"]) for one in case.get("rdates", [])]
    lines += [line("EXDATE", one["value"], one["tzid"]) for one in case.get("exdates", [])]
    lines += ["END:VEVENT"]
    for moved in case.get("overrides", []):
        original, start = moved["original"], moved["start"]
        lines += ["BEGIN:VEVENT", "UID:a", line("RECURRENCE-ID", original["value"], original["tzid"])]
        lines += [line("DTSTART", start["value"], start["tzid"]), "SUMMARY:moved", "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def utc(start):
    """An instant; floating times and dates as if in UTC, as Sharehold's side writes them."""
    if not isinstance(start, datetime):
        start = datetime(start.year, start.month, start.day)
    return (start if start.tzinfo is None else start.astimezone(timezone.utc).replace(tzinfo=None)).strftime("%Y%m%dT%H%M%SZ")


def instances(case):
    """What the reference says, sorted."""
    spelled = [rule for rule in case["rules"] if has_set_of_week(parts(rule))]
    rules = [rule for given in case["rules"] if given not in spelled for rule in as_meant(given, case["start"])]
    extra = [at for rule in spelled for at in spelled_out(rule, case["start"])]
    case = {**case, "rdates": case.get("rdates", []) + [{"value": at, "tzid": case["tzid"]} for at in extra]}
    start, end = naive(case["from"]), naive(case["to"])
    query = recurring_ical_events.of(icalendar.Calendar.from_ical(calendar(case, rules)))
    # A day on both sides, since what is asked in UTC is looked up in the zone of the series.
    found = query.between(start - timedelta(days=2), end + timedelta(days=2))
    moments = {utc(event["DTSTART"].dt) for event in found}
    return sorted(at for at in moments if case["from"] <= at < case["to"])


def kept(case, only_ours, only_theirs):
    """Whether the disagreement is one that is known.

    recurring-ical-events takes an instance for the one that an override stands for (or an EXDATE takes out) also if the digits of
    the local time of one are those of the time in UTC of the other: at +10:00 who moves 22:00 (12:00 UTC) loses 12:00 too.
    §3.8.4.4: RECURRENCE-ID is "set to the time when the original recurrence instance would occur"; and §3.3.5 tells a local time
    from one in UTC, whatever their digits.
    """
    zone = ZoneInfo(case["tzid"]) if case["tzid"] else timezone.utc
    bare = lambda at: at.replace(tzinfo=None)
    digits = lambda at: {bare(at.astimezone(zone)), bare(at.astimezone(timezone.utc))}
    aware = lambda value: naive(value).replace(tzinfo=timezone.utc if value.endswith("Z") else zone)
    named = [one["value"] for one in case.get("exdates", [])] + [one["original"]["value"] for one in case.get("overrides", [])]
    named = set().union(*(digits(aware(value)) for value in named))
    return bool(only_ours) and not only_theirs and all(digits(aware(at)) & named for at in only_ours)


def has_set_of_week(of):
    return of["FREQ"] == "WEEKLY" and "BYSETPOS" in of


def spelled_out(rule, start):
    """The instances of a weekly rule with BYSETPOS, which dateutil begins within the week of the start.

    §3.3.10: BYSETPOS "operates on a set of recurrence instances in one interval of the recurrence rule"; "a set of recurrence
    instances starts at the beginning of the interval defined by the FREQ rule part". So the first set is of the whole week, and
    what of it lies before the start is no instance.
    """
    of = without_clock(parts(rule), start)
    begins = naive(start)
    week = begins - timedelta(days=(begins.weekday() - DAYS.index(of.get("WKST", "MO"))) % 7)
    count = int(of.pop("COUNT", 300))
    all_of = rrulestr(text({**of, "BYDAY": of.get("BYDAY", DAYS[begins.weekday()]), "COUNT": str(count + 7)}), dtstart=week)
    later = [at for at in all_of if at > begins]
    return [at.strftime("%Y%m%dT%H%M%S" if "T" in start else "%Y%m%d") for at in later[: count - 1]]


def as_meant(rule, start):
    """The rule, or the rules that together say the same, where the reference reads RFC 5545 otherwise than it is written.

    - BYWEEKNO without a day. §3.3.10: "Information, not contained in the rule, necessary to determine the various recurrence
      instance start time and dates are derived from the Start Time (DTSTART)". So one day a week, the start's; dateutil takes
      all seven.
    - BYDAY of both kinds ("MO,1TU"). §3.3.10: "The BYDAY rule part specifies a COMMA-separated list of days of the week" of which
      "each BYDAY value can also be preceded by a positive (+n) or negative (-n) integer. If present, this indicates the nth
      occurrence of a specific day". A list is all of its values; dateutil wants both kinds at once, which no day is.
    - BYSECOND=60. §3.3.12: "Implementations that do not support leap seconds SHOULD interpret the second 60 as equivalent to the
      second 59." dateutil refuses it.
    - BYHOUR, BYMINUTE, BYSECOND of a date. §3.3.10: they "MUST be ignored in RECUR value that violate the above requirement".
    - COUNT where the rule does not give the start. §3.3.10: "The DTSTART property value always counts as the first occurrence."
      dateutil counts its own alone.
    """
    of = without_clock(parts(rule), start)
    if of.get("BYSECOND") == "60":
        of["BYSECOND"] = "59"
    if "BYWEEKNO" in of and not {"BYDAY", "BYMONTHDAY", "BYYEARDAY"} & set(of):
        of["BYDAY"] = DAYS[naive(start).weekday()]
    kinds = split_days(of)
    if len(kinds) == 1 and "COUNT" in of and first(of, start) != naive(start):
        if of["COUNT"] == "1":
            return []
        of["COUNT"] = str(int(of["COUNT"]) - 1)
        return [text(of)]
    return [text({**of, **kind}) for kind in kinds]


def without_clock(of, start):
    clock = () if "T" in start else ("BYHOUR", "BYMINUTE", "BYSECOND")
    return {name: value for name, value in of.items() if name not in clock}


def split_days(of):
    days = of.get("BYDAY", "").split(",")
    every = [day for day in days if len(day) == 2]
    counted = [day for day in days if len(day) > 2]
    if every and counted and of["FREQ"] in ("MONTHLY", "YEARLY"):
        return [{"BYDAY": ",".join(every)}, {"BYDAY": ",".join(counted)}]
    return [{}]


def first(of, start):
    bounds = ("COUNT", "UNTIL")
    rule = text({name: value for name, value in of.items() if name not in bounds} | {"COUNT": "1"})
    return next(iter(rrulestr(rule, dtstart=naive(start))), None)

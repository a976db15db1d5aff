"""Cases made at random from a seed: the same on every machine."""

import random
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

# Zones of many kinds of change: half an hour, two hours, at midnight, a whole day skipped, summer time below standard time.
ZONES = [
    "America/New_York", "Europe/Berlin", "Australia/Sydney", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Cairo",
    "Asia/Tehran", "Pacific/Apia", "America/Santiago", "Europe/Dublin", "Asia/Beirut", "America/Havana", "Antarctica/Troll",
    "America/St_Johns", "Asia/Kathmandu", "America/Vancouver", "Africa/Casablanca", "UTC",
]
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
# How far to look, in days: some instances of each, and not thousands.
SPANS = {"DAILY": 200, "WEEKLY": 900, "MONTHLY": 2500, "YEARLY": 5000}


def stamp(at):
    return at.strftime("%Y%m%dT%H%M%S")


def changes(zone):
    """The local times at which the clock of a zone changes, between 1996 and 2036, as it stood before."""
    found, at, tz = [], datetime(1996, 1, 1, tzinfo=timezone.utc), ZoneInfo(zone)
    while at.year < 2036:
        after = at + timedelta(days=1)
        if at.astimezone(tz).utcoffset() != after.astimezone(tz).utcoffset():
            low, high = at, after
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                same = middle.astimezone(tz).utcoffset() == at.astimezone(tz).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            found.append((high + at.astimezone(tz).utcoffset()).replace(tzinfo=None, microsecond=0))
        at = after
    return found


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.changes = {zone: changes(zone) for zone in ZONES}

    def some(self, values, most):
        return self.random.sample(values, self.random.randint(1, min(most, len(values))))

    def numbers(self, top, most, ends=True):
        values = [*range(1, top + 1), *(range(-top, 0) if ends else [])]
        return ",".join(map(str, self.some(values, most)))

    def case(self):
        kind = self.random.choices(["zone", "date", "floating"], [8, 1, 1])[0]
        tzid = self.random.choice(ZONES) if kind == "zone" else ""
        start = self.start(tzid)
        rule, frequency = self.rule(start)
        # The reference spells a weekly rule with BYSETPOS out from its start, some hundred instances, and knows no UNTIL of it.
        weekly_set = frequency == "WEEKLY" and "BYSETPOS" in rule
        rules = [rule + (";COUNT=30" if weekly_set else self.bound(start, frequency, kind, tzid))]
        written = stamp(start) if kind != "date" else start.strftime("%Y%m%d")
        back = self.random.choice([1, 1, 1, 400, 3000])
        begins = start - timedelta(days=1) + timedelta(days=0 if back == 1 else self.random.randint(0, back))
        case = {"start": written, "tzid": tzid, "rules": rules, "from": stamp(begins) + "Z"}
        case["to"] = stamp(begins + timedelta(days=SPANS[frequency])) + "Z"
        return case

    def start(self, tzid):
        known = self.changes.get(tzid)
        if known and self.random.random() < 0.6:
            # The minutes about a change of the clock, days or weeks before it: a series that runs into a gap or a fold.
            at = self.random.choice(known) - timedelta(days=7 * self.random.randint(0, 30))
            return at + timedelta(minutes=self.random.choice([-60, -30, -1, 0, 15, 30, 59, 60]))
        at = datetime(1997, 1, 1) + timedelta(days=self.random.randint(0, 12000))
        return at + timedelta(seconds=self.random.randint(0, 86399) // 300 * 300)

    def rule(self, start):
        frequency = self.random.choice(list(SPANS))
        of = [f"FREQ={frequency}"]
        if self.random.random() < 0.5:
            of.append(f"INTERVAL={self.random.choice([2, 2, 3, 4, 5, 7, 12, 13])}")
        if frequency in ("WEEKLY", "YEARLY") and self.random.random() < 0.4:
            of.append(f"WKST={self.random.choice(DAYS)}")
        getattr(self, frequency.lower())(of)
        if self.random.random() < 0.08:
            of.append("BYHOUR=" + ",".join(map(str, sorted(self.some(range(24), 3)))))
        if self.random.random() < 0.05:
            of.append("BYMINUTE=" + ",".join(map(str, sorted(self.some(range(60), 2)))))
        return ";".join(of), frequency

    def daily(self, of):
        if self.random.random() < 0.3:
            of.append("BYDAY=" + ",".join(self.some(DAYS, 5)))
        if self.random.random() < 0.2:
            of.append("BYMONTH=" + self.numbers(12, 6, ends=False))
        if self.random.random() < 0.1:
            of.append("BYMONTHDAY=" + self.numbers(31, 20))

    def weekly(self, of):
        if self.random.random() < 0.8:
            of.append("BYDAY=" + ",".join(self.some(DAYS, 5)))
        if self.random.random() < 0.15:
            of.append("BYMONTH=" + self.numbers(12, 6, ends=False))
        if of[-1].startswith("BYDAY") and self.random.random() < 0.1:
            self.positions(of, 3)

    def monthly(self, of):
        roll = self.random.random()
        if roll < 0.35:
            of.append("BYDAY=" + ",".join(f"{self.random.choice([1, 2, 3, 4, 5, -1, -2, -5])}{day}" for day in self.some(DAYS, 2)))
        elif roll < 0.5:
            of.append("BYDAY=" + ",".join(self.some(DAYS, 5)))
            self.positions(of, 8)
        elif roll < 0.8:
            of.append("BYMONTHDAY=" + self.numbers(31, 4))
            if self.random.random() < 0.3:
                of.append("BYDAY=" + ",".join(self.some(DAYS, 3)))
        if self.random.random() < 0.2:
            of.append("BYMONTH=" + self.numbers(12, 5, ends=False))

    def yearly(self, of):
        roll = self.random.random()
        if roll < 0.15:
            of.append("BYWEEKNO=" + self.numbers(51, 4))
            if self.random.random() < 0.7:
                of.append("BYDAY=" + ",".join(self.some(DAYS, 3)))
        elif roll < 0.3:
            of.append("BYYEARDAY=" + self.numbers(366, 6))
        elif roll < 0.5:
            of.append("BYDAY=" + ",".join(f"{self.random.choice([1, 2, 10, 26, 53, -1, -3])}{day}" for day in self.some(DAYS, 2)))
        elif roll < 0.8:
            of.append("BYMONTH=" + self.numbers(12, 3, ends=False))
            inner = self.random.random()
            if inner < 0.4:
                of.append("BYDAY=" + ",".join(f"{self.random.choice([1, 2, 4, 5, -1, -2])}{day}" for day in self.some(DAYS, 2)))
            elif inner < 0.8:
                of.append("BYMONTHDAY=" + self.numbers(31, 3))
        if len(of) > 2 and self.random.random() < 0.1:
            self.positions(of, 5)

    def positions(self, of, top):
        of.append("BYSETPOS=" + self.numbers(top, 2))

    def bound(self, start, frequency, kind, tzid):
        roll = self.random.random()
        if roll < 0.3:
            return f";COUNT={self.random.randint(1, 40)}"
        if roll < 0.6:
            until = start + timedelta(days=self.random.randint(0, SPANS[frequency]))
            if kind == "date":
                return ";UNTIL=" + until.strftime("%Y%m%d")
            if kind == "floating":
                return ";UNTIL=" + stamp(until)
            # Often the very instant of an instance, which is in.
            until = until.replace(tzinfo=ZoneInfo(tzid)).astimezone(timezone.utc)
            return ";UNTIL=" + stamp(until) + "Z"
        return ""

    def dress(self, case, known):
        """Adds RDATE, EXDATE and overrides to a case of which some instances (local values) are known."""
        tzid, is_date = case["tzid"], "T" not in case["start"]
        value = lambda at: {"value": at.strftime("%Y%m%d") if is_date else stamp(at), "tzid": tzid}
        picked = self.random.sample(known, min(len(known), 6))
        if self.random.random() < 0.5:
            case["exdates"] = [value(at) for at in picked[:2]]
            if not is_date and tzid and self.random.random() < 0.3:
                case["exdates"] = [self.in_utc(at, tzid) for at in picked[:2]]
        if self.random.random() < 0.4:
            extra = [at + timedelta(days=self.random.randint(0, 9), hours=0 if is_date else 1) for at in picked[2:4]]
            case["rdates"] = [value(at) for at in extra]
        if self.random.random() < 0.4:
            moved = [(at, at + timedelta(days=self.random.randint(-3, 3), hours=0 if is_date else 2)) for at in picked[4:6]]
            case["overrides"] = [{"original": value(at), "start": value(to)} for at, to in moved]
        return case

    def in_utc(self, at, tzid):
        return {"value": stamp(at.replace(tzinfo=ZoneInfo(tzid)).astimezone(timezone.utc)) + "Z", "tzid": "UTC"}

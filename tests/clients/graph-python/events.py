"""A calendar with msgraph-core: events made, listed by pages, changed, deleted, walked by rounds; a series and what a window shows of it."""

from kiota_abstractions.method import Method

ZONE = "Europe/Berlin"
ALL = "/me/events"


def at(day, hour, zone="UTC"):
    return {"dateTime": f"2026-03-{day:02}T{hour:02}:00:00", "timeZone": zone}


def event(number):
    return {"@odata.type": "#microsoft.graph.event", "subject": f"Event {number:02}", "importance": "high" if number % 2 else "normal",
            "body": {"contentType": "html", "content": f"<p>Number {number}</p>"}, "location": {"displayName": "Room 4"},
            "start": at(1 + number, 9), "end": at(1 + number, 10),
            "attendees": [{"type": "required", "emailAddress": {"name": "Ben", "address": "ben@example.org"}}]}


# Over the change to summer time: 10:00 in Berlin is 09:00 and then 08:00 in UTC.
SERIES = {"@odata.type": "#microsoft.graph.event", "subject": "Team", "start": at(16, 10, ZONE), "end": at(16, 11, ZONE),
          "recurrence": {"pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday", "wednesday"], "firstDayOfWeek": "monday"},
                         "range": {"type": "numbered", "startDate": "2026-03-16", "numberOfOccurrences": 6, "recurrenceTimeZone": ZONE}}}


def plain(value):
    return getattr(value, "additional_data", value)


def when(item):
    """Kiota makes a time of what looks like one."""
    return plain(item["start"])["dateTime"].isoformat()


def subjects(items):
    return [item["subject"] for item in items]


async def singles(ann, holds, fault):
    made = [await ann.send(Method.POST, ALL, event(number)) for number in range(25)]
    ids = {item["id"] for item in made}
    holds("25 events are made", len(ids) == 25 and None not in ids and made[0]["type"] == "singleInstance", made[0].additional_data)
    page = await ann.page(ALL, top=10, orderby="start/dateTime desc", select="id,subject")
    holds("events: a list with $top, $orderby and $select", subjects(page.value) == [f"Event {n:02}" for n in range(24, 14, -1)]
          and "start" not in page.value[0].additional_data, subjects(page.value))
    items = await ann.all(page)
    holds("events: the page iterator reads three pages", {item["id"] for item in items} == ids and len(items) == 25, len(items))
    page = await ann.page(ALL, filter="start/dateTime ge '2026-03-20T00:00:00' and importance eq 'high'", top=50)
    holds("events: $filter", sorted(subjects(page.value)) == ["Event 19", "Event 21", "Event 23"], subjects(page.value))
    holds("events: /$count", await ann.text(f"{ALL}/$count") == 25)
    one = f"{ALL}/{made[0]['id']}"
    shown = await ann.get(one, {"Prefer": f'outlook.timezone="{ZONE}", outlook.body-content-type="text"'})
    start, body = plain(shown["start"]), plain(shown["body"])
    holds("an event in the zone and with the body asked for", when(shown) == "2026-03-01T10:00:00"
          and body["contentType"] == "text" and "Number 0" in body["content"], (start, body))
    changed = await ann.send(Method.PATCH, one, {"subject": "Moved", "start": at(1, 12), "end": at(1, 13)}, {"If-Match": made[0]["@odata.etag"]})
    holds("an event is changed with its ETag", changed["subject"] == "Moved" and changed["@odata.etag"] != made[0]["@odata.etag"], changed.additional_data)
    seen = await fault(ann.send(Method.PATCH, one, {"subject": "Late"}, {"If-Match": made[0]["@odata.etag"]}))
    holds("events: a conflict: a typed 412", seen == ("Fault", 412, "ErrorIrresolvableConflict"), seen)
    await ann.delete(f"{ALL}/{made[1]['id']}")
    seen = await fault(ann.get(f"{ALL}/{made[1]['id']}"))
    holds("an event that was deleted: a typed 404", seen == ("Fault", 404, "ErrorItemNotFound"), seen)
    return made


async def rounds(ann, holds, path, expected, change):
    """Three rounds at `path`: everything, what `change` did, nothing."""
    page, seen = await ann.page(path, {"Prefer": "odata.maxpagesize=10"}), []
    while page.odata_next_link:
        seen += page.value
        page = await ann.page_at(page.odata_next_link)
    seen += page.value or []
    path = path.split("?")[0]
    holds(f"{path}, the first round: everything", len({item["id"] for item in seen}) == expected and page.odata_delta_link, len(seen))
    changed = await change()
    page = await ann.page_at(page.odata_delta_link)
    # What was never in the window may be told to be gone from it: to who knows the window that is nothing.
    known = {item["id"] for item in seen}
    told = {item["id"]: "@removed" in item.additional_data for item in page.value}
    told = {name: removed for name, removed in told.items() if name in known or not removed}
    holds(f"{path}, the second round: what changed, and what was deleted is marked", told == changed, (told, changed))
    page = await ann.page_at(page.odata_delta_link)
    holds(f"{path}, the third round: nothing", not page.value and page.odata_delta_link, page.value)


async def series(ann, holds):
    master = await ann.send(Method.POST, ALL, SERIES)
    pattern = plain(plain(master["recurrence"])["pattern"])
    holds("a series is made", master["type"] == "seriesMaster" and pattern["daysOfWeek"] == ["monday", "wednesday"], master.additional_data)
    return master


# Ten single events, and the six of the series, the last two after the clocks changed.
WINDOW = "startDateTime=2026-03-16T00:00:00Z&endDateTime=2026-04-02T00:00:00Z"
TEAM = [f"2026-03-{day}T{hour}:00:00" for day, hour in ((16, "09"), (18, "09"), (23, "09"), (25, "09"), (30, "08"))] + ["2026-04-01T08:00:00"]


async def view(ann, holds, master, made):
    page = await ann.page(f"/me/calendarView?{WINDOW}", top=5)
    items = await ann.all(page)
    holds("calendarView: the page iterator reads four pages, in the order of time", len(page.value) == 5 and len(items) == 16
          and [when(item) for item in items] == sorted(when(item) for item in items), [(item["subject"], when(item)) for item in items])
    series = [item for item in items if item["seriesMasterId"] == master["id"]]
    holds("calendarView: a series keeps its time on the wall", [when(item) for item in series] == TEAM
          and {item["type"] for item in series} == {"occurrence"}, [when(item) for item in series])
    instances = await ann.all(await ann.page(f"{ALL}/{master['id']}/instances?{WINDOW}", top=4))
    holds("the instances of the series are the same", [item["id"] for item in instances] == [item["id"] for item in series], instances)
    one = await ann.get(f"{ALL}/{series[4]['id']}")
    holds("one of them by its id", when(one) == TEAM[4] and one["type"] == "occurrence" and one["seriesMasterId"] == master["id"], one)

    async def change():
        new = await ann.send(Method.POST, ALL, {"subject": "New", "start": at(17, 9), "end": at(17, 10)})
        await ann.send(Method.POST, ALL, {"subject": "Outside", "start": at(9, 9), "end": at(9, 10)})
        await ann.delete(f"{ALL}/{made[20]['id']}")
        return {new["id"]: False, made[20]["id"]: True}

    await rounds(ann, holds, f"/me/calendarView/delta?{WINDOW}", 16, change)


async def run(ann, holds, fault):
    made = await singles(ann, holds, fault)
    master = await series(ann, holds)

    async def change():
        await ann.send(Method.PATCH, f"{ALL}/{master['id']}", {"subject": "Team, changed"})
        await ann.delete(f"{ALL}/{made[2]['id']}")
        return {master["id"]: False, made[2]["id"]: True}

    await rounds(ann, holds, f"{ALL}/delta()", 25, change)
    await view(ann, holds, master, made)

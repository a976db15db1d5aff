"""The same with the whole msgraph-sdk: its typed builders, models and errors. Its client is built over the core's adapter, with
the SDK's options: one of them makes /me of the path that its builders write."""

import datetime

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphServiceClient
from msgraph.generated.models.contact import Contact
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.day_of_week import DayOfWeek
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.event import Event
from msgraph.generated.models.event_type import EventType
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.patterned_recurrence import PatternedRecurrence
from msgraph.generated.models.recurrence_pattern import RecurrencePattern
from msgraph.generated.models.recurrence_pattern_type import RecurrencePatternType
from msgraph.generated.models.recurrence_range import RecurrenceRange
from msgraph.generated.models.recurrence_range_type import RecurrenceRangeType
from msgraph.generated.users.item.calendar_view.calendar_view_request_builder import CalendarViewRequestBuilder
from msgraph.generated.users.item.calendar_view.delta.delta_request_builder import DeltaRequestBuilder
from msgraph.generated.users.item.contacts.contacts_request_builder import ContactsRequestBuilder
from msgraph.generated.users.item.events.events_request_builder import EventsRequestBuilder
from msgraph.generated.users.item.events.item.instances.instances_request_builder import InstancesRequestBuilder
from msgraph.graph_request_adapter import options
from msgraph_core.tasks.page_iterator import PageIterator

from core import Client

Query = ContactsRequestBuilder.ContactsRequestBuilderGetQueryParameters
EventsQuery = EventsRequestBuilder.EventsRequestBuilderGetQueryParameters
ViewQuery = CalendarViewRequestBuilder.CalendarViewRequestBuilderGetQueryParameters
ViewDeltaQuery = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters
InstancesQuery = InstancesRequestBuilder.InstancesRequestBuilderGetQueryParameters
ZONE = "Europe/Berlin"
WINDOW = {"start_date_time": "2026-03-16T00:00:00Z", "end_date_time": "2026-04-02T00:00:00Z"}


async def fault(call):
    """(status, code) of the typed error that is raised."""
    try:
        return (200, await call)
    except ODataError as error:
        return (error.response_status_code, error.error.code)


def at(day, hour, zone="UTC"):
    return DateTimeTimeZone(date_time=f"2026-03-{day:02}T{hour:02}:00:00", time_zone=zone)


def series():
    """Over the change to summer time, which is on the 29th."""
    pattern = RecurrencePattern(type=RecurrencePatternType.Weekly, interval=1, days_of_week=[DayOfWeek.Monday, DayOfWeek.Wednesday],
                                first_day_of_week=DayOfWeek.Monday)
    extent = RecurrenceRange(type=RecurrenceRangeType.Numbered, start_date=datetime.date(2026, 3, 16), number_of_occurrences=6,
                             recurrence_time_zone=ZONE)
    return Event(subject="Team", start=at(16, 10, ZONE), end=at(16, 11, ZONE), recurrence=PatternedRecurrence(pattern=pattern, range=extent))


async def events(graph, holds):
    made = [await graph.me.events.post(Event(subject=f"Event {day}", start=at(day, 9), end=at(day, 10))) for day in range(1, 4)]
    holds("full: events are made", len({event.id for event in made}) == 3 and made[0].type == EventType.SingleInstance, made)
    query = EventsQuery(top=2, orderby=["start/dateTime desc"], filter="startsWith(subject,'event')", select=["subject", "start"])
    page = await graph.me.events.get(RequestConfiguration(query_parameters=query))
    holds("full: a list of events", [event.subject for event in page.value] == ["Event 3", "Event 2"]
          and page.value[0].start.date_time.startswith("2026-03-03T09:00:00") and page.odata_next_link, page)
    changed = await graph.me.events.by_event_id(made[0].id).patch(Event(subject="Moved"))
    holds("full: an event is changed", changed.subject == "Moved", changed)
    master = await graph.me.events.post(series())
    holds("full: a series is made", master.type == EventType.SeriesMaster and master.recurrence.pattern.interval == 1
          and master.recurrence.pattern.days_of_week == [DayOfWeek.Monday, DayOfWeek.Wednesday]
          and master.recurrence.range.number_of_occurrences == 6, master)
    first = await graph.me.events.delta.get()
    await graph.me.events.by_event_id(made[1].id).delete()
    second = await graph.me.events.delta.with_url(first.odata_delta_link).get()
    holds("full: delta of events over two rounds", len(first.value) == 4 and [event.id for event in second.value] == [made[1].id], second)
    await view(graph, holds, master)


def configured(query):
    return RequestConfiguration(query_parameters=query)


async def view(graph, holds, master):
    page, seen = await graph.me.calendar_view.get(configured(ViewQuery(**WINDOW, top=4))), []
    await PageIterator(page, graph.request_adapter).iterate(lambda event: seen.append(event) or True)
    holds("full: calendarView over two pages", len(page.value) == 4 and len(seen) == 6 and {event.type for event in seen} == {EventType.Occurrence}
          and {event.series_master_id for event in seen} == {master.id}, seen)
    # The change to summer time is between them.
    hours = [event.start.date_time[11:13] for event in seen]
    holds("full: a series keeps its time on the wall", hours == ["09"] * 4 + ["08"] * 2, hours)
    one = graph.me.events.by_event_id(master.id)
    instances = await one.instances.get(configured(InstancesQuery(**WINDOW)))
    holds("full: its instances", [event.id for event in instances.value] == [event.id for event in seen], instances)
    first = await graph.me.calendar_view.delta.get(configured(ViewDeltaQuery(**WINDOW)))
    made = await graph.me.events.post(Event(subject="New", start=at(17, 9), end=at(17, 10)))
    second = await graph.me.calendar_view.delta.with_url(first.odata_delta_link).get()
    holds("full: delta of calendarView over two rounds", len(first.value) == 6 and [event.id for event in second.value] == [made.id], second)


async def run(house, holds):
    token = house.mint("full", "User.ReadWrite Contacts.ReadWrite Calendars.ReadWrite")
    client = Client(house.url, token, str(house.folder / "ca.pem"), options)
    graph = GraphServiceClient(request_adapter=client.adapter)
    me = await graph.me.get()
    holds("full: me is a typed user", me.id, me)
    made = []
    for number in range(3):
        address = EmailAddress(name=f"Given{number}", address=f"g{number}@example.org")
        made.append(await graph.me.contacts.post(Contact(given_name=f"Given{number}", surname="Okafor", email_addresses=[address])))
    holds("full: contacts are made", len({contact.id for contact in made}) == 3, made)
    query = Query(top=2, orderby=["givenName"], filter="surname eq 'okafor'", select=["givenName", "emailAddresses"])
    page = await graph.me.contacts.get(RequestConfiguration(query_parameters=query))
    holds("full: a list", [contact.given_name for contact in page.value] == ["Given0", "Given1"]
          and page.value[0].email_addresses[0].address == "g0@example.org" and page.odata_next_link, page)
    one = graph.me.contacts.by_contact_id(made[0].id)
    changed = await one.patch(Contact(job_title="Diver"))
    holds("full: a change", changed.job_title == "Diver", changed)
    holds("full: /$count", await graph.me.contacts.count.get() == 3)
    first = await graph.me.contacts.delta.get()
    await graph.me.contacts.by_contact_id(made[1].id).delete()
    second = await graph.me.contacts.delta.with_url(first.odata_delta_link).get()
    holds("full: delta over two rounds", len(first.value) == 3 and [contact.id for contact in second.value] == [made[1].id], second)
    seen = await fault(graph.me.contacts.by_contact_id(made[1].id).get())
    holds("full: a typed 404", seen == (404, "ErrorItemNotFound"), seen)
    await events(graph, holds)

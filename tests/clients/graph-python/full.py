"""The same with the whole msgraph-sdk: its typed builders, models and errors. Its client is built over the core's adapter, with
the SDK's options: one of them makes /me of the path that its builders write."""

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphServiceClient
from msgraph.generated.models.contact import Contact
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.users.item.contacts.contacts_request_builder import ContactsRequestBuilder
from msgraph.graph_request_adapter import options

from core import Client

Query = ContactsRequestBuilder.ContactsRequestBuilderGetQueryParameters


async def fault(call):
    """(status, code) of the typed error that is raised."""
    try:
        return (200, await call)
    except ODataError as error:
        return (error.response_status_code, error.error.code)


async def run(house, holds):
    token = house.mint("full", "User.ReadWrite Contacts.ReadWrite")
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

"""run.py SHAREHOLD core|full: see ../graph-python.sh. Exit status 1 if anything did not hold."""

import asyncio
import pathlib
import signal
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "support"))
from house import serving  # noqa: E402

from kiota_abstractions.method import Method  # noqa: E402
from core import Client  # noqa: E402
import events  # noqa: E402
import uploads  # noqa: E402
from thing import Fault  # noqa: E402

PICTURE = (HERE / "../../../fixtures/people/ann.png").resolve().read_bytes()
JPEG = b"\xff\xd8\xff"
results = []


def holds(what, truth, otherwise=""):
    results.append(bool(truth))
    print(f"ok   {what}" if truth else f"FAIL {what} ({str(otherwise)[:600]})", flush=True)


async def fault(call):
    """(type, status, code) of what is raised."""
    try:
        return ("nothing", 200, await call)
    except Fault as error:
        return ("Fault", error.response_status_code, error.code)


async def errors(ann, narrow, altered):
    holds("an altered token: a typed 401", await fault(altered.get("/me")) == ("Fault", 401, "InvalidAuthenticationToken"))
    seen = await fault(narrow.send(Method.PATCH, "/me", {"city": "Porto"}))
    holds("a token without the scope: a typed 403", seen == ("Fault", 403, "ErrorAccessDenied"), seen)
    seen = await fault(ann.get("/me/nothing"))
    holds("what there is not: a typed 404", seen == ("Fault", 404, "ErrorItemNotFound"), seen)


async def profile(ann):
    me = await ann.get("/me", select="id,displayName,city")
    holds("me with $select", me["id"] and "surname" not in me.additional_data, me)
    changed = await ann.send(Method.PATCH, "/me", {"@odata.type": "#microsoft.graph.user", "city": "Lisbon"})
    holds("me is changed", changed["city"] == "Lisbon", changed)
    by_id = await ann.get(f"/users/{me['id']}", select="city")
    holds("a person by their id is me", by_id["city"] == "Lisbon", by_id)
    seen = await fault(ann.send(Method.PATCH, "/me", {"city": "Porto"}, {"If-Match": 'W/"1-0"'}))
    holds("an ETag of before: a typed 412", seen == ("Fault", 412, "ErrorIrresolvableConflict"), seen)
    await photo(ann, "/me")


async def photo(ann, path):
    await ann.put_bytes(f"{path}/photo/$value", PICTURE, "image/png")
    told = await ann.get(f"{path}/photo")
    value = await ann.bytes(f"{path}/photo/$value")
    holds(f"{path.split('/')[1]}: a photo goes up, and comes down as a JPEG", value[:3] == JPEG and told["width"] == told["height"], told)


async def batch(ann, change, read, member):
    told = await ann.batch([
        ("1", *change, []),
        ("2", Method.GET, read, None, ["1"]),
        ("3", Method.PATCH, "/me", {"nothing": 1}, []),
        ("4", Method.GET, "/me", None, ["3"]),
        ("5", Method.GET, "/me/photo/$value", None, []),
    ])
    statuses = [told[name][0] for name in "12345"]
    holds("a batch of five with dependencies: each is answered for itself", statuses == [200, 200, 400, 424, 200], told)
    holds("bytes in a batch", told["5"][1][:3] == JPEG, told["5"])
    seen = (await ann.get(read))[member]
    holds("what was changed in a batch is changed", seen == change[2][member], seen)


async def contacts(ann):
    made = []
    for number in range(25):
        body = {"@odata.type": "#microsoft.graph.contact", "givenName": f"Given{number:02}", "surname": "Çelik" if number % 2 else "Okafor",
                "companyName": "Meridian", "emailAddresses": [{"address": f"g{number}@example.org", "name": f"Given{number}"}]}
        made.append(await ann.send(Method.POST, "/me/contacts", body))
    ids = {contact["id"] for contact in made}
    holds("25 contacts are made", len(ids) == 25 and None not in ids, made[0])
    page = await ann.page("/me/contacts", top=10, orderby="givenName desc", select="id,givenName")
    holds("a list with $top, $orderby and $select", [item["givenName"] for item in page.value] == [f"Given{n:02}" for n in range(24, 14, -1)]
          and "surname" not in page.value[0].additional_data, [item.additional_data for item in page.value])
    items = await ann.all(page)
    holds("the page iterator reads three pages", {item["id"] for item in items} == ids and len(items) == 25, len(items))
    page = await ann.page("/me/contacts", filter="startsWith(givenName,'Given1') and surname eq 'çelik'", top=50)
    holds("$filter", sorted(item["givenName"] for item in page.value) == [f"Given{n}" for n in range(11, 20, 2)], page)
    holds("/$count", await ann.text("/me/contacts/$count") == 25)
    one = f"/me/contacts/{made[0]['id']}"
    changed = await ann.send(Method.PATCH, one, {"jobTitle": "Diver"}, {"If-Match": made[0]["@odata.etag"]})
    holds("a change with its ETag", changed["jobTitle"] == "Diver" and changed["@odata.etag"] != made[0]["@odata.etag"], changed)
    seen = await fault(ann.send(Method.PATCH, one, {"jobTitle": "Cook"}, {"If-Match": made[0]["@odata.etag"]}))
    holds("a conflict: a typed 412", seen == ("Fault", 412, "ErrorIrresolvableConflict"), seen)
    await batch(ann, (Method.PATCH, one, {"nickName": "Pip"}), one, "nickName")
    await ann.delete(f"/me/contacts/{made[1]['id']}")
    seen = await fault(ann.get(f"/me/contacts/{made[1]['id']}"))
    holds("what was deleted: a typed 404", seen == ("Fault", 404, "ErrorItemNotFound"), seen)
    return made


async def delta(ann, made):
    page, seen = await ann.page("/me/contacts/delta()", {"Prefer": "odata.maxpagesize=10"}), []
    while page.odata_next_link:
        seen += page.value
        page = await ann.page_at(page.odata_next_link)
    seen += page.value or []
    holds("delta, the first round: everything", len({item["id"] for item in seen}) == 24 and page.odata_delta_link, len(seen))
    await ann.send(Method.PATCH, f"/me/contacts/{made[2]['id']}", {"jobTitle": "Baker"})
    await ann.delete(f"/me/contacts/{made[3]['id']}")
    page = await ann.page_at(page.odata_delta_link)
    told = {item["id"]: item for item in page.value}
    holds("delta, the second round: what changed", set(told) == {made[2]["id"], made[3]["id"]} and page.odata_delta_link, list(told))
    holds("what was deleted is marked", "@removed" in told[made[3]["id"]].additional_data if made[3]["id"] in told else False, told)
    page = await ann.page_at(page.odata_delta_link)
    holds("delta, the third round: nothing", not page.value, page.value)


async def run(house):
    ca = str(house.folder / "ca.pem")
    token = house.mint("ann", "User.ReadWrite Contacts.ReadWrite Calendars.ReadWrite")
    middle = len(token) // 2
    altered = token[:middle] + ("B" if token[middle] == "A" else "A") + token[middle + 1 :]
    ann, narrow, other = (Client(house.url, each, ca) for each in (token, house.mint("ann", "User.Read"), altered))
    await profile(ann)
    await batch(ann, (Method.PATCH, "/me", {"city": "Évora"}), "/me", "city")
    await errors(ann, narrow, other)
    made = await contacts(ann)
    await delta(ann, made)
    await photo(ann, f"/me/contacts/{made[0]['id']}")
    await events.run(ann, holds, fault)
    token = house.mint("ann", "Photos.ReadWrite Photos.Location.Read")
    await uploads.run(house, lambda: Client(house.url, token, ca), holds)


def main(binary, kind):
    with serving(binary, tls=True) as house:
        try:
            asyncio.run(run(house))
            if kind == "full":
                import full

                asyncio.run(full.run(house, holds))
        except Exception as error:  # noqa: BLE001: whatever it is, it is a failure, and the server's log is shown.
            holds("the calls come to their end", False, repr(error))
        if not all(results):
            print("--- what the server printed\n" + house.log.read_text(encoding="utf-8")[-4000:] + "\n---")
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(*sys.argv[1:]))

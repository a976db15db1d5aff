"""find_members.py API TOKEN CLIENT_ID MEMBERS: which of a person's contacts are members of this site.

TOKEN has `Contacts.ReadBasic`; MEMBERS is a file of the members' addresses, a line each. The site learns no new address: a hash is
of an address together with its own client id, so it can only recognize those that it has, and nobody else's list fits.
"""

import hashlib
import json
import sys
import urllib.request

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def email_hash(address, client_id):
    return hashlib.sha256((address.strip() + client_id.strip()).lower().encode()).hexdigest()


def get(url, token):
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with DIRECT.open(request, timeout=20) as answer:
        return json.load(answer)


def contacts(api, token):
    page = f"{api}/v1.0/me/contacts?$select=displayName,emailHashes&$top=20"
    while page:
        answer = get(page, token)
        yield from answer["value"]
        page = answer.get("@odata.nextLink")


def find(api, token, client_id, members):
    """(member's address, name of the contact) of each contact who is a member."""
    by_hash = {email_hash(member, client_id): member for member in members}
    for contact in contacts(api, token):
        for value in contact["emailHashes"]:
            if value in by_hash:
                yield by_hash[value], contact["displayName"]


if __name__ == "__main__":
    with open(sys.argv[4], encoding="utf-8") as file:
        for member, name in find(*sys.argv[1:4], file.read().split()):
            print(f"{name} is here: {member}")

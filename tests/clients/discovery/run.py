"""run.py PATH_TO_SHAREHOLD: a site finds its members among a person's contacts, and learns nothing else. Exit status 1 if not."""

import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import demo  # noqa: E402
import find_members as site  # noqa: E402

# An address, and not a name such as `@odata.etag`.
ADDRESS = re.compile(r"[^\s\"@]@[^\s\"@]")


def mint(binary, data, address, client, scope):
    metadata = json.loads(demo.get(f"{address}/.well-known/oauth-protected-resource")[2])
    command = [binary, "token", "mint", "--authority", f"{data}/authority", "--for", f"{data}/keys/certificate.pem"]
    command += ["--issuer", metadata["authorization_servers"][0], "--audience", metadata["resource"]]
    command += ["--sub", "ann", "--client", client, "--scope", scope]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=demo.ANSWER_S).stdout.strip()


def looked(binary, data, address):
    """The person's own view: each contact's name and addresses."""
    token = mint(binary, data, address, "owner", "Contacts.Read")
    page, found = f"{address}/v1.0/me/contacts?$top=1000", []
    for contact in json.loads(demo.get(page, token)[2])["value"]:
        found.append((contact["displayName"], [one["address"] for one in contact["emailAddresses"] or []]))
    return found


def check(binary, data, _printed, address):
    book = looked(binary, data, address)
    reachable = [(name, addresses) for name, addresses in book if addresses]
    demo.holds("the person has contacts with addresses, and more than a page of them", len(reachable) >= 8 and len(book) > 20, len(book))
    # Every third of them is a member, under the last address, as people type it; and so are some whom the person does not know.
    members = {f" {addresses[-1].upper()} ": name for name, addresses in reachable[::3]}
    strangers = ["nobody@example.com", "ann@example.com.example", "x@example.org"]

    answers, get = [], site.get
    def heard(url, token):
        answer = get(url, token)
        answers.append(json.dumps(answer, ensure_ascii=False))
        return answer
    site.get = heard

    token = mint(binary, data, address, "site-a", "Contacts.ReadBasic")
    found = sorted(site.find(address, token, "site-a", [*members, *strangers]))
    demo.holds(f"it finds the {len(members)} members that it has, and none other", found == sorted(members.items()), found)
    demo.holds("whoever has no member among them finds none", not list(site.find(address, token, "site-a", strangers)))

    other = mint(binary, data, address, "site-b", "Contacts.ReadBasic")
    hashes = [{value for contact in site.contacts(address, one) for value in contact["emailHashes"]} for one in (token, other)]
    demo.holds("another client's hashes are others, each of them", all(hashes) and not hashes[0] & hashes[1], len(hashes[0] & hashes[1]))
    demo.holds("and say nothing to this one", not list(site.find(address, other, "site-a", [*members, *strangers])))
    again = sorted(site.find(address, other, " SITE-B ", [*members, *strangers]))
    demo.holds("but to the other one", again == sorted(members.items()), again)

    leaked = [one for one in answers if ADDRESS.search(one)]
    demo.holds(f"none of {len(answers)} answers holds an address", len(answers) >= 8 and not leaked, leaked[:1])
    whole = "\n".join(answers).lower()
    known = [one for _, addresses in book for one in addresses if one.lower() in whole]
    demo.holds("nor any that the contacts have", not known, known)
    asked = ["$select=emailAddresses", "$filter=emailAddresses/any()", "$search=%22example.com%22"]
    told = [demo.get(f"{address}/v1.0/me/contacts?{one}", token) for one in asked]
    demo.holds("nor can it ask for one", all(not ADDRESS.search(text.replace(address, "")) for _, _, text in told), told)


def main(binary):
    with tempfile.TemporaryDirectory(prefix="sharehold-discovery-") as folder:
        demo.run(binary, folder, signal.SIGTERM, check)
    passed = sum(demo.results)
    print(f"{passed} passed, {len(demo.results) - passed} failed")
    return 0 if all(demo.results) else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    # Stopped from outside, it takes the server along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1]))

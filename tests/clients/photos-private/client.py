"""client.py: what a script does with http.client. The same as client.mjs, in the other language."""

import http.client
import json
import pathlib
import sys
import urllib.parse

TIMEOUT_S = 60


def main(job):
    place = urllib.parse.urlsplit(job["url"])
    out = pathlib.Path(job["out"])

    def ask(path, token=None, method="GET", body=None, headers=()):
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=TIMEOUT_S)
        headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **dict(headers)}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        told = answer.status, answer.read()
        connection.close()
        return told

    def keep(name, told):
        status, data = told
        if status == 200:
            (out / name).write_bytes(data)
        return status

    def seen_of(file):
        name = file.name
        status, text = ask(f"/v1.0/me/photos?name={urllib.parse.quote(name)}", job["whole"], "POST", file.read_bytes(),
                           {"Content-Type": "application/octet-stream"})
        seen = {"upload": status}
        if status != 201:
            return seen
        one = f"/v1.0/me/photos/{json.loads(text)['id']}"
        for kind in ("whole", "cut"):
            seen[kind] = keep(f"{kind}-{name}", ask(f"{one}/content", job[kind]))
            seen[f"{kind} item"] = json.loads(ask(one, job[kind])[1])
        value = json.loads(ask(f"{one}/thumbnails", job["cut"])[1]).get("value") or [{}]
        for size in job["sizes"]:
            seen[size] = keep(f"{size}-{name}.jpg", ask(f"{one}/thumbnails/0/{size}/content", job["cut"]))
            signed = urllib.parse.urlsplit(value[0].get(size, {}).get("url", ""))
            address = signed.path + (f"?{signed.query}" if signed.query else "")
            seen[f"{size} signed"] = keep(f"{size}-signed-{name}.jpg", ask(address)) if signed.path else "no address"
        return seen

    return {file.name: seen_of(file) for file in map(pathlib.Path, job["files"])}


if __name__ == "__main__":
    print(json.dumps(main(json.load(sys.stdin))))

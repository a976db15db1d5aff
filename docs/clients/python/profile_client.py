"""A person's profile by REST, and what a client does with each answer. Needs `requests`.

    TOKEN=… python profile_client.py http://127.0.0.1:8700 Lisbon
"""

import os
import sys
import time

import requests

TRIES = 4


class Refused(Exception):
    """The server said no, and trying again will not help. `str()` is what it said and how to mend it."""

    def __init__(self, answer):
        self.status, self.challenge = answer.status_code, answer.headers.get("WWW-Authenticate", "")
        error = answer.json().get("error", {}) if "json" in answer.headers.get("Content-Type", "") else {}
        super().__init__(f"{self.status}: {error.get('message', answer.reason)} (request-id {answer.headers.get('request-id')})")


class Sharehold:
    """`get_token(fresh)` gives an access token: the one at hand, or a new one (refresh token, or sign in again) if `fresh`."""

    def __init__(self, base, get_token):
        self.base, self.get_token, self.session = base, get_token, requests.Session()

    def request(self, method, path, **more):
        """One call. 401: once more with a new token. 429, 503: waits as long as it is told to."""
        headers, fresh = more.pop("headers", {}), False
        for attempt in range(TRIES):
            bearer = {"Authorization": f"Bearer {self.get_token(fresh)}"}
            answer = self.session.request(method, self.base + path, headers={**headers, **bearer}, timeout=20, **more)
            if answer.status_code == 401 and not fresh:
                fresh = True
            elif answer.status_code in (429, 503) and attempt < TRIES - 1:
                time.sleep(int(answer.headers.get("Retry-After", 1)))
            else:
                break
        if answer.ok or answer.status_code == 412:
            return answer
        raise Refused(answer)  # 403: its challenge names the scope that would do; 400: the message names the member

    def me(self):
        """The profile: the members that the token's scopes cover."""
        return self.request("GET", "/v1.0/me").json()

    def change(self, decide):
        """Changes the profile. `decide(profile)` gives the members to change; asked again if somebody else was faster (412)."""
        for _ in range(TRIES):
            profile = self.me()
            answer = self.request("PATCH", "/v1.0/me", json=decide(profile), headers={"If-Match": profile["@odata.etag"]})
            if answer.status_code != 412:
                return answer.json()
        raise Refused(answer)


if __name__ == "__main__":
    api = Sharehold(sys.argv[1], lambda fresh: os.environ["TOKEN"])
    try:
        before = api.me()
        after = api.change(lambda profile: {"city": sys.argv[2]})
    except Refused as refused:
        sys.exit(str(refused))
    print(f"{before['displayName']}: {before['city']} -> {after['city']}")
